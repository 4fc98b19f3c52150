import type { GroupLag } from './bus.port.ts';

/** How a group stands in several partitions, taken together. */
export interface Standing {
  /** Published and not committed. */
  readonly messages: number;
  /** When the oldest of them was published, where any partition knows. */
  readonly oldestAt: Date | undefined;
  /** When the group last committed in any of them, where it is known. */
  readonly committedAt: Date | undefined;
}

export function standingOf(partitions: readonly GroupLag[]): Standing {
  const times = (of: 'oldestAt' | 'committedAt') =>
    partitions.flatMap((partition) => partition[of] ?? []).toSorted((one, other) => one.getTime() - other.getTime());
  return {
    messages: partitions.reduce((sum, { messages }) => sum + messages, 0),
    oldestAt: times('oldestAt').at(0),
    committedAt: times('committedAt').at(-1),
  };
}
