import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApplicationSpec, FakeDms, type FakeDmsOptions, applicationRequest, samplePdf } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { MARKER, dog, file, goodRequest } from './applications.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

// oxlint-disable-next-line no-explicit-any -- what the hub says, as JSON
type Json = any;

/** Other filing rules than those of the demo. */
const RULES = `
leistungen:
  - use: jagdpachtvertrag-anzeigen@1
    overrides: { ablage: { xdomea: { erstantrag: '0604' } } }
  - use: wappen-verwenden@1
    overrides: { ablage: { xdomea: {
      erstantrag: '0401', nachreichung: '0401', korrektur: '0401', protokoll: keine, abschluss: keine } } }
`;

let hub: RunningHub;
let folder: string;
let pool: XmlPool;
let dms: FakeDms | undefined;
let number = 0;

beforeAll(async () => {
  pool = createXmlPool({
    workers: 1,
    schemas: await loadCatalogue(fileURLToPath(new URL('../../schemas/', import.meta.url))),
  });
  folder = await mkdtemp(join(tmpdir(), 'cases-'));
  await cp(fileURLToPath(new URL('../../deploy/directory', import.meta.url)), folder, { recursive: true });
  await appendFile(join(folder, 'tenants/musterstadt.yaml'), RULES);
  hub = await startHub({ environment: { HUB_DIRECTORY: folder } });
});
afterAll(async () => {
  await hub?.stop();
  await pool.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  await dms?.stop();
  dms = undefined;
});

/** A DMS, that of Musterstadt by default, until the end of the test. */
async function dmsThat(options: Partial<FakeDmsOptions> = {}, folder = 'musterstadt'): Promise<FakeDms> {
  const root = join(hub.dataDir, 'dms', folder);
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
  spec: Partial<ApplicationSpec> = {},
): Promise<Handed> {
  const vorgang = `FALL-${(number += 1)}`;
  const files = await Promise.all(parts.map(async (part) => file(part, await samplePdf(`${art} ${part}`, [MARKER]))));
  return pushed(vorgang, await applicationRequest(dog({ vorgang, hauptvorgang, art, fachdaten: [], ...spec }), files));
}

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  hub.request('POST', `/dms-export/ops/v1/${path}`, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const order = (id: string, what: string, body: object = {}, headers: Record<string, string> = {}) =>
  post(`cases/${id}/${what}`, body, headers);
const change = (delivery: string, what: string, body: object = {}) => post(`deliveries/${delivery}/${what}`, body);

async function delivered({ headers }: Answer): Promise<Json> {
  for (;;) {
    const { json } = await hub.request('GET', headers.get('location')!);
    if (json.delivery.state === 'CONFIRMED') return json;
  }
}

const inState = (id: string, state: string): Promise<Json> => hub.submission(id, (found) => found.state === state);
const taken = (prefix: string) =>
  dms!.ledger.flatMap(({ nachricht, objekte }) =>
    objekte
      .filter(({ fachverfahrenObjektId }) => fachverfahrenObjektId?.startsWith(prefix))
      .map((objekt) => ({ nachricht, ...objekt })),
  );

/** The details of the trail's row about this change of a delivery. */
async function trailOf(delivery: string, kind: string): Promise<Json> {
  const text = `SELECT details FROM audit WHERE subject->>'delivery' = $1 AND kind = $2 ORDER BY position`;
  return (await sql<{ details: Json }[]>(text, [delivery, kind])).at(-1)?.details;
}

async function sql<Rows extends object[]>(text: string, params: readonly unknown[] = []): Promise<Rows> {
  const store = hub.database.database.open('dms_export', { maxConnections: 1 });
  try {
    return (await store.query(text, params)) as Rows;
  } finally {
    await store.close();
  }
}

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

  test('of a batch that the DMS takes in part, only what it refused is sent again', async () => {
    await dmsThat({ refuse: [{ betreff: 'foto', times: 1 }] });
    const { id, vorgang } = await firstApplication();
    await inState(id, 'COMPLETED');
    const batch = await later('NACHREICHUNG', vorgang, ['foto', 'vertrag']);
    const { deliveries } = await inState(batch.id, 'NEEDS_ATTENTION');
    expect(deliveries[0]).toMatchObject({ state: 'REJECTED', code: '0605005' });
    expect(await trailOf(deliveries[0].id, 'delivery.rejected')).toMatchObject({
      accepted: [2],
      refused: [{ number: 1, code: '0605005' }],
    });
    await change(deliveries[0].id, 'replay');
    await inState(batch.id, 'COMPLETED');
    expect(dms!.ledger.slice(-2).map(({ objekte }) => objekte.length)).toEqual([2, 1]);
    const filed = taken(vorgang).filter(({ refusal }) => refusal === undefined);
    expect(new Set(filed.map(({ fachverfahrenObjektId }) => fachverfahrenObjektId)).size).toBe(3);
  });

  test('correct what the DMS has named in a new version, and file the rest beside it', async () => {
    const there = { organisationseinheit: '00.00.BSP.02000001' };
    await dmsThat({ parameterName: 'AZ' }, 'beispielhausen');
    const { id, vorgang } = await firstApplication(there);
    await inState(id, 'COMPLETED');
    const before = await later('NACHREICHUNG', vorgang, ['impfpass'], there);
    const correction = await later('KORREKTUR', vorgang, ['impfpass', 'vertrag'], there);
    await inState(before.id, 'COMPLETED');
    await hub.submission(correction.id, ({ state, deliveries }) => state === 'COMPLETED' && deliveries.length === 2);
    const [first, document] = taken(vorgang);
    expect(dms!.ledger.map(({ nachricht, objekte }) => [nachricht, objekte.map(({ referred }) => referred)])).toEqual([
      ['0605', [undefined]],
      ['0605', [first!.idSgo]],
      ['0601', [document!.idSgo]],
      ['0605', [first!.idSgo]],
    ]);
  });
});

