import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type EncodedEvent, decodeEvent, noticeIssued } from '@ozg-hub/events';
import { money } from '@ozg-hub/money';
import { type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Keyring, Vault, vaultMigrations } from '@ozg-hub/vault';
import type { PaymentState } from '../payment.ts';
import { type NewPayment, findPayment, insertPayment } from '../payment.repository.ts';
import { Receipts, type ReceiptsOptions } from './receipts.ts';
import { sampleItem, sampleQuittung } from './sample-quittung.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };
const sets = [outboxMigrations, inboxMigrations, trailMigrations, own];

let database: TestDatabase;
let store: Store;
let vault: Vault;
let folder: string;

beforeAll(async () => {
  database = await testDatabase([vaultMigrations, { schema: 'epay21_bridge', sets }]);
  store = database.database.open('epay21_bridge', { maxConnections: 8 });
  folder = await mkdtemp(join(tmpdir(), 'receipts-'));
  const [dataDir, reference] = [join(folder, 'data'), `file:${folder}/keys/keyring.json`];
  const keyring = await Keyring.open({ reference, create: true, outside: dataDir });
  vault = new Vault({ store: database.database.open('vault'), dataDir, keyring, logger: silentLogger });
}, 60_000);
afterEach(() => store.query('TRUNCATE payment, outbox, audit CASCADE'));
afterAll(async () => {
  await vault.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

const { kommune } = sampleQuittung();
const snapshot = { tenant: () => kommune, blueprint: () => ({ name: 'Bewohnerparkausweis beantragen' }) };
const directory = { current: () => snapshot, at: async () => snapshot } as unknown as Directory;

const receiptsWith = (changes: Partial<ReceiptsOptions> = {}) =>
  new Receipts({ store, vault, directory, service: 'epay21-bridge', ...changes });

/** A submission whose vault is there. */
async function submission(): Promise<string> {
  const id = newId();
  const room = await vault.newSubmission('musterstadt', id);
  room.seal(Buffer.from('{}'), { kind: 'envelope' });
  await vault.synced(room);
  await store.tx((tx) => vault.store(tx, [room]));
  return id;
}

interface Given extends Partial<NewPayment> {
  readonly state?: PaymentState;
}

async function paid({ state = 'PAID', ...changes }: Given = {}): Promise<string> {
  const id = newId();
  const payment: NewPayment = {
    ...{ id, tenant: 'musterstadt', provider: 'epay', endpoint: 'epay.example', finance: undefined },
    submissionId: undefined,
    leistung: '99999005012000',
    vorgang: 'MUS-2026-000483',
    blueprint: 'bewohnerparkausweis-beantragen@1',
    directoryVersion: 'sha256-pinned',
    ...{ keyId: undefined, headerKey: undefined, contentHash: undefined },
    kassenzeichen: '2026-00000483-7',
    ...{ purpose: '2026-00000483-7', description: 'Bewohnerparkausweis' },
    gross: money(3070, 'EUR'),
    items: [sampleItem(1)],
    ...{ serviceUrl: undefined, returnToken: newId(), timeoutMinutes: 30, traceparent: undefined },
    ...changes,
  };
  await store.tx((tx) => insertPayment(tx, payment, 0));
  const at = state === 'INITIATED' ? null : '2026-08-21T08:14:58Z';
  await store.query('UPDATE payment SET state = $2, paid_at = $3 WHERE id = $1', [id, state, at]);
  return id;
}

async function notices() {
  const rows = await store.query<{ topic: string } & EncodedEvent>('SELECT * FROM outbox ORDER BY position');
  return rows.map((row) => decodeEvent(noticeIssued, row));
}

const objects = async (submissionId: string) => {
  const text = 'SELECT count(*)::integer AS count FROM vault.object WHERE submission_id = $1';
  return (await store.query<{ count: number }>(text, [submissionId]))[0]!.count;
};

describe('the Quittung of an application', () => {
  test('lies in its vault and is announced, with what its record needs', async () => {
    const submissionId = await submission();
    const id = await paid({ submissionId });
    expect(await receiptsWith().issue(id)).toBe('issued');
    const [notice, ...more] = await notices();
    expect(more).toEqual([]);
    const payment = (await findPayment(store, id))!;
    const { meta, stream } = await vault.open(payment.receiptRef!, { tenant: 'musterstadt' });
    const pdf = Buffer.concat(await stream().toArray());
    expect(pdf).toEqual(await receiptsWith().render(payment));
    expect(meta).toMatchObject({ role: 'Quittung', format: 'PDF/A-2a', mediaType: 'application/pdf' });
    expect(notice).toMatchObject({
      source: '/ozg-hub/epay21-bridge',
      key: 'musterstadt:MUS-2026-000483',
      data: {
        submissionId,
        kind: 'QUITTUNG',
        reference: '2026-00000483-7',
        documents: [
          {
            ref: payment.receiptRef,
            role: 'Quittung',
            fileName: 'Quittung-2026-00000483-7.pdf',
            title: 'Quittung 2026-00000483-7',
            size: pdf.length,
          },
        ],
      },
    });
  });

  test('is made once, however often and by however many it is asked for', async () => {
    const submissionId = await submission();
    const id = await paid({ submissionId });
    const others = [receiptsWith(), receiptsWith(), receiptsWith()];
    const issued = await Promise.all(others.map((receipts) => receipts.issue(id)));
    expect(issued.toSorted()).toEqual(['before', 'before', 'issued']);
    expect(await receiptsWith().issue(id)).toBe('before');
    expect(await notices()).toHaveLength(1);
    expect(await objects(submissionId)).toBe(2);
  });

  test.each(['epay21-bridge.receipt-sealed', 'epay21-bridge.receipt-issued'])(
    'is there once after a crash at %s',
    async (name) => {
      const submissionId = await submission();
      const id = await paid({ submissionId });
      const hit = (where: string) => {
        if (where === name) throw new Error('killed');
      };
      await expect(receiptsWith({ failpoints: { hit } }).issue(id)).rejects.toThrow('killed');
      await receiptsWith().issue(id);
      expect(await notices()).toHaveLength(1);
      expect(await objects(submissionId)).toBe(2);
    },
  );

  test('is not made any more where the application was erased; that is recorded and not tried again', async () => {
    const submissionId = await submission();
    const id = await paid({ submissionId });
    expect(await receiptsWith().due(10)).toEqual([id]);
    await store.tx((tx) => vault.erase(tx, [submissionId]));
    expect(await receiptsWith().issue(id)).toBe('none');
    expect((await findPayment(store, id))?.receiptCode).toMatch(/^HUB_VAULT_(ERASED|NOT_FOUND)$/);
    expect(await receiptsWith().due(10)).toEqual([]);
    const [entry] = await store.query('SELECT kind, code, actor FROM audit');
    expect(entry).toMatchObject({ kind: 'receipt.refused', actor: 'epay21-bridge' });
  });

  test('is not announced where the application is erased between sealing and storing', async () => {
    const submissionId = await submission();
    const id = await paid({ submissionId });
    const erasing = {
      add: (tenant: string, of: string) => vault.add(tenant, of),
      synced: async (room: Parameters<Vault['synced']>[0]) => {
        await vault.synced(room);
        await store.tx((tx) => vault.erase(tx, [submissionId]));
      },
      store: (...given: Parameters<Vault['store']>) => vault.store(...given),
    };
    expect(await receiptsWith({ vault: erasing }).issue(id)).toBe('none');
    expect(await notices()).toEqual([]);
    expect(await findPayment(store, id)).toMatchObject({ receiptRef: undefined, receiptCode: 'HUB_VAULT_ERASED' });
  });
});

test('waits for the money, and for an application', async () => {
  const submissionId = await submission();
  const open = await paid({ submissionId, state: 'INITIATED' });
  const alone = await paid({ kassenzeichen: '2026-00000484-5' });
  const refunded = await paid({ submissionId: await submission(), kassenzeichen: '3', state: 'REFUNDED' });
  const booked = await paid({ submissionId: await submission(), kassenzeichen: '4', state: 'BOOKED' });
  expect(await receiptsWith().due(10)).toEqual([booked]);
  for (const id of [open, alone, refunded, newId()]) expect(await receiptsWith().issue(id)).toBe('none');
  const onDemand = async (id: string) => await receiptsWith().render((await findPayment(store, id))!);
  expect(await onDemand(open)).toBeUndefined();
  expect((await onDemand(alone))?.subarray(0, 5).toString()).toBe('%PDF-');
});
