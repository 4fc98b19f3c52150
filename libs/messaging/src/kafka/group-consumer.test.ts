import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import type { Kafka } from 'kafkajs';
import { GroupConsumer } from './group-consumer.ts';

/** A member as the client library has it, which joins at once whenever it runs. */
class Member extends EventEmitter {
  readonly events = { CRASH: 'crash', GROUP_JOIN: 'join' } as const;
  joins = true;
  runs = 0;

  override on(name: string, listener: (event: { payload: unknown }) => void): this {
    return super.on(name, (payload: unknown) => listener({ payload }));
  }

  async run(): Promise<void> {
    this.runs += 1;
    if (this.joins) this.emit('join', { isLeader: true });
    else this.crash(noCoordinator());
    super.emit('ran');
  }

  crash(error: Error): void {
    this.emit('crash', { error, restart: false });
  }

  connect = async () => undefined;
  subscribe = async () => undefined;
  stop = async () => undefined;
  disconnect = async () => undefined;
}

const named = (name: string, message: string, cause?: Error) => Object.assign(new Error(message, { cause }), { name });
const noCoordinator = () =>
  named('KafkaJSNonRetriableError', 'wrapped', named('KafkaJSGroupCoordinatorNotFound', 'Failed to find it'));

describe('a member of a group', () => {
  let member: Member;
  let consumer: GroupConsumer;
  let fatal: Error[];
  beforeEach(() => {
    member = new Member();
    fatal = [];
    consumer = new GroupConsumer({
      kafka: { consumer: () => member } as unknown as Kafka,
      prefix: '',
      subscription: {
        group: 'g',
        topics: ['t'],
        onBatch: async () => undefined,
        onFatal: (error) => fatal.push(error),
      },
      workers: 1,
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 6_000,
      backoff: { firstMs: 1, maxMs: 1 },
      logger: silentLogger,
    });
  });
  afterEach(() => consumer.stop());

  test('that no broker tells its coordinator for a while joins anew, as often as it takes', async () => {
    await consumer.start();
    member.joins = false;
    member.crash(noCoordinator());
    while (member.runs < 4) await once(member, 'ran');
    member.joins = true;
    await once(member, 'join');
    expect(fatal).toEqual([]);
  });

  test('that no broker tells its coordinator before it was ever taken in does not start', async () => {
    member.joins = false;
    await expect(consumer.start()).rejects.toMatchObject({ cause: { name: 'KafkaJSGroupCoordinatorNotFound' } });
    expect(member.runs).toBe(1);
  });

  test('that fails for what does not pass says so', async () => {
    await consumer.start();
    member.crash(named('KafkaJSNonRetriableError', 'not allowed'));
    expect([fatal.map(({ message }) => message), member.runs]).toEqual([['not allowed'], 1]);
  });

  test('that no broker tells its coordinator for more than two minutes says so', async () => {
    await consumer.start();
    const now = jest.spyOn(performance, 'now');
    try {
      for (const at of [0, 120_000, 120_001]) {
        expect(fatal).toEqual([]);
        now.mockReturnValue(at);
        member.crash(noCoordinator());
      }
    } finally {
      now.mockRestore();
    }
    expect(fatal).toMatchObject([{ cause: { name: 'KafkaJSGroupCoordinatorNotFound' } }]);
  });

  test('that is told to stop while it waits to join anew does not join', async () => {
    await consumer.start();
    jest.useFakeTimers();
    try {
      member.crash(noCoordinator());
      await consumer.stop();
      member.crash(noCoordinator());
      jest.runAllTimers();
    } finally {
      jest.useRealTimers();
    }
    expect([fatal, member.runs]).toEqual([[], 1]);
  });
});