describe('a case by other filing rules', () => {
  test('is created first; its documents follow into the Vorgang as a batch', async () => {
    await dmsThat();
    const before = dms!.ledger.length;
    const identity = { source: 'BundID', vertrauensniveau: 'substanziell', attributes: {} } as const;
    const { id } = await firstApplication({ prozessschluessel: 'JagdpachtvertragAnzeige', identity });
    const { deliveries } = await hub.submission(
      id,
      ({ state, deliveries: all }) => state === 'COMPLETED' && all.length === 2,
    );
    const [created, documents] = dms!.ledger.slice(before);
    expect([created!.nachricht, documents!.nachricht]).toEqual(['0604', '0605']);
    expect(documents!.objekte.map(({ referred }) => referred)).toEqual(
      documents!.objekte.map(() => created!.objekte[0]!.idSgo),
    );
    expect(documents!.objekte).toHaveLength(2);
    expect(deliveries.map(({ aktenzeichen }: Json) => typeof aktenzeichen)).toContain('string');
  });

  test('is handed over where the DMS takes nothing else, and what comes later too; it takes no orders', async () => {
    await dmsThat();
    const before = dms!.ledger.length;
    const { id, vorgang } = await firstApplication({ prozessschluessel: 'WappenVerwendung' });
    await inState(id, 'COMPLETED');
    const more = await later('NACHREICHUNG', vorgang, ['entwurf', 'satzung'], {
      prozessschluessel: 'WappenVerwendung',
    });
    await inState(more.id, 'COMPLETED');
    expect(dms!.ledger.slice(before).map(({ nachricht, objekte }) => [nachricht, objekte.length])).toEqual([
      ['0401', 1],
      ['0401', 2],
    ]);
    const refused = await order(id, 'close');
    expect([refused.status, refused.json.code]).toEqual([409, 'HUB_DMS_ORDER_NOT_FOR_DMS']);
  });

  test('is known to the hub as soon as a person says what the DMS made of it, and what waited goes on', async () => {
    await dmsThat({ loseReceipt: true, loseResult: true });
    const { id, vorgang } = await firstApplication();
    const { deliveries } = await hub.submission(id, (found) => found.deliveries[0]?.state === 'AWAITING_RECEIPT');
    const more = await later('NACHREICHUNG', vorgang, ['impfpass']);
    await hub.submission(more.id, (found) => found.deliveries[0]?.state === 'QUEUED');
    while (taken(vorgang).length === 0) await hub.submission(id, () => true);
    const objectId = taken(vorgang)[0]!.idSgo;
    await change(deliveries[0].id, 'settle', { reason: 'found in the DMS', objectId, aktenzeichen: '1-2/3' });
    await hub.submission(more.id, (found) => found.deliveries[0]?.state === 'AWAITING_RECEIPT');
    while (taken(vorgang).length === 1) await hub.submission(id, () => true);
    expect(taken(vorgang)[1]!.referred).toBe(objectId);
  });
});

