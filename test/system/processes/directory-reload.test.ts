import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing';
import { goodRequest } from '../../flow/applications.ts';
import { ServiceProcess } from './service-process.ts';

const RULE = 'blueprints/hund-anmelden@2.yaml';
const TENANT = 'tenants/musterstadt.yaml';
const PATH = '/civento/v1/applications';
const DELIVERIES = '/dms-export/ops/v1/deliveries';

// oxlint-disable-next-line no-explicit-any -- what the hub says, as JSON
type Json = any;

describe('a directory that changes while several processes of one hub run', () => {
  let database: TestDatabase;
  let folder: string;
  const processes: ServiceProcess[] = [];
  /** Two intakes and an export. */
  let urls: readonly string[];
  let authorization: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-directory-'));
    const project = fileURLToPath(new URL('../../../deploy/directory', import.meta.url));
    await cp(project, join(folder, 'directory'), { recursive: true });
    database = await testDatabase();
    const found: string[] = [];
    for (const service of ['civento-intake', 'civento-intake', 'dms-export']) {
      const started = new ServiceProcess(service, {
        HUB_DATABASE_URL: database.url,
        HUB_DATA_DIR: join(folder, 'data'),
        HUB_DIRECTORY: join(folder, 'directory'),
        HUB_DIRECTORY_POLL_SECONDS: '0',
      });
      processes.push(started);
      found.push(await started.url);
    }
    urls = found;
    authorization = `Bearer ${(await readFile(join(folder, 'data', 'operator.token'), 'utf8')).trim()}`;
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function ask(url: string, method = 'GET', body?: object): Promise<{ status: number; json: Json }> {
    const answer = await fetch(url, {
      method,
      headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, json: await answer.json() };
  }

  async function push(url: string, vorgang: string): Promise<{ status: number; json: Json }> {
    const { contentType, body } = (await goodRequest(vorgang)).body();
    const request = { method: 'POST', headers: { authorization, 'content-type': contentType }, body, duplex: 'half' };
    const answer = await fetch(`${url}${PATH}`, request as unknown as RequestInit);
    return { status: answer.status, json: await answer.json() };
  }

  async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
    for (;;) {
      const found = await look();
      if (holds(found)) return found;
      await pause(50);
    }
  }

  async function change(file: string, from: string, to: string): Promise<void> {
    const path = join(folder, 'directory', file);
    const text = await readFile(path, 'utf8');
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
  }

  const inUse = async (url: string) => (await ask(`${url}/hub/ops/v1/directory`)).json;
  const reload = async (url: string) => (await ask(`${url}/hub/ops/v1/directory/reload`, 'POST')).json;
  const everywhere = (version: string) =>
    Promise.all(
      urls.map((url) =>
        until(
          () => inUse(url),
          (state) => state.version === version,
        ),
      ),
    );
  const deliveryOf = (submission: string, state: string) =>
    until(
      async () => (await ask(`${urls[2]}${DELIVERIES}?submission=${submission}`)).json.deliveries[0] as Json,
      (delivery) => delivery?.state === state,
    );

  /** Applications that an intake gets one after the other until they are told to end; the ids, in this order. */
  function applicants(url: string, name: string) {
    let going = true;
    const ids: string[] = [];
    const refused: number[] = [];
    const done = (async () => {
      for (let n = 1; going; n += 1) {
        const { status, json } = await push(url, `V-${name}-${n}`);
        if (status === 202) ids.push(json.id);
        else refused.push(status);
        await pause(100);
      }
    })();
    const more = async () => {
      const before = ids.length;
      while (ids.length < before + 2) await pause(20);
    };
    const end = async () => {
      going = false;
      await done;
      return refused;
    };
    return { ids, more, end };
  }

  test('is in use everywhere once one was told; no request fails, each application keeps its version', async () => {
    const { version: before } = await inUse(urls[0]!);
    const senders = [applicants(urls[0]!, 'one'), applicants(urls[1]!, 'two')];
    const more = () => Promise.all(senders.map((sender) => sender.more()));
    await more();
    await change(RULE, "aktenplaneinheit: '22.14.03'", "aktenplaneinheit: '22.14.99'");
    const { outcome, version: after } = await reload(urls[0]!);
    expect(outcome).toBe('changed');
    await everywhere(after);
    await more();
    expect(await Promise.all(senders.map((sender) => sender.end()))).toEqual([[], []]);

    const store = database.database.open('civento_intake', { maxConnections: 1 });
    const rows = await store.query<{ id: string; version: string }>(
      'SELECT id, directory_version AS version FROM submission',
    );
    const accepted = new Map(rows.map(({ id, version }) => [id, version]));
    for (const { ids } of senders) {
      const versions = ids.map((id) => accepted.get(id));
      expect([versions[0], versions.at(-1)]).toEqual([before, after]);
      // Never back: from some application on all are accepted under the new version.
      expect(versions.slice(versions.indexOf(after)).every((version) => version === after)).toBe(true);
      for (const id of [ids[0]!, ids.at(-1)!]) {
        const { reference } = await deliveryOf(id, 'AWAITING_RECEIPT');
        expect(reference.directoryVersion).toBe(accepted.get(id));
      }
    }
  });

  test('with errors it is refused and seen; what ran before goes on', async () => {
    const { version } = await inUse(urls[0]!);
    await change(RULE, 'id: hund-anmelden', 'id: hund_anmelden');
    const refused = await reload(urls[0]!);
    expect(refused).toMatchObject({ outcome: 'refused', version, errors: [expect.objectContaining({ file: RULE })] });
    const seen = await Promise.all(
      urls.map(async (url) => {
        await until(
          () => inUse(url),
          (state) => state.refused !== undefined,
        );
        const { status, json } = await ask(`${url}/health/ready`);
        const doctor = (await ask(`${url}/hub/ops/v1/doctor`)).json;
        const found = doctor.findings.find(({ text }: Json) => text.includes(`${RULE}:`));
        return [status, json.checks.directory, found?.level];
      }),
    );
    const degraded = { state: 'degraded', code: 'HUB_DIRECTORY_INVALID' };
    expect(seen).toEqual(urls.map(() => [200, degraded, 'problem']));
    expect((await push(urls[1]!, 'V-meanwhile')).status).toBe(202);
    await change(RULE, 'id: hund_anmelden', 'id: hund-anmelden');
    expect(await reload(urls[1]!)).toMatchObject({ outcome: 'unchanged', version });
    await until(
      () => inUse(urls[2]!),
      (state) => state.refused === undefined,
    );
  });

  test('connections follow the newest version, also for what was accepted before', async () => {
    const target = `${urls[2]}/dms-export/ops/v1/targets/musterstadt/eakte`;
    await ask(`${target}/pause`, 'POST', { reason: 'the DMS moves' });
    const { json: accepted } = await push(urls[0]!, 'V-moved');
    await deliveryOf(accepted.id, 'QUEUED');
    await change(TENANT, 'dms/musterstadt/inbox', 'dms/musterstadt/moved');
    const { version } = await reload(urls[0]!);
    await everywhere(version);
    await ask(`${target}/resume`, 'POST', {});
    const { exchangeId } = await deliveryOf(accepted.id, 'AWAITING_RECEIPT');
    const moved = await readdir(join(folder, 'data', 'dms', 'musterstadt', 'moved'));
    expect(moved.filter((name) => name.startsWith(exchangeId))).toHaveLength(1);
  });
});
