import { type WaitingOutbox, standingOf } from '@ozg-hub/messaging';
import type { HubParts } from './hub-parts.ts';

const MINUTE = 60_000;
/** From here a group of consumers is behind. */
const MANY_MESSAGES = 10_000;
const OLD_MESSAGE_SECONDS = 300;
/** From here an outbox is late. */
const OLD_EVENT_SECONDS = 60;
/** So often in ten minutes the members of a group come and go; between they do not read. */
const MANY_REBALANCES = 10;

/** One group of consumers, as this process sees it. */
export interface GroupStanding {
  readonly group: string;
  /** False where the group has not read anything yet. */
  readonly hasRead: boolean;
  readonly messages: number;
  /** Age of the oldest message not committed, where it is known. */
  readonly oldestSeconds: number | undefined;
  /** Time since the last commit, where it is known. */
  readonly committedSeconds: number | undefined;
  /** In the last ten minutes. */
  readonly rebalances: number;
}

/** How the bus stands for the services of this process: what their groups have to read, and their outboxes to publish. */
export class BusStanding {
  constructor(private readonly parts: Pick<HubParts, 'platform' | 'strategies' | 'relays'>) {}

  async groups(): Promise<readonly GroupStanding[]> {
    const { platform, strategies } = this.parts;
    return await Promise.all(
      strategies.map(async (strategy) => {
        const lag = await platform.bus.lag(strategy.group);
        const { messages, oldestAt, committedAt } = standingOf(lag);
        return {
          group: strategy.group,
          hasRead: lag.length > 0,
          messages,
          oldestSeconds: oldestAt && ageSeconds(oldestAt),
          committedSeconds: committedAt && ageSeconds(committedAt),
          rebalances: strategy.rebalancesWithin(10 * MINUTE),
        };
      }),
    );
  }

  async outboxes(): Promise<readonly WaitingOutbox[]> {
    return await Promise.all(this.parts.relays.map((relay) => relay.waiting()));
  }

  async parked(): Promise<readonly { readonly group: string; readonly count: number }[]> {
    return await Promise.all(
      this.parts.strategies.map(async (strategy) => ({ group: strategy.group, count: await strategy.countParked() })),
    );
  }
}

export function isBehind({ messages, oldestSeconds = 0 }: GroupStanding): boolean {
  return messages > MANY_MESSAGES || oldestSeconds > OLD_MESSAGE_SECONDS;
}

export function isUnsteady({ rebalances }: GroupStanding): boolean {
  return rebalances > MANY_REBALANCES;
}

export function isLate({ oldestSeconds = 0 }: WaitingOutbox): boolean {
  return oldestSeconds > OLD_EVENT_SECONDS;
}

function ageSeconds(instant: Date): number {
  return Math.max(0, (Date.now() - instant.getTime()) / 1_000);
}