test('a DMS that speaks xdomea 2.4.0 gets every message in it, and answers in it', async () => {
  const there = { organisationseinheit: '00.00.BSP.02000001', prozessschluessel: 'Gewerbeanmeldung' };
  const identity = { source: 'BundID', vertrauensniveau: 'substanziell', attributes: {} } as const;
  await dmsThat({}, 'beispielhausen-gewerbe');
  const applicant = { kind: 'juristisch', name: `Иван ${MARKER} GmbH` } as const;
  const { id, vorgang } = await firstApplication({ ...there, identity, applicant });
  const { deliveries } = await inState(id, 'COMPLETED');
  const { paths, ...noted } = await trailOf(deliveries[0].id, 'delivery.awaiting-result');
  expect(noted).toMatchObject({ version: '2.4.0', counts: { transliterated: expect.any(Number) } });
  expect(paths).toContainEqual(expect.stringMatching(/Betreff/));
  await inState((await later('NACHREICHUNG', vorgang, ['plan'], { ...there, identity })).id, 'COMPLETED');
  await delivered(await order(vorgang, 'entries', { text: 'Bescheid zugestellt' }));
  await delivered(await order(vorgang, 'close'));
  expect(dms!.ledger.map(({ nachricht, version, problem }) => [nachricht, version, problem])).toEqual(
    ['0605', '0605', '0607', '0624'].map((nachricht) => [nachricht, '2.4.0', undefined]),
  );
  const [first] = taken(vorgang);
  expect(deliveries[0].aktenzeichen).toBe(first!.aktenzeichen);
});

