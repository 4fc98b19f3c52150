import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { berlinDate } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing';
import { hasKafkaTools } from '@ozg-hub/testing/servers';
import { BEISPIELHAUSEN, FeePayers, MUSTERSTADT } from './fee-payers.ts';
import { type BookLine, type Violation, judge } from './oracle.ts';
import { PaymentScene } from './payment-scene.ts';

const runs = canRun('system', hasKafkaTools(), 'payments', 'Java and Maven for Apache Kafka');
/** For what a quiet machine does in a second or two. */
const PATIENCE_MS = 45_000;
const TENANTS = [MUSTERSTADT, BEISPIELHAUSEN];

(runs ? describe : describe.skip)('payments with separate processes on Kafka', () => {
  let scene: PaymentScene;
  let payers: FeePayers;
  let applications: { readonly submissionId: string; readonly id: string }[];
  /** What goes on while a test looks at something else. */
  const underWay: Promise<unknown>[] = [];

  beforeAll(async () => {
    scene = await PaymentScene.start();
    payers = new FeePayers(scene);
  }, 180_000);
  afterAll(() => scene?.stop());

  /** Everything is paid, posted and confirmed, or had its time for it; then the oracle. */
  async function verdict(): Promise<Violation[]> {
    const late = pause(PATIENCE_MS, undefined, { ref: false });
    await Promise.race([Promise.all(underWay.splice(0)), late]);
    await payers.allEnded(PATIENCE_MS);
    const until = performance.now() + PATIENCE_MS;
    while (!isConfirmed(await scene.books()) && performance.now() < until) await pause(100);
    const [books, ledger, bus] = await Promise.all([scene.books(), scene.ledger(), scene.bus()]);
    return judge({ clients: payers.journal, books, ledger, bus });
  }

  const closeTheDay = () =>
    payers.operate('/epay21-bridge/ops/v1/files/close', {
      tenant: MUSTERSTADT,
      day: berlinDate(new Date()),
      early: true,
    });

  test('are placed, paid and posted once each; the service is told after the event is on the bus', async () => {
    const applying = Promise.all([1, 2, 3].map((number) => payers.apply(`MUS-2026-${number}`)));
    const paying = [1, 2, 3, 4].flatMap(() => TENANTS.map((tenant) => payers.askAndPay(tenant)));
    const givenUp = TENANTS.map(async (tenant) => payers.visit(await payers.ask(tenant), 'cancel'));
    applications = await applying;
    await payers.visit(applications[0]!.id);
    underWay.push(...paying, ...givenUp);
    await Promise.all(underWay.splice(0));
    // The fees of two applications are not paid yet.
    const open = new Set(applications.slice(1).map(({ id }) => id));
    const states = () =>
      Promise.all(
        payers.told.filter((id) => !open.has(id)).map((id) => payers.state(id, ({ state }) => state !== 'PAID')),
      );
    expect((await states()).map(({ state }) => state).toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => 'BOOKED'),
      ...['CANCELLED', 'CANCELLED'],
    ]);
  });

  /** Those below, once each; that nothing is doubled is for the oracle to say in the end. */
  const FAULTS = 5;
  test('while answers of the service are lost citizens go on', async () => {
    const lost = { answer: 'reset', effect: true } as const;
    for (const operation of ['initiate', 'initiate', 'look', 'close'] as const) scene.inject({ operation, ...lost });
    scene.inject({ operation: 'initiate', answer: 'cut', after: 1 });
    underWay.push(...[1, 2].flatMap(() => TENANTS.map((tenant) => payers.askAndPay(tenant))));
    await scene.restartFinance('--disorder');
  });

  test('while there is no bus citizens pay, and the service is told of none of it', async () => {
    await scene.withoutBus(async () => {
      const ids: string[] = [];
      const states: string[] = [];
      // One after the other, so that the first would have been confirmed before the second is paid.
      for (const _ of [1, 2]) {
        const id = await payers.askAndPay(MUSTERSTADT);
        ids.push(id);
        states.push((await payers.state(id, isPaid)).state);
      }
      expect(states).toEqual(['PAID', 'PAID']);
      const books = await scene.books();
      const theirs = books.flatMap(({ payment }) =>
        payment && ids.includes(payment.requestId) ? [payment.payId] : [],
      );
      expect(theirs).toHaveLength(2);
      expect(books.filter(({ event, payId }) => event === 'closed' && theirs.includes(payId!))).toEqual([]);
    });
  });

  /** Points at which bridges are killed, two at a time: by the same process, or by both. */
  const rounds: readonly { readonly points: readonly string[]; readonly more?: () => Promise<unknown> }[] = [
    {
      points: ['epay21-bridge.receipt-sealed', 'epay.before-initiate'],
      more: () => payers.visit(applications[1]!.id),
    },
    { points: ['epay21-bridge.receipt-issued', 'epay.after-initiate'], more: () => payers.visit(applications[2]!.id) },
    { points: ['epay.before-look', 'epay.after-close'] },
    { points: ['epay.after-look', 'epay.before-close'] },
    { points: ['epay.before-commit', 'outbox.published'] },
    { points: ['epay.after-commit'] },
    { points: ['epay.file-stored'], more: closeTheDay },
    { points: ['epay.file-handed-over'], more: closeTheDay },
  ];
  test.each(rounds)('bridges killed at $points are started again, and others go on', async ({ points, more }) => {
    const before = scene.ends.length;
    for (const point of points) await scene.arm(point);
    const paying = TENANTS.map((tenant) => payers.askAndPay(tenant));
    underWay.push(...paying);
    if (points[0]!.startsWith('epay.file')) await Promise.all(paying.map(async (id) => payers.state(await id, isPaid)));
    if (more) underWay.push(more());
    for (const point of points) while ((await scene.hits(point)) === 0) await pause(50);
    while (scene.ends.length < before + points.length) await pause(10);
    await scene.ready();
  });

  test('after all of that nothing is lost and nothing doubled', async () => {
    expect(await verdict()).toEqual([]);
    expect(await scene.struck()).toBe(FAULTS);
    expect(scene.ends).toEqual(rounds.flatMap(({ points }) => points.map(() => 'SIGKILL')));
    // The ledger was shown what it was to be shown.
    const outcomes = new Set((await scene.ledger()).map(({ outcome }) => outcome));
    expect([...outcomes]).toEqual(expect.arrayContaining(['POSTED', 'HELD', 'REPEATED']));
  });

  test('each posting stands in one file, and no number is missing', async () => {
    await closeTheDay();
    await payers.reissueWaiting();
    const names = (await readdir(scene.drop)).toSorted();
    const numbers = names.map((name) => Number(/-(\d{6})\.csv$/.exec(name)?.[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const texts = await Promise.all(names.map((name) => readFile(join(scene.drop, name), 'utf8')));
    const inFiles = texts.flatMap((text) => text.split('\r\n').slice(1, -1)).map((line) => line.split(';')[1]);
    const posted = (await scene.ledger()).filter(
      ({ outcome, tenant }) => outcome === 'POSTED' && tenant === MUSTERSTADT,
    );
    expect(inFiles.toSorted()).toEqual(posted.map(({ eventId }) => eventId).toSorted());
  });

  test('the Quittung of each application is filed with its case, once', async () => {
    for (const { submissionId } of applications) {
      const filed = await payers.submission(
        submissionId,
        ({ deliveries }) => deliveries.length > 1 && deliveries.every(({ state }) => state === 'CONFIRMED'),
      );
      expect(filed.deliveries.map(({ state }) => state)).toEqual(['CONFIRMED', 'CONFIRMED']);
    }
  });
});

/** Whether the service was told of everything that was paid by SOAP. */
function isConfirmed(books: readonly BookLine[]): boolean {
  const of = (wanted: string) => new Set(books.flatMap(({ event, payId }) => (event === wanted ? [payId] : [])));
  const [charged, closed] = [of('charged'), of('closed')];
  return books.every(
    ({ payment }) => payment?.face !== 'soap' || !charged.has(payment.payId) || closed.has(payment.payId),
  );
}

const isPaid = ({ state }: { readonly state: string }) => state === 'PAID' || state === 'BOOKED';
