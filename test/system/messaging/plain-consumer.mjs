// A consumer outside the hub, as a finance system would write it: it knows the brokers, a group of its own and
// schemas/events/asyncapi.json, and nothing of the hub's code. Prints one JSON line for each event, once.
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import kafkajs from 'kafkajs';

const [brokers, group, document, ...topics] = process.argv.slice(2);
const { channels, components } = JSON.parse(await readFile(document, 'utf8'));
const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const contracts = new Map(
  topics.map((topic) => {
    const { payload } = components.messages[topic];
    return [
      channels[topic].address,
      { event: ajv.compile(payload), headers: ajv.compile(components.schemas.cloudEventHeaders) },
    ];
  }),
);
// A real system keeps these with its bookings, in one transaction.
const seen = new Set();
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), clientId: group, logLevel: kafkajs.logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false });
await consumer.connect();
await consumer.subscribe({ topics: [...contracts.keys()], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, partition, message }) => {
    const headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, value.toString()]),
    );
    const key = `${headers.ce_source} ${headers.ce_id}`;
    if (!seen.has(key)) {
      const data = JSON.parse(message.value.toString());
      const contract = contracts.get(topic);
      const valid = contract.headers(headers) && contract.event(data);
      console.log(JSON.stringify({ topic, key: message.key.toString(), valid, sequence: headers.ce_sequence, data }));
      seen.add(key);
    }
    await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }]);
  },
});
process.once('SIGTERM', async () => {
  await consumer.disconnect();
});
