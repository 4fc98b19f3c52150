/** Bucket of permissions to send, refilled at a steady rate. */
export interface RateBucket {
  readonly tokens: number;
  /** Milliseconds since the bucket was last written; undefined for a new one, which is full. */
  readonly ageMs?: number | undefined;
}

/**
 * What a target's bucket holds now.
 * @param perSecond deliveries per second the target allows
 * @param burst size of the bucket, at least 1; a second's worth by default
 */
export function refill(bucket: RateBucket, perSecond: number, burst = Math.max(1, perSecond)): number {
  if (bucket.ageMs === undefined) return burst;
  return Math.min(burst, bucket.tokens + (Math.max(0, bucket.ageMs) / 1_000) * perSecond);
}

/** Splits free slots evenly over targets, in the order given; a target gets no more than it has room for. */
export function share(slots: number, room: readonly number[]): number[] {
  const given = room.map(() => 0);
  let left = slots;
  let open = room.filter((places) => places > 0).length;
  while (left > 0 && open > 0) {
    const each = Math.max(1, Math.floor(left / open));
    open = 0;
    for (const [index, places] of room.entries()) {
      const more = Math.max(0, Math.min(each, places - given[index]!, left));
      given[index]! += more;
      left -= more;
      if (places > given[index]!) open += 1;
    }
  }
  return given;
}
