import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApplicationSpec, FakeDms, type FakeDmsOptions } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { goodRequest } from './applications.ts';
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

const places = (folder: string) => {
  const root = join(hub.dataDir, 'dms', folder);
  return { inbox: join(root, 'inbox'), outbox: join(root, 'replies'), taken: join(root, 'taken') };
};

/** The DMS of Musterstadt, until the end of the test. */
async function dmsThat(options: Partial<FakeDmsOptions> = {}): Promise<FakeDms> {
  dms = new FakeDms({ ...places('musterstadt'), pool, parameterName: 'Kennzeichen', ...options });
  await dms.start();
  return dms;
}

/** Hands an application over; the id of its submission and the Vorgang it belongs to. */
async function handOver(spec: Partial<ApplicationSpec> = {}): Promise<{ id: string; vorgang: string }> {
  const vorgang = `CIV-${(number += 1)}`;
  const { status, json } = await hub.push((await goodRequest(vorgang, spec)).body());
  expect(status).toBe(202);
  return { id: json.id, vorgang };
}

const inState = (id: string, state: string): Promise<Json> => hub.submission(id, (found) => found.state === state);
const deliveryIn = async (id: string, state: string): Promise<Json> => {
  const found = await hub.submission(id, ({ deliveries }) => deliveries.some((one: Json) => one.state === state));
  return found.deliveries.find((one: Json) => one.state === state);
};

function operate(path: string, body: object = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return hub.request('POST', `/dms-export/ops/v1/${path}`, { headers, body: JSON.stringify(body) });
}
const details = async (delivery: string): Promise<Json> =>
  (await hub.request('GET', `/dms-export/ops/v1/deliveries/${delivery}`)).json;

async function sql<Row extends object>(text: string, params: readonly unknown[]): Promise<Row[]> {
  const store = hub.database.database.open('dms_export', { maxConnections: 1 });
  try {
    return await store.query<Row>(text, params);
  } finally {
    await store.close();
  }
}

/** What others hear about the submission, in order. */
async function announced(submission: string): Promise<Json[]> {
  const rows = await sql<{ topic: string; value: Buffer }>(
    `SELECT topic, value FROM outbox WHERE topic LIKE 'records.%' ORDER BY position`,
    [],
  );
  return rows
    .map(({ topic, value }) => ({ topic, ...(JSON.parse(value.toString()) as Json) }))
    .filter(({ submissionId }) => submissionId === submission);
}

