import { afterEach, describe, expect, test } from '@jest/globals';
import { type EventData, type HubEvent, encodeEvent, recordsFiled } from '@ozg-hub/events';
import { type Store, type Tx, outbox, parkedMessages, storeErrors } from '@ozg-hub/store';
import { newSpan, silentLogger } from '@ozg-hub/core';
import { mergeMap, timer } from 'rxjs';
import { Arrivals, Gate } from './arrivals.ts';
import type { BusContext } from './bus-context.ts';
import { BusStrategy } from './bus-strategy.ts';
import type { Bus, BusRecord } from './bus.port.ts';
import type { Outcome } from './messaging-metrics.port.ts';

type Handler = (event: HubEvent<EventData<typeof recordsFiled>>, context: BusContext) => unknown;

const numberOf = ({ target }: { target: string }) => Number(target);

const DATA = {
  deliveryId: '01910000-0000-7000-8000-000000000001',
  submissionId: '01910000-0000-7000-8000-000000000002',
  tenant: 'musterstadt',
  at: '2026-08-21T10:15:30+02:00',
};

/** A fresh topic, group and strategy; `outcomes` fills after each commit. */
class Consumer {
  readonly name = crypto.randomUUID().slice(0, 8);
  readonly group = `consumer-${this.name}`;
  /** The data of a released event under a type of its own; `target` carries the number. */
  readonly contract: typeof recordsFiled = {
    ...recordsFiled,
    type: `test.consumed-${this.name}`,
    topic: `test.consumed-${this.name}.v1`,
    partitions: 1,
    retentionDays: 1,
  };
  readonly outcomes = new Arrivals<Outcome>();
  readonly waited = new Arrivals<string>();
  readonly strategy: BusStrategy;
  readonly #bus: Bus;
  readonly #store: Store;
  #sequence = 0;

  constructor(bus: Bus, store: Store) {
    this.#bus = bus;
    this.#store = store;
    this.strategy = new BusStrategy({
      bus,
      store,
      group: this.group,
      logger: silentLogger,
      contracts: [this.contract],
      metrics: {
        consumed: (_group, _topic, outcome, count) => this.outcomes.push(...Array<Outcome>(count).fill(outcome)),
        waited: (_group, _topic, code) => this.waited.push(code),
        rebalanced: () => undefined,
        published: () => undefined,
      },
    });
  }

  /** Handles by writing an outbox row of its own in the transaction, then calls `more`. */
  async start(more: Handler = () => undefined): Promise<void> {
    const handler: Handler = async (event, context) => {
      await this.affect(context.tx, numberOf(event.data));
      return await more(event, context);
    };
    this.strategy.addHandler(this.contract.topic, handler as never, true);
    await this.strategy.start();
  }

  /** An effect in the transaction of a message. */
  async affect(tx: Tx, number: number): Promise<void> {
    await outbox.append(tx, [{ ...this.event(number), topic: `effects-${this.name}` }]);
  }

