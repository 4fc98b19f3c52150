import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { goodRequest } from './applications.ts';
import { type RunningHub, startHub } from './running-hub.ts';

const RULE = join('blueprints', 'hund-anmelden@2.yaml');
const TENANT = join('tenants', 'musterstadt.yaml');

let folder: string;
let hub: RunningHub;
/** Another process of the hub, as far as it can be told apart: same database, same folders. */
let other: RunningHub;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'directory-reload-'));
  await cp(fileURLToPath(new URL('../../deploy/directory', import.meta.url)), folder, { recursive: true });
  const environment = { HUB_DIRECTORY: folder, HUB_DIRECTORY_POLL_SECONDS: '0' };
  hub = await startHub({ environment });
  other = await startHub({
    environment: { ...environment, HUB_DATA_DIR: hub.dataDir },
    databaseUrl: () => Promise.resolve(hub.database.url),
  });
});
afterAll(async () => {
  await other?.stop();
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function change(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(folder, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(folder, file), text.replace(from, to));
}

const reload = async (at: RunningHub) => (await at.request('POST', '/hub/ops/v1/directory/reload')).json;
const inUse = async (at: RunningHub) => (await at.request('GET', '/hub/ops/v1/directory')).json;

async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (holds(found)) return found;
    await pause(20);
  }
}

/** Applications that are handed over one after the other until they are told to end; the ids, in this order. */
function applicants(at: RunningHub, name: string) {
  let going = true;
  const ids: string[] = [];
  const refused: number[] = [];
  const done = (async () => {
    for (let n = 1; going; n += 1) {
      const { status, json } = await at.push((await goodRequest(`CIV-${name}-${n}`)).body());
      if (status === 202) ids.push(json.id);
      else refused.push(status);
      await pause(50);
    }
  })();
  const end = async () => {
    going = false;
    await done;
    return refused;
  };
  return { ids, end };
}

async function acceptedUnder(): Promise<ReadonlyMap<string, string>> {
  const store = hub.database.database.open('civento_intake', { maxConnections: 1 });
  const rows = await store.query<{ id: string; version: string }>(
    'SELECT id, directory_version AS version FROM submission',
  );
  await store.close();
  return new Map(rows.map(({ id, version }) => [id, version]));
}

test('a changed rule is taken into use by two processes under requests; none fails, each keeps its version', async () => {
  const { version: before } = await inUse(hub);
  const here = applicants(hub, 'here');
  const there = applicants(other, 'there');
  const some = (than: number) => async () => here.ids.length > than && there.ids.length > than;
  await until(some(1), Boolean);
  await change(RULE, "aktenplaneinheit: '22.14.03'", "aktenplaneinheit: '22.14.99'");
  const { outcome, version: after } = await reload(hub);
  expect(outcome).toBe('changed');
  await until(
    () => inUse(other),
    ({ version }) => version === after,
  );
  await until(some(Math.max(here.ids.length, there.ids.length) + 1), Boolean);
  expect([await here.end(), await there.end()]).toEqual([[], []]);

  const versions = await acceptedUnder();
  for (const { ids } of [here, there]) {
    const those = ids.map((id) => versions.get(id));
    expect([those[0], those.at(-1)]).toEqual([before, after]);
    // Never back: from some application on all are accepted under the new version.
    expect(those.slice(those.indexOf(after)).every((version) => version === after)).toBe(true);
    for (const id of [ids[0]!, ids.at(-1)!]) {
      const { deliveries } = await hub.submission(id, (found) => found.deliveries.length > 0);
      const { json } = await hub.request('GET', `/dms-export/ops/v1/deliveries/${deliveries[0].id}`);
      expect(json.delivery.reference.directoryVersion).toBe(versions.get(id));
    }
    await hub.submission(ids[0]!, ({ deliveries }) => deliveries[0]?.state === 'AWAITING_RECEIPT');
  }
}, 60_000);

test('a change with errors is refused and seen; what ran before takes applications', async () => {
  const { version } = await inUse(hub);
  await change(RULE, 'id: hund-anmelden', 'id: hund_anmelden');
  const refused = await reload(hub);
  expect(refused).toMatchObject({ outcome: 'refused', version });
  expect(refused.errors[0]).toMatchObject({ file: RULE, line: expect.any(Number) });
  const health = await hub.request('GET', '/health/ready');
  expect([health.status, health.json.checks.directory]).toEqual([
    200,
    { state: 'degraded', code: 'HUB_DIRECTORY_INVALID' },
  ]);
  const { json: doctor } = await hub.request('GET', '/hub/ops/v1/doctor');
  expect(doctor.findings).toContainEqual(
    expect.objectContaining({ level: 'problem', subject: 'directory', text: expect.stringContaining(`${RULE}:`) }),
  );
  expect((await hub.push((await goodRequest('CIV-meanwhile')).body())).status).toBe(202);
  await change(RULE, 'id: hund_anmelden', 'id: hund-anmelden');
  expect(await reload(hub)).toMatchObject({ outcome: 'unchanged', version });
  expect((await inUse(hub)).refused).toBeUndefined();
});

test('what waits goes where the newest version says: connections are never pinned', async () => {
  const target = '/dms-export/ops/v1/targets/musterstadt/eakte';
  const json = { headers: { 'content-type': 'application/json' } };
  await hub.request('POST', `${target}/pause`, { ...json, body: JSON.stringify({ reason: 'the DMS moves' }) });
  const { json: accepted } = await hub.push((await goodRequest('CIV-moved')).body());
  await hub.submission(accepted.id, ({ deliveries }) => deliveries.length > 0);
  await change(TENANT, 'dms/musterstadt/inbox', 'dms/musterstadt/moved');
  const { version } = await reload(hub);
  await until(
    () => inUse(other),
    (found) => found.version === version,
  );
  await hub.request('POST', `${target}/resume`, { ...json, body: '{}' });
  const { deliveries } = await hub.submission(accepted.id, (found) => found.deliveries[0].state === 'AWAITING_RECEIPT');
  const { json: details } = await hub.request('GET', `/dms-export/ops/v1/deliveries/${deliveries[0].id}`);
  const moved = await readdir(join(hub.dataDir, 'dms', 'musterstadt', 'moved'));
  expect(moved.filter((name) => name.startsWith(details.delivery.exchangeId))).toHaveLength(1);
}, 60_000);
