import { type TraceContext, formatTraceparent, newId, newSpan, parseTraceparent } from '@ozg-hub/core';
import type { EventContract, EventData } from './contract.ts';
import { eventErrors } from './errors.ts';

/** A CloudEvent 1.0 with the hub's extensions. `source` + `id` is the dedupe key. */
export interface HubEvent<Data = unknown> {
  readonly id: string;
  /** `/ozg-hub/<service>` */
  readonly source: string;
  readonly type: string;
  /** Instant of the state change, ISO with offset. */
  readonly time: string;
  readonly subject: string;
  /** `tenant:aggregateId`, or what the contract orders by; order is kept per key. */
  readonly key: string;
  /** Ten digits, counts per aggregate; a higher one is newer. */
  readonly sequence: string;
  readonly traceparent: string;
  readonly data: Data;
}

/** One message on its way to or from a bus, binary mode: attributes in headers, JSON data as value. */
export interface EncodedEvent {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

export interface EventOrigin {
  readonly source: string;
  readonly at: Date;
  /** Position among the events of this aggregate, from 0. */
  readonly sequence: number;
  readonly trace?: TraceContext | undefined;
}

/** Validates strictly and encodes. @throws HUB_EVENT_INVALID naming the fields */
export function encodeEvent<Contract extends EventContract>(
  contract: Contract,
  data: EventData<Contract> & { tenant: string },
  origin: EventOrigin,
): EncodedEvent {
  const checked = contract.producedData.safeParse(data);
  if (!checked.success) {
    throw eventErrors.HUB_EVENT_INVALID({
      places: checked.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    });
  }
  const id = newId(origin.at);
  const aggregateId = contract.aggregateId(data);
  return {
    id,
    topic: contract.topic,
    key: `${data.tenant}:${contract.orderedBy?.(data) ?? aggregateId}`,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: origin.source,
      ce_type: `${contract.type}.v${contract.version}`,
      ce_time: origin.at.toISOString(),
      ce_subject: aggregateId,
      ce_sequence: String(origin.sequence).padStart(10, '0'),
      ce_traceparent: formatTraceparent(newSpan(origin.trace)),
    },
    value: Buffer.from(JSON.stringify(checked.data)),
  };
}

/** Reads a message by its contract; fields it does not know are dropped. @throws HUB_EVENT_UNDECODABLE */
export function decodeEvent<Contract extends EventContract>(
  contract: Contract,
  message: Pick<EncodedEvent, 'key' | 'headers' | 'value'>,
): HubEvent<EventData<Contract>> {
  const header = (name: string): string => {
    const value = message.headers[`ce_${name}`];
    if (!value) throw eventErrors.HUB_EVENT_UNDECODABLE({ detail: `Header ce_${name} is missing.` });
    return value;
  };
  if (header('type') !== `${contract.type}.v${contract.version}`) {
    throw eventErrors.HUB_EVENT_UNDECODABLE({ detail: `Type is not ${contract.type}.v${contract.version}.` });
  }
  let json: unknown;
  try {
    json = JSON.parse(message.value.toString('utf8'));
  } catch (cause) {
    throw eventErrors.HUB_EVENT_UNDECODABLE({ detail: 'The value is not JSON.', cause });
  }
  const data = contract.data.safeParse(json);
  if (!data.success) {
    throw eventErrors.HUB_EVENT_UNDECODABLE({
      detail: 'The data does not fit the contract.',
      places: data.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    });
  }
  const trace = parseTraceparent(message.headers['ce_traceparent']);
  return {
    id: header('id'),
    source: header('source'),
    type: header('type'),
    time: header('time'),
    subject: header('subject'),
    sequence: message.headers['ce_sequence'] ?? '0000000000',
    key: message.key,
    traceparent: formatTraceparent(trace ?? newSpan()),
    data: data.data as EventData<Contract>,
  };
}
