// A finance system outside the hub: it knows the broker, a group of its own and the published contract. Its ledger lies in
// the folder given. With --disorder it sees every event twice and out of order, and says everything twice.
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { answerMessage, readFinanceEvent } from '../../../libs/testing/dist/fake-finance-kafka.js';
import { FakeFinance } from '../../../libs/testing/dist/fake-finance.js';

const [broker, folder, ...options] = process.argv.slice(2);
const disorder = options.includes('--disorder');
const requested = 'payment.requested.v1';
const topics = [requested, 'payment.settled.v1', 'payment.failed.v1', 'payment.cancelled.v1', 'payment.reversed.v1'];

// It outlives a broker that is away for a while.
const retry = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 30 };
const finance = await FakeFinance.open({ folder, defaultAccount: '5110000' });
const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'finance', logLevel: kafkajs.logLevel.NOTHING, retry });
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
const consumer = kafka.consumer({ groupId: 'finance', allowAutoTopicCreation: false });

async function take(message) {
  for (const answer of await finance.take(readFinanceEvent(message), 'kafka')) {
    const { topic, ...said } = answerMessage(answer);
    await producer.send({ topic, acks: -1, messages: disorder ? [said, said] : [said] });
  }
}

await Promise.all([consumer.connect(), producer.connect()]);
await consumer.subscribe({ topics, fromBeginning: true });
await consumer.run({
  // So that those of a payment that are held back do not hold up those after them.
  partitionsConsumedConcurrently: 16,
  eachBatch: async ({ batch, heartbeat }) => {
    if (disorder && batch.topic === requested) await pause(1_500);
    const seen = disorder ? [...batch.messages.toReversed(), ...batch.messages] : batch.messages;
    for (const message of seen) {
      await take(message);
      await heartbeat();
    }
  },
});
process.send({});
process.once('SIGTERM', async () => {
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  await finance.close();
  process.exit(0);
});
