import { type HubError, isHubError } from '@ozg-hub/core';
import { type EventContract, type HubEvent, decodeEvent } from '@ozg-hub/events';
import type { EventKey } from '@ozg-hub/store';
import type { ReceivedRecord } from './bus.port.ts';

/** A record with the event in it, or the reason why there is none. */
export type ReceivedMessage = { readonly record: ReceivedRecord; readonly key: EventKey } & (
  | { readonly event: HubEvent; readonly problem?: undefined }
  | { readonly event?: undefined; readonly problem: HubError }
);

/** Decodes by the topic's contract. A record that cannot be decoded is known by its place on the bus. */
export function readMessage(record: ReceivedRecord, contract: EventContract): ReceivedMessage {
  try {
    const event = decodeEvent(contract, record);
    return { record, event, key: { source: event.source, id: event.id } };
  } catch (error) {
    if (!isHubError(error)) throw error;
    const place = { source: `urn:ozg-hub:bus:${record.topic}:${record.partition}`, id: record.position };
    return { record, problem: error, key: place };
  }
}
