import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApplicationSpec, FakeDms, type FakeDmsOptions, applicationRequest, samplePdf } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { MARKER, dog, file, goodRequest } from './applications.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

// oxlint-disable-next-line no-explicit-any -- what the hub says, as JSON
type Json = any;

let hub: RunningHub;
let pool: XmlPool;
let dms: FakeDms | undefined;
let number = 0;

beforeAll(async () => {
  pool = createXmlPool({
    workers: 1,
    schemas: await loadCatalogue(fileURLToPath(new URL('../../schemas/', import.meta.url))),
  });
  hub = await startHub();
});
afterAll(async () => {
  await hub?.stop();
  await pool.close();
});
afterEach(async () => {
  await dms?.stop();
  dms = undefined;
});

/** The DMS of Musterstadt, until the end of the test. */
async function dmsThat(options: Partial<FakeDmsOptions> = {}): Promise<FakeDms> {
  const root = join(hub.dataDir, 'dms', 'musterstadt');
  const places = { inbox: join(root, 'inbox'), outbox: join(root, 'replies'), taken: join(root, 'taken') };
  dms = new FakeDms({ ...places, pool, parameterName: 'Kennzeichen', ...options });
  await dms.start();
  return dms;
}

interface Handed {
  readonly id: string;
  readonly vorgang: string;
}

async function pushed(vorgang: string, request: Awaited<ReturnType<typeof goodRequest>>): Promise<Handed> {
  const { status, json } = await hub.push(request.body());
  expect(status).toBe(202);
  return { id: json.id, vorgang };
}

async function firstApplication(spec: Partial<ApplicationSpec> = {}): Promise<Handed> {
  const vorgang = `FALL-${(number += 1)}`;
  return pushed(vorgang, await goodRequest(vorgang, spec));
}

/** Documents handed in later for the case; each named after its part. */
async function later(
  art: 'NACHREICHUNG' | 'KORREKTUR',
  hauptvorgang: string,
  parts: readonly string[],
): Promise<Handed> {
  const vorgang = `FALL-${(number += 1)}`;
  const files = await Promise.all(parts.map(async (part) => file(part, await samplePdf(`${art} ${part}`, [MARKER]))));
  return pushed(vorgang, await applicationRequest(dog({ vorgang, hauptvorgang, art, fachdaten: [] }), files));
}

const inState = (id: string, state: string): Promise<Json> => hub.submission(id, (found) => found.state === state);
const taken = (prefix: string) =>
  dms!.ledger.flatMap(({ nachricht, objekte }) =>
    objekte
      .filter(({ fachverfahrenObjektId }) => fachverfahrenObjektId?.startsWith(prefix))
      .map(({ idSgo, referred, aktenzeichen }) => ({ nachricht, idSgo, referred, aktenzeichen })),
  );

describe('documents that come later', () => {
  test('wait until the DMS has named the Vorgang, then go into it: one alone, several as a batch', async () => {
    await dmsThat({ loseResult: true });
    const { id, vorgang } = await firstApplication();
    await hub.submission(id, ({ deliveries }) => deliveries[0]?.state === 'AWAITING_RESULT');
    const one = await later('NACHREICHUNG', vorgang, ['impfpass']);
    const two = await later('NACHREICHUNG', vorgang, ['foto', 'vertrag']);
    await hub.submission(one.id, ({ deliveries }) => deliveries[0]?.state === 'QUEUED');
    expect(dms!.ledger.filter(({ nachricht }) => nachricht === '0605')).toHaveLength(1);
    await dms!.stop();

    // The DMS says at last what became of it.
    await dmsThat();
    const { deliveries } = await inState(id, 'COMPLETED');
    await inState(one.id, 'COMPLETED');
    await inState(two.id, 'COMPLETED');
    const [first, ...documents] = taken(vorgang);
    expect(deliveries[0].aktenzeichen).toBe(first!.aktenzeichen);
    expect(documents.map(({ nachricht, referred }) => [nachricht, referred])).toEqual([
      ['0605', first!.idSgo],
      ['0605', first!.idSgo],
      ['0605', first!.idSgo],
    ]);
    expect(dms!.ledger.at(-1)!.objekte.map(({ nummerImStapel }) => nummerImStapel)).toEqual([1, 2]);
  });
});
