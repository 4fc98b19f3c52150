import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { BusRecord, ReceivedRecord } from '../bus.port.ts';

/** Carries the id of a record whose headers do not: events have it in `ce_id`. */
const ID_HEADER = 'ozg-hub-id';

export function toKafkaMessage({ id, key, headers, value }: BusRecord): Message {
  return { key, value, headers: headers['ce_id'] === id ? { ...headers } : { ...headers, [ID_HEADER]: id } };
}

/** A message as it lies on a partition. One that no hub published may lack everything; then its place is its id. */
export function fromKafkaMessage(topic: string, partition: number, message: KafkaMessage): ReceivedRecord {
  const { [ID_HEADER]: ownId, ...headers } = textHeaders(message.headers ?? {});
  return {
    id: ownId ?? headers['ce_id'] ?? `${topic}/${partition}/${message.offset}`,
    topic,
    key: message.key?.toString('utf8') ?? '',
    headers,
    value: message.value ?? Buffer.alloc(0),
    partition,
    position: message.offset,
  };
}

/** Of a header that is there several times, the first counts. */
function textHeaders(headers: IHeaders): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const first = Array.isArray(value) ? value[0] : value;
    return first === undefined ? [] : [[name, typeof first === 'string' ? first : first.toString('utf8')]];
  });
  return Object.fromEntries(entries);
}