describe('an order', () => {
  const vorgangOf = (vorgang: string) => taken(vorgang)[0]!.idSgo;

  test('writes an entry, closes and hands over, each once however often it is given', async () => {
    await dmsThat({ answerTwice: true });
    const before = dms!.ledger.length;
    const { id, vorgang } = await firstApplication();
    await inState(id, 'COMPLETED');
    const text = `Bescheid an ${MARKER} zugestellt`;
    const entry = await order(id, 'entries', { text, bearbeiter: 'Amt' }, { 'idempotency-key': 'zustellung-1' });
    expect([entry.status, entry.json.created]).toEqual([202, true]);
    await delivered(entry);
    const again = await order(id, 'entries', { text, bearbeiter: 'Amt', orderId: 'zustellung-1' });
    expect([again.status, again.json]).toMatchObject([202, { created: false, delivery: entry.json.delivery }]);
    const other = await order(id, 'entries', { text: 'anders', orderId: 'zustellung-1' });
    expect([other.status, other.json.code]).toEqual([409, 'HUB_DMS_ORDER_DIFFERS']);

    const close = await order(vorgang, 'close');
    expect((await order(id, 'close')).json.delivery).toBe(close.json.delivery);
    await delivered(close);
    const late = await order(id, 'entries', { text });
    expect([late.status, late.json.code]).toEqual([409, 'HUB_DMS_CASE_CLOSED']);
    await delivered(await order(id, 'handover'));
    const { deliveries } = await inState((await later('NACHREICHUNG', vorgang, ['foto'])).id, 'NEEDS_ATTENTION');
    expect(deliveries[0]).toMatchObject({ state: 'REJECTED', code: '0605005' });
    await change(deliveries[0].id, 'cancel', { reason: 'the case is closed' });
    dms!.lift(vorgangOf(vorgang));
    await delivered(await order(id, 'entries', { text, reopened: true }));
    const said = dms!.ledger.slice(before).map(({ nachricht, objekte }) => [nachricht, objekte[0]!.referred]);
    const of = vorgangOf(vorgang);
    expect(said).toEqual([
      ['0605', undefined],
      ['0607', of],
      ['0624', of],
      ['0401', undefined],
      ['0605', of],
      ['0607', of],
    ]);
    await inState(id, 'COMPLETED');
    const { case: known } = (await hub.request('GET', `/dms-export/ops/v1/cases/${vorgang}`)).json;
    expect(known).toMatchObject({ submissionId: id, objectId: of, aktenzeichen: taken(vorgang)[0]!.aktenzeichen });
    // The text of an entry may tell of a citizen: it lies in the vault and nowhere else.
    const [{ all }] = await sql<[{ all: string }]>(
      `SELECT string_agg(row, '') AS all FROM (SELECT d::text AS row FROM delivery d UNION ALL SELECT a::text FROM audit a
         UNION ALL SELECT s::text FROM step s UNION ALL SELECT convert_from(o.value, 'UTF8') FROM outbox o) rows`,
    );
    expect(all).toContain(id);
    expect(all).not.toContain(MARKER);
  });

  test('given before the DMS has named the Vorgang waits for that', async () => {
    await dmsThat({ delayMs: 300, answerVersion: '2.4.0' });
    const { id, vorgang } = await firstApplication();
    await hub.submission(id, ({ deliveries }) => deliveries.length > 0);
    const entry = await order(id, 'entries', { text: 'eingegangen' });
    await delivered(entry);
    expect(dms!.ledger.at(-1)!.objekte[0]!.referred).toBe(vorgangOf(vorgang));
  });

  test('is refused where the key may not see the case, or there is none', async () => {
    await dmsThat();
    const { id } = await firstApplication();
    await inState(id, 'COMPLETED');
    const { key } = await hub.key({ scopes: ['read', 'operate'], tenants: ['beispielhausen'] });
    const strange = await order(id, 'close', {}, { authorization: `Bearer ${key}` });
    expect([strange.status, strange.json.code]).toEqual([404, 'HUB_DMS_CASE_NOT_FOUND']);
    const reader = await hub.key({ scopes: ['read'], tenants: ['musterstadt'] });
    expect((await order(id, 'close', {}, { authorization: `Bearer ${reader.key}` })).status).toBe(403);
    expect((await order('NIE-GESEHEN', 'close')).json.code).toBe('HUB_DMS_CASE_NOT_FOUND');
    expect((await order(id, 'entries', { text: ' ' })).status).toBe(400);
    expect((await order(id, 'handover', { target: 'none' })).json.code).toBe('HUB_DMS_CASE_TARGET');
  });

  test('and later documents stay for a person where no delivery named the Vorgang, until he does', async () => {
    await dmsThat();
    const orphan = await later('NACHREICHUNG', 'AUS-DEM-ALTSYSTEM', ['urkunde']);
    const { deliveries } = await inState(orphan.id, 'NEEDS_ATTENTION');
    expect(deliveries[0]).toMatchObject({ state: 'PARKED', code: 'HUB_DMS_CASE_UNKNOWN' });
    const { id } = await firstApplication();
    await inState(id, 'COMPLETED');
    // A Vorgang that this DMS has stands for the one of the system before.
    const objectId = dms!.ledger.at(-1)!.objekte[0]!.idSgo;
    expect((await order('AUS-DEM-ALTSYSTEM', 'link', { objectId, aktenzeichen: '1-2/3' })).status).toBe(200);
    await change(deliveries[0].id, 'replay');
    await inState(orphan.id, 'COMPLETED');
    expect(dms!.ledger.at(-1)!.objekte[0]!.referred).toBe(objectId);
  });
});
