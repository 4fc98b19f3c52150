import type { BusRecord } from './bus.port.ts';
import { messagingErrors } from './errors.ts';

/** Most bytes of a message, value, key and headers together: what Kafka takes by default, less its own framing. */
export const MAX_RECORD_BYTES = 1_000_000;

/** @throws HUB_BUS_RECORD_TOO_LARGE naming topic and id */
export function checkRecords(records: readonly BusRecord[]): void {
  for (const { id, topic, key, headers, value } of records) {
    let bytes = value.length + Buffer.byteLength(key);
    for (const [name, text] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
    if (bytes > MAX_RECORD_BYTES) {
      throw messagingErrors.HUB_BUS_RECORD_TOO_LARGE({
        detail: `Message ${id} for ${topic} has ${bytes} bytes, ${MAX_RECORD_BYTES} are allowed.`,
      });
    }
  }
}