describe('an application', () => {
  test('becomes a record: package, receipt, result, COMPLETED with the Aktenzeichen', async () => {
    await dmsThat();
    const { id, vorgang } = await handOver();
    const { deliveries } = await inState(id, 'COMPLETED');
    const [taken, ...more] = dms!.ledger.filter((line) => line.fachverfahrenObjektId === vorgang);
    expect(more).toEqual([]);
    expect(deliveries).toEqual([
      expect.objectContaining({ state: 'CONFIRMED', aktenzeichen: taken!.aktenzeichen, target: 'eakte' }),
    ]);

    const { exchanges, attempts } = await details(deliveries[0].id);
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({ id: taken!.prozessId, result: 'result', receiptAt: expect.any(String) });
    expect(exchanges[0].steps.map(({ name }: Json) => name)).toEqual(['compose', 'package', 'hand-over']);
    expect(attempts.map((attempt: Json) => attempt.class)).toEqual(['OK']);
    const common = { topic: 'records.filed.v1', tenant: 'musterstadt', vorgang, prozessId: taken!.prozessId };
    expect(await announced(id)).toEqual([expect.objectContaining({ ...common, aktenzeichen: taken!.aktenzeichen })]);
  });

  test('becomes one record, whatever the DMS says twice, late or to strangers', async () => {
    await dmsThat({ answerTwice: true, resultBeforeReceipt: true, stranger: true, replyAs: 'zip' });
    const { id, vorgang } = await handOver();
    await dms!.settled(1);
    const { deliveries } = await inState(id, 'COMPLETED');
    const { outbox } = places('musterstadt');
    await until(async () => (await readdir(outbox)).every((name) => ['done', 'error'].includes(name)));
    expect(dms!.ledger.filter((line) => line.fachverfahrenObjektId === vorgang)).toHaveLength(1);
    const { replies } = (await details(deliveries[0].id)).exchanges[0];
    const outcomes = (of: string) =>
      replies.filter(({ kind }: Json) => kind === of).map(({ outcome }: Json) => outcome);
    expect(outcomes('result')).toEqual(['applied', 'duplicate']);
    // Whether it came before or after the result.
    expect(outcomes('receipt')).toEqual([expect.stringMatching(/applied|late/), 'duplicate']);
    expect((await readdir(join(outbox, 'error'))).length).toBeGreaterThan(0);
    expect(await announced(id)).toHaveLength(1);
  });

  test('that the DMS refuses needs a person; replayed it is accepted in a new exchange', async () => {
    await dmsThat({ refuse: [{ code: '0605005', times: 1 }] });
    const { id, vorgang } = await handOver();
    const refused = await inState(id, 'NEEDS_ATTENTION');
    const [{ id: delivery }] = refused.deliveries;
    expect(refused.deliveries[0]).toMatchObject({ state: 'REJECTED', code: '0605005' });
    const reason = 'xdomea:SpezifischeFehlermeldung0605:0605005';
    expect(await announced(id)).toEqual([
      expect.objectContaining({ topic: 'records.rejected.v1', code: '0605005', reason }),
    ]);

    expect((await operate(`deliveries/${delivery}/replay`)).status).toBe(200);
    await inState(id, 'COMPLETED');
    const taken = dms!.ledger.filter((line) => line.fachverfahrenObjektId === vorgang);
    const { exchanges, attempts } = await details(delivery);
    expect(exchanges.map(({ id: exchange, result }: Json) => [exchange, result])).toEqual([
      [taken[0]!.prozessId, 'rejection'],
      [taken[1]!.prozessId, 'result'],
    ]);
    expect(attempts.map(({ trigger }: Json) => trigger)).toEqual(['NEW', 'REPLAY']);
    expect((await announced(id)).map(({ topic }) => topic)).toEqual(['records.rejected.v1', 'records.filed.v1']);
  });

  test('that the DMS keeps silent about becomes overdue: shown, counted, not sent again', async () => {
    await dmsThat({ loseReceipt: true, loseResult: true });
    const { id, vorgang } = await handOver();
    const { id: delivery } = await deliveryIn(id, 'AWAITING_RECEIPT');
    await sql(`UPDATE delivery SET due_at = now() - interval '1 second' WHERE id = $1`, [delivery]);
    const late = await inState(id, 'NEEDS_ATTENTION');
    expect(late.deliveries[0]).toMatchObject({ state: 'AWAITING_RECEIPT', overdue: true });
    const doctor = (await hub.request('GET', '/hub/ops/v1/doctor')).json;
    expect(doctor.findings).toContainEqual(
      expect.objectContaining({ level: 'problem', text: expect.stringContaining('overdue') }),
    );
    await until(async () => /hub_dms_overdue\{[^}]*\} 1/.test((await hub.request('GET', '/metrics')).text));
    expect((await details(delivery)).attempts).toHaveLength(1);
    expect(dms!.ledger.filter((line) => line.fachverfahrenObjektId === vorgang)).toHaveLength(1);
    await operate(`deliveries/${delivery}/cancel`, { reason: 'end of the test' });
    expect((await inState(id, 'CANCELLED')).deliveries[0].state).toBe('CANCELLED');
  });
});

