import { statfs } from 'node:fs/promises';
import type { HubParts } from './hub-parts.ts';
import type { Finding } from './service-definition.ts';

const LATE_MESSAGES = 10_000;
const LATE_EVENT_SECONDS = 60;
/** Beyond this many nodes each new submission takes noticeably longer; a rotation begins a small tree. */
const LARGE_TREE = 1_000_000;
const MIB = 1024 * 1024;

/** What `doctor` finds about the host: each check by itself, so that one that fails hides no other. */
export class HostDiagnosis {
  constructor(private readonly parts: HubParts) {}

  get checks(): readonly (() => Promise<readonly Finding[]>)[] {
    return [
      () => this.#process(),
      () => this.#database(),
      () => this.#disk(),
      () => this.#directory(),
      () => this.#vault(),
      () => this.#behind(),
      () => this.#parked(),
      () => this.#outboxes(),
      () => this.#scanner(),
    ];
  }

  async #process(): Promise<Finding[]> {
    const text = 'no hub runs on this data directory: nothing is accepted or delivered';
    return when(!this.parts.isServing, { level: 'warning', subject: 'process', text });
  }

  async #database(): Promise<Finding[]> {
    const { config, database } = this.parts.platform;
    await database.ping();
    const server = config.HUB_DATABASE_URL ? new URL(config.HUB_DATABASE_URL).host : 'embedded';
    return [{ level: 'ok', subject: 'database', text: `PostgreSQL (${server}) answers` }];
  }

  async #disk(): Promise<Finding[]> {
    const { HUB_DATA_DIR: folder, HUB_DISK_WARN_MIB: least } = this.parts.platform.config;
    const { bavail, bsize } = await statfs(folder);
    const free = Math.floor((bavail * bsize) / MIB);
    const level = free < least / 4 ? 'problem' : free < least ? 'warning' : 'ok';
    return [
      { level, subject: 'data directory', text: `${free} MiB free${level === 'ok' ? '' : `, less than ${least}`}` },
    ];
  }

  async #directory(): Promise<Finding[]> {
    const { tenants, version } = this.parts.platform.directory.current();
    const text = `${tenants.length} municipalities, version ${version.slice(0, 19)}`;
    return [{ level: 'ok', subject: 'directory', text }];
  }

  async #vault(): Promise<Finding[]> {
    const { masters, treeNodes, puncturesCopies, pendingErasures } = await this.parts.platform.vault.status();
    const subject = 'vault';
    return [
      { level: 'ok', subject, text: `${masters.length} master ${masters.length === 1 ? 'key' : 'keys'}` },
      ...when(!puncturesCopies, {
        level: 'warning',
        subject,
        text: 'the keyring cannot forget keys: copies of erased contents stay readable with it',
      }),
      ...when(puncturesCopies && pendingErasures > 0, {
        level: 'warning',
        subject,
        text: `${pendingErasures} erasures wait for the keyring`,
      }),
      ...when(treeNodes > LARGE_TREE, {
        level: 'warning',
        subject,
        text: `the key tree has ${treeNodes} nodes; "vault rotate" makes it small again`,
      }),
    ];
  }

  async #behind(): Promise<Finding[]> {
    return Promise.all(
      this.parts.strategies.map(async ({ group }): Promise<Finding> => {
        const messages = (await this.parts.platform.bus.lag(group)).reduce((sum, one) => sum + one.messages, 0);
        const level = messages > LATE_MESSAGES ? 'warning' : 'ok';
        return { level, subject: `bus group ${group}`, text: `${messages} messages behind` };
      }),
    );
  }

  async #parked(): Promise<Finding[]> {
    const counts = await Promise.all(
      this.parts.strategies.map(async (strategy) => ({ group: strategy.group, parked: await strategy.countParked() })),
    );
    return counts.flatMap(({ group, parked }) =>
      when(parked > 0, {
        level: 'problem',
        subject: `bus group ${group}`,
        text: `${parked} messages parked that could not be handled; see ${group.replaceAll('-', '_')}.parked_message`,
      }),
    );
  }

  async #outboxes(): Promise<Finding[]> {
    return Promise.all(
      this.parts.relays.map(async (relay): Promise<Finding> => {
        const { count, oldestSeconds = 0 } = await relay.waiting();
        const late = oldestSeconds > LATE_EVENT_SECONDS;
        const age = count > 0 ? `, the oldest for ${Math.round(oldestSeconds)} s` : '';
        return {
          level: !late ? 'ok' : this.parts.isServing ? 'problem' : 'warning',
          subject: `outbox ${relay.schema}`,
          text: `${count} events wait${age}`,
        };
      }),
    );
  }

  async #scanner(): Promise<Finding[]> {
    const text = 'no scanner is configured: documents are released as NOT_SCANNED where the municipality allows it';
    return [{ level: 'warning', subject: 'virus scan', text }];
  }
}

function when(condition: boolean, finding: Finding): Finding[] {
  return condition ? [finding] : [];
}
