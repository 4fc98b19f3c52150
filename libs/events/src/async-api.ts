import { z } from 'zod';
import type { EventContract } from './contract.ts';
import { contracts as released } from './contracts.ts';
import { encodeEvent } from './event.ts';

const DAY_MS = 86_400_000;

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more });

/** CloudEvents 1.0 in binary mode: attributes as headers, each a UTF-8 text. */
const headers = {
  type: 'object',
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_subject', 'ce_sequence'],
  properties: {
    'content-type': text('always application/json', { const: 'application/json' }),
    ce_specversion: text('version of CloudEvents', { const: '1.0' }),
    ce_id: text('with ce_source the key by which a consumer recognises an event it has had', { format: 'uuid' }),
    ce_source: text('/ozg-hub/<service>'),
    ce_type: text('type with version, the same as the topic without a prefix'),
    ce_time: text('when the state changed', { format: 'date-time' }),
    ce_subject: text('id of the aggregate that the event is about'),
    ce_sequence: text('counts the changes of the aggregate; a higher one is newer', { pattern: '^\\d{10}$' }),
    ce_traceparent: text('W3C trace context'),
  },
};

const INFO = `Events of the hub, as CloudEvents 1.0 in binary mode on Apache Kafka (or in the hub's own log in PostgreSQL).
They carry references and business keys, never a citizen's data.

What a consumer has to do: read with a group of its own from the earliest offset; commit an offset only after the effect;
recognise repeated events by ce_source and ce_id; ignore fields it does not know. Order is kept per key. An installation
may put a prefix before all topics.

A finance system answers payment.settled and payment.reversed by booking.accepted or booking.rejected, each with an id of
its own in ce_id that is the same when it is sent again; operations with the action receive are those that the hub reads.

Within a version only optional fields are added. Anything else is a new version in a topic of its own, published beside
the old one for a time that is announced.`;

/** The AsyncAPI 3.0 document of all events, for consumers outside the hub; as JSON text. */
export function asyncApi(contracts: readonly EventContract[] = released): string {
  const byTopic = <T>(entry: (contract: EventContract) => T) =>
    Object.fromEntries(contracts.map((contract) => [contract.topic, entry(contract)]));
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'ozg-hub events',
      version: '1.0.0',
      description: INFO,
      license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
    },
    defaultContentType: 'application/json',
    channels: byTopic(channel),
    operations: byTopic(({ topic, description, fromOutside }) => ({
      action: fromOutside ? 'receive' : 'send',
      channel: { $ref: `#/channels/${topic}` },
      summary: description,
      messages: [{ $ref: `#/channels/${topic}/messages/${topic}` }],
    })),
    components: { messages: byTopic(message), schemas: { cloudEventHeaders: headers } },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function channel({ topic, description, partitions, retentionDays }: EventContract) {
  return {
    address: topic,
    description,
    messages: { [topic]: { $ref: `#/components/messages/${topic}` } },
    bindings: {
      kafka: {
        topic,
        partitions,
        topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': retentionDays * DAY_MS },
        bindingVersion: '0.5.0',
      },
    },
  };
}

function message(contract: EventContract) {
  const { topic, description, data } = contract;
  const { $schema: _dialect, ...payload } = z.toJSONSchema(data, { target: 'draft-7', io: 'input' });
  return {
    name: topic,
    title: topic,
    summary: description,
    contentType: 'application/json',
    headers: { $ref: '#/components/schemas/cloudEventHeaders' },
    payload,
    bindings: { kafka: { key: text('tenant:id of what is ordered by it'), bindingVersion: '0.5.0' } },
    examples: [exampleOf(contract)],
  };
}

/** Headers as the hub writes them, with ids and times that stay the same. */
function exampleOf(contract: EventContract) {
  const example = contract.example as { readonly tenant: string };
  const at = new Date('2026-08-21T08:15:30.000Z');
  const encoded = encodeEvent(contract, example, { source: '/ozg-hub/example', at, sequence: 4 });
  return {
    name: 'example',
    headers: {
      ...encoded.headers,
      ce_id: '01910000-0000-7000-8000-000000000009',
      ce_traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    payload: example,
  };
}
