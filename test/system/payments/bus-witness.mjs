// Makes the topic of settled payments so that the broker itself notes when each record came; later reads out what lies
// there. Knows nothing of the hub but the names of topics.
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';

const [command, broker, topic, partitions, retention] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'witness', logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();

if (command === 'prepare') {
  const configEntries = [
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'retention.ms', value: retention },
  ];
  const replicationFactor = 1;
  await admin.createTopics({
    topics: [{ topic, numPartitions: Number(partitions), replicationFactor, configEntries }],
  });
} else {
  const ends = await admin.fetchTopicOffsets(topic);
  const open = new Map(ends.filter(({ low, high }) => low !== high).map((one) => [one.partition, BigInt(one.high)]));
  const consumer = kafka.consumer({ groupId: `witness-${randomUUID()}`, allowAutoTopicCreation: false });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const read = Promise.withResolvers?.() ?? withResolvers();
  if (open.size === 0) read.resolve();
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const id = message.headers.ce_id.toString();
      const data = JSON.parse(message.value.toString());
      const where = { partition, offset: message.offset, appendedAt: Number(message.timestamp) };
      process.stdout.write(`${JSON.stringify({ topic, ...where, id, data })}\n`);
      if (BigInt(message.offset) + 1n >= (open.get(partition) ?? 0n)) open.delete(partition);
      if (open.size === 0) read.resolve();
    },
  });
  await read.promise;
  await consumer.disconnect();
}
await admin.disconnect();

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}