  event(number: number, extra: object = {}): BusRecord {
    const data = { ...DATA, target: String(number) };
    const origin = { source: '/ozg-hub/test', at: new Date(), sequence: (this.#sequence += 1), trace: newSpan() };
    const encoded = encodeEvent(this.contract, data, origin);
    return { ...encoded, value: Buffer.from(JSON.stringify({ ...data, ...extra })) };
  }

  async publish(...records: BusRecord[]): Promise<void> {
    await this.#bus.ensureTopics([this.contract]);
    await this.#bus.publish(records);
  }

  /** Numbers of the events whose effect is committed, in order. */
  async effects(): Promise<number[]> {
    const rows = await this.#store.query<{ value: Buffer }>(
      'SELECT value FROM outbox WHERE topic = $1 ORDER BY position',
      [`effects-${this.name}`],
    );
    return rows.map(({ value }) => numberOf(JSON.parse(value.toString()) as { target: string }));
  }

  async parked() {
    const all = await parkedMessages.open(this.#store, 1_000);
    return all.filter(({ consumer }) => consumer === this.group);
  }
}

/** What a service may rely on that consumes through `BusStrategy`, on every bus. */
export function consumingContract(under: () => { bus: Bus; environment: { store: Store } }): void {
  describe('consumed through BusStrategy', () => {
    const running: Consumer[] = [];
    const consumer = (): Consumer => {
      const { bus, environment } = under();
      const made = new Consumer(bus, environment.store);
      running.push(made);
      return made;
    };
    afterEach(async () => {
      await Promise.all(running.splice(0).map(({ strategy }) => strategy.close()));
    });

    test('takes effect once per event, however often it arrives', async () => {
      const here = consumer();
      await here.start();
      const [one, two] = [here.event(1), here.event(2)];
      await here.publish(one, one, two);
      await here.publish(one);
      await here.publish(two, here.event(3));
      await here.outcomes.atLeast(6);
      expect(await here.effects()).toEqual([1, 2, 3]);
      expect(here.outcomes.all.filter((outcome) => outcome === 'duplicate')).toHaveLength(3);
    });

    test.each<[string, (here: Consumer) => Partial<BusRecord>, string]>([
      ['a value that is not JSON', () => ({ value: Buffer.from([0xff, 0x00, 0x7b]) }), 'HUB_EVENT_UNDECODABLE'],
      ['data that do not fit the contract', () => ({ value: Buffer.from('{"target":1}') }), 'HUB_EVENT_UNDECODABLE'],
      ['no headers', () => ({ headers: {} }), 'HUB_EVENT_UNDECODABLE'],
      [
        'an unknown type',
        (here) => ({ headers: { ...here.event(0).headers, ce_type: 'x.y.v1' } }),
        'HUB_EVENT_UNDECODABLE',
      ],
    ])('parks %s with bytes and headers and goes on', async (_what, change, code) => {
      const here = consumer();
      const poison = { ...here.event(2), ...change(here) };
      await here.publish(here.event(1), poison, here.event(3));
      await here.start();
      await here.outcomes.atLeast(3);
      expect(here.outcomes.all).toEqual(['handled', 'parked', 'handled']);
      expect(await here.effects()).toEqual([1, 3]);
      expect(await here.parked()).toEqual([
        expect.objectContaining({ topic: poison.topic, key: poison.key, headers: poison.headers, code, attempts: 1 }),
      ]);
      expect((await here.parked())[0]!.value.equals(poison.value)).toBe(true);
    });

    test('parks an event whose handler always fails after three attempts, without effects, and goes on', async () => {
      const here = consumer();
      const tries = new Arrivals<number>();
      const poison = here.event(2);
      await here.publish(here.event(1), poison, here.event(3));
      await here.start(({ data }, { tx }) => {
        if (numberOf(data) !== 2) return;
        tries.push(1);
        if (tries.all.length % 2 === 0) return tx.query('SELECT no_such_column');
        throw new Error('Erika Mustermann, Musterweg 1');
      });
      await here.outcomes.atLeast(3);
      expect(await here.effects()).toEqual([1, 3]);
      const [parked] = await here.parked();
      expect(parked).toMatchObject({ headers: poison.headers, attempts: 3 });
      expect(parked!.value.equals(poison.value)).toBe(true);
      expect(JSON.stringify({ ...parked, value: '' })).not.toContain('Mustermann');
      // One in the batch, three alone.
      expect(tries.all).toHaveLength(4);
    });

    test('hands a parked message to its handler again when asked, once', async () => {
      const here = consumer();
      let mended = false;
      await here.publish(here.event(1));
      await here.start(() => {
        if (!mended) throw new Error('broken');
      });
      await here.outcomes.atLeast(1);
      const [{ id }] = (await here.parked()) as unknown as [{ id: string }];
      await expect(here.strategy.retryParked(id)).rejects.toThrow('broken');
      mended = true;
      await here.strategy.retryParked(id);
      expect(await here.effects()).toEqual([1]);
      expect(await here.parked()).toEqual([]);
      await expect(here.strategy.retryParked(id)).rejects.toMatchObject({ code: 'HUB_BUS_PARKED_UNKNOWN' });
    });

    test('waits while an error is transient: nothing is parked, order is kept', async () => {
      const here = consumer();
      let failures = 12;
      await here.publish(here.event(1), here.event(2), here.event(3));
      await here.start(({ data }) => {
        if (numberOf(data) !== 2 || failures === 0) return;
        failures -= 1;
        throw storeErrors.HUB_STORE_UNREACHABLE();
      });
      await here.outcomes.when((all) => all.filter((outcome) => outcome === 'handled').length >= 3);
      expect(await here.effects()).toEqual([1, 2, 3]);
      expect(await here.parked()).toEqual([]);
      expect(here.waited.all).toContain('HUB_STORE_UNREACHABLE');
    });

    test("awaits the handler's stream to its end, and its failure counts", async () => {
      const here = consumer();
      await here.publish(here.event(1), here.event(2));
      await here.start(({ data }, { tx }) =>
        timer(5).pipe(
          mergeMap(async () => {
            if (numberOf(data) === 1) throw new Error('late');
            await here.affect(tx, 22);
          }),
        ),
      );
      await here.outcomes.atLeast(2);
      expect(await here.effects()).toEqual([2, 22]);
      expect(await here.parked()).toEqual([expect.objectContaining({ code: 'HUB_BUS_HANDLER_FAILED' })]);
    });

    test('ignores fields that it does not know', async () => {
      const here = consumer();
      const seen = new Arrivals<object>();
      await here.start(({ data }) => void seen.push(data));
      await here.publish(here.event(1, { addedLater: { deep: true } }));
      await here.outcomes.atLeast(1);
      expect(seen.all).toEqual([{ ...DATA, target: '1' }]);
    });

    test('gives the handler a span in the trace of the event and the record itself', async () => {
      const here = consumer();
      const contexts = new Arrivals<BusContext>();
      await here.start((_event, context) => void contexts.push(context));
      const record = here.event(1);
      await here.publish(record);
      await here.outcomes.atLeast(1);
      const [{ trace, record: received }] = contexts.all as [BusContext];
      const [, traceId, spanId] = record.headers['ce_traceparent']!.split('-');
      expect(trace.traceId).toBe(traceId);
      expect(trace.spanId).not.toBe(spanId);
      expect(received.id).toBe(record.id);
    });

    test('stops gracefully: the batch at work takes effect, the rest waits for the next start', async () => {
      const here = consumer();
      const gate = new Gate();
      await here.publish(here.event(1), here.event(2));
      await here.start(({ data }) => (numberOf(data) === 1 ? gate.pass() : undefined));
      await gate.reached;
      await here.publish(here.event(3));
      const stopped = here.strategy.close();
      gate.open();
      await stopped;
      expect(await here.effects()).toEqual([1, 2]);
      await here.strategy.start();
      await here.outcomes.atLeast(3);
      expect(await here.effects()).toEqual([1, 2, 3]);
    });

    test('does not start with a handler that has no contract, or with two for one topic', async () => {
      const here = consumer();
      here.strategy.addHandler('nobody.knows.v1', (async () => undefined) as never, true);
      await expect(here.strategy.start()).rejects.toMatchObject({ code: 'HUB_BUS_NO_CONTRACT' });
      const other = consumer();
      other.strategy.addHandler(other.contract.topic, (async () => undefined) as never, true);
      other.strategy.addHandler(other.contract.topic, (async () => undefined) as never, true);
      await expect(other.strategy.start()).rejects.toMatchObject({ code: 'HUB_BUS_TWO_HANDLERS' });
    });
  });
}