describe('an operator', () => {
  test('cannot repeat what took effect, except as a new delivery on purpose', async () => {
    await dmsThat();
    const { id, vorgang } = await handOver();
    const { deliveries } = await inState(id, 'COMPLETED');
    const path = `deliveries/${deliveries[0].id}`;
    const replayed = await operate(`${path}/replay`, { reason: 'try it' });
    expect([replayed.status, replayed.json.code]).toEqual([409, 'HUB_ALREADY_EFFECTIVE']);
    expect((await operate(`${path}/cancel`, { reason: 'not wanted' })).json.code).toBe('HUB_ALREADY_EFFECTIVE');
    expect((await operate(`${path}/send-again`)).status).toBe(400);

    const again = await operate(`${path}/send-again`, { reason: 'the DMS was restored from a backup' });
    expect([again.status, again.json.supersedes]).toEqual([201, deliveries[0].id]);
    const done = await hub.submission(
      id,
      ({ state, deliveries: all }) => state === 'COMPLETED' && all.length === 2 && all[1].state === 'CONFIRMED',
    );
    expect(done.deliveries.map(({ state }: Json) => state)).toEqual(['SUPERSEDED', 'CONFIRMED']);
    expect(dms!.ledger.filter((line) => line.fachverfahrenObjektId === vorgang)).toHaveLength(2);
  });

  test('needs a reason and the word of the target to repeat what may have taken effect', async () => {
    await dmsThat({ loseReceipt: true, loseResult: true });
    const { id } = await handOver();
    const { id: delivery } = await deliveryIn(id, 'AWAITING_RECEIPT');
    const without = await operate(`deliveries/${delivery}/replay`);
    expect([without.status, without.json.code]).toEqual([422, 'HUB_DELIVERY_REASON_REQUIRED']);
    const reason = 'the DMS lost its inbox';
    const probed = await operate(`deliveries/${delivery}/replay`, { reason });
    expect([probed.status, probed.json.code]).toEqual([409, 'HUB_ALREADY_EFFECTIVE']);

    const settled = await operate(`deliveries/${delivery}/settle`, { reason, aktenzeichen: '22-77/2026' });
    expect(settled.status).toBe(200);
    expect((await inState(id, 'COMPLETED')).deliveries[0]).toMatchObject({ aktenzeichen: '22-77/2026' });
  });

  test('pauses a target: nothing is sent, nothing is lost, until it is resumed', async () => {
    await dmsThat();
    expect((await operate('targets/musterstadt/eakte/pause', { reason: 'move of the DMS' })).status).toBe(200);
    const { id } = await handOver();
    await deliveryIn(id, 'QUEUED');
    const { targets } = (await hub.request('GET', '/dms-export/ops/v1/targets')).json;
    expect(targets).toContainEqual(expect.objectContaining({ target: 'eakte', tenant: 'musterstadt', paused: true }));
    expect((await operate('targets/musterstadt/eakte/resume')).status).toBe(200);
    const { deliveries } = await inState(id, 'COMPLETED');
    expect((await details(deliveries[0].id)).attempts).toHaveLength(1);
  });
});

test('the dead inbox of one municipality does not keep another from being served', async () => {
  const { inbox } = places('neudorf-am-muster');
  await mkdir(join(inbox, '..'), { recursive: true });
  await writeFile(inbox, 'a file where the inbox should be');
  await dmsThat();
  const dead = { organisationseinheit: '00.00.NEU.03000001' };
  const waiting = await Promise.all(Array.from({ length: 12 }, () => handOver(dead)));
  const served = await Promise.all(Array.from({ length: 4 }, () => handOver()));
  for (const { id } of served) await inState(id, 'COMPLETED');
  for (const { id } of waiting) {
    const { deliveries } = await hub.submission(id, (found) => found.deliveries.length > 0);
    expect(['QUEUED', 'IN_FLIGHT', 'RETRY_WAIT']).toContain(deliveries[0].state);
  }
  // Which of them were tried before the breaker opened is a matter of chance.
  const query = '?state=retry_wait&tenant=neudorf-am-muster';
  let tried: Json[] = [];
  while (tried.length === 0)
    tried = (await hub.request('GET', '/dms-export/ops/v1/deliveries', { query })).json.deliveries;
  expect(new Set(tried.map(({ code }) => code))).toEqual(new Set(['HUB_DMS_INBOX_UNAVAILABLE']));
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
