import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import type { EventData, HubEvent, deliveryChanged } from '@ozg-hub/events';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { ProgressProjection } from './progress-projection.ts';
import { progressOf } from './progress.repository.ts';

type Changed = EventData<typeof deliveryChanged>;

const own = { owner: 'civento-intake', folder: new URL('../migrations/', import.meta.url) };
const [deliveryId, submissionId] = [newId(), newId()];

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'civento_intake', sets: [own] }]);
  store = database.database.open('civento_intake', { maxConnections: 4 });
}, 60_000);
beforeEach(async () => void (await store.query('TRUNCATE delivery_progress')));
afterAll(() => database.drop());

const at = (sequence: number) => `2026-11-20T08:00:0${sequence}.000Z`;
const queued = changed(0, { state: 'QUEUED' });
const waiting = changed(1, { state: 'AWAITING_RECEIPT', dueAt: '2020-01-01T00:00:00Z' });
const filed = changed(2, { state: 'CONFIRMED', aktenzeichen: '22-1/2026' });

function changed(sequence: number, more: Pick<Changed, 'state'> & Partial<Changed>): Changed {
  const delivery = { deliveryId, submissionId, tenant: 'musterstadt', service: 'dms-export', purpose: 'dms' };
  return { ...delivery, target: 'eakte', sequence, at: at(sequence), ...more };
}

async function hear(data: Changed): Promise<void> {
  const event = { data } as HubEvent<Changed>;
  await store.tx((tx) => new ProgressProjection().apply(tx, event));
}

describe('what another service says of a delivery', () => {
  const last = {
    ...{ state: 'CONFIRMED', sequence: 2, changedAt: new Date(at(2)), aktenzeichen: '22-1/2026' },
    ...{ dueAt: null, overdue: false, code: null },
  };

  test.each([
    ['in order', [queued, waiting, filed]],
    ['backwards', [filed, waiting, queued]],
    ['with the last one first, and again after the others', [filed, queued, waiting, filed]],
    ['with one of them lost', [queued, filed]],
  ])('is its last word, when events come %s', async (_how, events) => {
    for (const event of events) await hear(event);
    expect(await progressOf(store, [submissionId])).toEqual([expect.objectContaining(last)]);
  });

  test('is its last word when all are heard at once', async () => {
    await Promise.all([waiting, filed, queued, filed].map(hear));
    expect(await progressOf(store, [submissionId])).toEqual([expect.objectContaining(last)]);
  });

  test('keeps the Aktenzeichen where a later event names none', async () => {
    await hear(filed);
    await hear(changed(3, { state: 'CONFIRMED' }));
    expect(await progressOf(store, [submissionId])).toMatchObject([{ sequence: 3, aktenzeichen: '22-1/2026' }]);
  });
});
