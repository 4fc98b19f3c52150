import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { processEnvironment } from '@ozg-hub/runtime';
import { FakeCmis, type TestDatabase, testDatabase } from '@ozg-hub/testing';
import { goodRequest } from '../../flow/applications.ts';

const CLI = fileURLToPath(new URL('../../../services/all-in-one/bin/ozg-hub.mjs', import.meta.url));
const STEPS = ['folder:1', 'name:1', 'vorgang', 'document:1', 'document:2'];
/** After the effect, before its result is stored; and between two steps. */
const POINTS = [...STEPS.map((step) => `delivery.after-step:${step}`), 'delivery.after-step-stored:vorgang'];

const repository = new FakeCmis({ credentials: { user: 'ozg-hub', password: 'geheim' } });
let folder: string;
let database: TestDatabase;
let hub: ChildProcess | undefined;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cmis-kill-'));
  for (const name of ['armed', 'hit']) await mkdir(join(folder, 'failpoints', name), { recursive: true });
  database = await testDatabase();
  await repository.start();
});
afterAll(async () => {
  if (hub?.exitCode === null && hub.signalCode === null) {
    const gone = once(hub, 'exit');
    hub.kill('SIGTERM');
    await gone;
  }
  await repository.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const { PATH, HOME } = processEnvironment();
  const settings = {
    HUB_DATABASE_URL: database.url,
    HUB_DATA_DIR: join(folder, 'data'),
    HUB_DIRECTORY: fileURLToPath(new URL('../../../deploy/directory', import.meta.url)),
    HUB_FAILPOINT_DIR: join(folder, 'failpoints'),
    HUB_HTTP_PORT: '0',
    HUB_XML_WORKERS: '1',
    HUB_DMS_LEASE_SECONDS: '5',
    MUEHLFELDEN_CMIS_URL: repository.url('browser'),
    MUEHLFELDEN_CMIS_PASSWORD: 'geheim',
  };
  hub = spawn(process.execPath, [CLI, 'start', '--json'], { env: { PATH, HOME, ...settings }, cwd: folder });
  hub.stderr!.resume();
  const [line] = (await once(createInterface({ input: hub.stdout! }), 'line')) as [string];
  ({ url } = JSON.parse(line) as { url: string });
}

const token = async () => (await readFile(join(folder, 'data', 'operator.token'), 'utf8')).trim();

async function push(vorgang: string): Promise<string> {
  const { contentType, body } = (await goodRequest(vorgang, { organisationseinheit: '00.00.MFE.05000001' })).body();
  const answer = await fetch(`${url}/civento/v1/applications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token()}`, 'content-type': contentType },
    body: body as unknown as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

/** In doubt on its way: that calls for attention, too, until the probe has answered. */
async function completed(id: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/civento/v1/applications/${id}`, {
      headers: { authorization: `Bearer ${await token()}` },
    });
    const { state } = (await answer.json()) as { state: string };
    if (state === 'COMPLETED') return;
    await pause(100);
  }
}

test('a hub that is killed at any point of the filing goes on: each folder and document once', async () => {
  await start();
  for (const [index, point] of POINTS.entries()) {
    await repository.clear();
    const ended = once(hub!, 'exit');
    await writeFile(join(folder, 'failpoints/armed', point), '');
    const id = await push(`KILL-${index}`);
    expect([point, (await ended)[1]]).toEqual([point, 'SIGKILL']);
    await start();
    await completed(id);
    const names = repository.tree().map(({ path }) => path.split('/').at(-1));
    expect([point, names]).toEqual([
      point,
      [
        '22.14.03 Hundesteuer',
        expect.stringMatching(/^\d{4}$/),
        expect.stringMatching(/Hundesteuer .*Zwölfender/),
        'Antragsdaten.xml',
        'Zwölfender antrag.pdf',
      ],
    ]);
  }
}, 400_000);
