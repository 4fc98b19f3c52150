import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { contracts, encodeEvent } from '@ozg-hub/events';
import { KafkaBus } from '@ozg-hub/messaging/kafka';
import { canRun } from '@ozg-hub/testing/database';
import { type KafkaServer, hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';

const program = fileURLToPath(new URL('plain-consumer.mjs', import.meta.url));
const document = fileURLToPath(new URL('../../../schemas/events/asyncapi.json', import.meta.url));
const runs = canRun('system', hasKafkaTools(), 'messaging/plain-consumer', 'Java and Maven for Apache Kafka');

(runs ? describe : describe.skip)('a consumer that knows the AsyncAPI document alone', () => {
  let server: KafkaServer;
  let bus: KafkaBus;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startKafka();
    bus = new KafkaBus({ brokers: [server.broker], logger: silentLogger });
    await bus.ensureTopics(contracts);
  }, 180_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await bus?.close();
    await server?.stop();
  });

  /** Lines of the consumer until there are so many. */
  async function consumed(group: string, count: number): Promise<Record<string, unknown>[]> {
    const topics = contracts.map(({ topic }) => topic);
    const child = spawn(process.execPath, [program, server.broker, group, document, ...topics], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines: Record<string, unknown>[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(JSON.parse(line) as Record<string, unknown>);
      if (lines.length === count) break;
    }
    child.kill('SIGKILL');
    return lines;
  }

  test('reads every event the hub publishes, once each, and finds them as the document says', async () => {
    const events = contracts.map((contract) => {
      const example = contract.example as { readonly tenant: string };
      return encodeEvent(contract, example, { source: '/ozg-hub/test', at: new Date(), sequence: 3 });
    });
    await bus.publish(events);
    // The relay publishes again what it is not sure of.
    await bus.publish(events);
    const last = encodeEvent(contracts[0]!, contracts[0]!.example as { readonly tenant: string }, {
      source: '/ozg-hub/test',
      at: new Date(),
      sequence: 4,
    });
    await bus.publish([last]);
    const lines = await consumed('finance-system', events.length + 1);
    expect(lines.every(({ valid }) => valid === true)).toBe(true);
    expect(lines.map(({ topic }) => topic).toSorted()).toEqual([...events, last].map(({ topic }) => topic).toSorted());
    for (const { topic, key, data } of lines) {
      const contract = contracts.find((each) => each.topic === topic)!;
      expect(data).toEqual(contract.example);
      expect(key).toMatch(/^musterstadt:./);
    }
  });
});
