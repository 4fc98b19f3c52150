import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FakeCmis, applicationRequest } from '@ozg-hub/testing';
import { antragsdokument, dog, file } from './applications.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

const TOWNS = { musterstadt: '00.00.MUS.01000002', muehlfelden: '00.00.MFE.05000001' } as const;
type Town = keyof typeof TOWNS;

const repository = new FakeCmis({ credentials: { user: 'ozg-hub', password: 'geheim' } });
let hub: RunningHub;

beforeAll(async () => {
  await repository.start();
  const environment = {
    MUEHLFELDEN_CMIS_URL: repository.url('browser'),
    MUEHLFELDEN_CMIS_PASSWORD: 'geheim',
  };
  hub = await startHub({ environment });
});
afterAll(async () => {
  await hub?.stop();
  await repository.stop();
});

const operate = (path: string, body: object = {}): Promise<Answer> =>
  hub.request('POST', `/dms-export/ops/v1/${path}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** An application whose second document lies in a file of the vault, since it is large. */
async function push(town: Town): Promise<string> {
  const plan = file('plan', Buffer.alloc(300_000, '%PDF-1.7\n'));
  const spec = dog({ vorgang: `A-${town}`, organisationseinheit: TOWNS[town] });
  const request = await applicationRequest(spec, [await antragsdokument(), plan]);
  const { status, json } = await hub.push(request.body());
  expect(status).toBe(202);
  return json.id as string;
}

/** Flips one bit in the last quarter of each file of the vault. */
async function alterFiles(): Promise<number> {
  const folder = join(hub.dataDir, 'vault');
  const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
  let altered = 0;
  for (const path of paths) {
    const { size } = await stat(path);
    if (size < 300_000) continue;
    const handle = await open(path, 'r+');
    const at = Math.floor(size * 0.8);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, at);
    await handle.close();
    altered += 1;
  }
  return altered;
}

/** What the DMS of the town sees of documents. */
async function visible(town: Town): Promise<string[]> {
  if (town === 'musterstadt') return await readdir(join(hub.dataDir, 'dms/musterstadt/inbox'));
  return repository.tree().flatMap(({ path, object }) => (/plan/.test(path) && object.content ? [path] : []));
}

test.each(Object.keys(TOWNS) as Town[])(
  'a document whose bytes were altered in the vault parks its delivery, and no part of it is filed: %s',
  async (town) => {
    expect((await operate(`targets/${town}/eakte/pause`, { reason: 'test' })).status).toBe(200);
    const id = await push(town);
    await hub.submission(id, ({ deliveries }) => deliveries[0]?.state === 'QUEUED');
    expect(await alterFiles()).toBeGreaterThan(0);
    expect((await operate(`targets/${town}/eakte/resume`)).status).toBe(200);
    const { deliveries } = await hub.submission(
      id,
      (found) => !['QUEUED', 'IN_FLIGHT'].includes(found.deliveries[0].state),
    );
    expect(deliveries).toEqual([expect.objectContaining({ state: 'PARKED', code: 'HUB_VAULT_CORRUPT' })]);
    expect(await visible(town)).toEqual([]);
    const { json } = await hub.request('GET', `/dms-export/ops/v1/deliveries/${deliveries[0].id}`);
    expect(json.attempts.map((attempt: { class: string }) => attempt.class)).toEqual(['PERMANENT']);
  },
);
