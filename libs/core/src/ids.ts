import { randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A new UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits.
 * Sorts roughly by time of creation; two ids of the same millisecond have no order.
 */
export function newId(now: Date = new Date()): string {
  const time = now.getTime().toString(16).padStart(12, '0');
  // A version 4 UUID has the variant and the random bits in their places; Node draws them in blocks.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** True for a UUID of any version in lower-case canonical form. */
export function isId(value: string): boolean {
  return UUID.test(value);
}
