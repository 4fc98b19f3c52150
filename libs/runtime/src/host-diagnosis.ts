import { statfs } from 'node:fs/promises';
import type { RefusedChange } from '@ozg-hub/directory';
import { BusDiagnosis } from './bus-diagnosis.ts';
import type { HubParts } from './hub-parts.ts';
import type { Diagnosis, Finding } from './service-definition.ts';

/** Beyond this many nodes each new submission takes noticeably longer; a rotation begins a small tree. */
const LARGE_TREE = 1_000_000;
const MIB = 1024 * 1024;

/** What `doctor` finds about the host: each check by itself, so that one that fails hides no other. */
export class HostDiagnosis {
  constructor(private readonly parts: HubParts) {}

  get checks(): readonly Diagnosis[] {
    return [
      () => this.#process(),
      () => this.#database(),
      () => this.#disk(),
      () => this.#directory(),
      () => this.#vault(),
      ...new BusDiagnosis(this.parts).checks,
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
    const { directory, directoryWatch } = this.parts.platform;
    const { tenants, version } = directory.current();
    const { since, refused } = directoryWatch.state;
    const subject = 'directory';
    const text = `${tenants.length} municipalities, version ${version.slice(0, 19)}, since ${since.toISOString()}`;
    return [
      { level: 'ok', subject, text },
      ...when(refused !== undefined, { level: 'problem', subject, text: refused ? changeRefused(refused) : '' }),
    ];
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

  async #scanner(): Promise<Finding[]> {
    const text = 'no scanner is configured: documents are released as NOT_SCANNED where the municipality allows it';
    return [{ level: 'warning', subject: 'virus scan', text }];
  }
}

function changeRefused({ at, code, detail, errors: [first, ...others] }: RefusedChange): string {
  const place = first
    ? ` ${first.file ?? '.'}:${first.line ?? 1} ${first.message}${others.length > 0 ? ' …' : ''}`
    : '';
  return `changed at ${at.toISOString()}, but not in use (${code}): ${detail}${place}. "directory check" lists all`;
}

function when(condition: boolean, finding: Finding): Finding[] {
  return condition ? [finding] : [];
}
