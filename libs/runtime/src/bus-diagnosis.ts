import type { WaitingOutbox } from '@ozg-hub/messaging';
import { BusStanding, type GroupStanding, isBehind, isLate, isUnsteady } from './bus-standing.ts';
import type { HubParts } from './hub-parts.ts';
import type { Diagnosis, Finding } from './service-definition.ts';

/** What `doctor` finds about the bus: consumers behind, messages parked, outboxes late, each with what to do. */
export class BusDiagnosis {
  readonly #standing: BusStanding;
  readonly #isServing: boolean;

  constructor(parts: Pick<HubParts, 'platform' | 'strategies' | 'relays' | 'isServing'>) {
    this.#standing = new BusStanding(parts);
    this.#isServing = parts.isServing;
  }

  get checks(): readonly Diagnosis[] {
    return [
      async () => (await this.#standing.groups()).map(groupFinding),
      async () => (await this.#standing.parked()).flatMap(parkedFinding),
      async () => (await this.#standing.outboxes()).map((outbox) => outboxFinding(outbox, this.#isServing)),
    ];
  }
}

function groupFinding(standing: GroupStanding): Finding {
  const { group, hasRead, messages, oldestSeconds, committedSeconds, rebalances } = standing;
  const subject = `bus group ${group}`;
  if (!hasRead) return { level: 'ok', subject, text: 'has not read anything yet' };
  const facts = [
    `${messages} messages behind`,
    ...(messages > 0 && oldestSeconds !== undefined ? [`the oldest for ${duration(oldestSeconds)}`] : []),
    ...(committedSeconds !== undefined ? [`last commit ${duration(committedSeconds)} ago`] : []),
    ...(rebalances > 0 ? [`partitions shared out anew ${rebalances} times in ten minutes`] : []),
  ];
  const todo = [
    ...(isBehind(standing)
      ? [`see that ${group} runs; where its log says "a batch failed", the code says what it waits for`]
      : []),
    ...(isUnsteady(standing) ? [`see why processes of ${group} come and go, or lose the brokers`] : []),
  ];
  return { level: todo.length > 0 ? 'warning' : 'ok', subject, text: [facts.join(', '), ...todo].join('; ') };
}

function parkedFinding({ group, count }: { readonly group: string; readonly count: number }): Finding[] {
  if (count === 0) return [];
  const todo = '"ozg-hub messages parked list" says why; mend the cause, then "messages parked retry"';
  const text = `${count} messages parked that could not be handled; ${todo}`;
  return [{ level: 'problem', subject: `bus group ${group}`, text }];
}

function outboxFinding(outbox: WaitingOutbox, isServing: boolean): Finding {
  const { schema, count, oldestSeconds = 0, refused } = outbox;
  const facts = [
    `${count} events wait`,
    ...(count > 0 ? [`the oldest for ${duration(oldestSeconds)}`] : []),
    ...(refused > 0 ? [`${refused} of them refused by the bus for what they are: the log names them`] : []),
  ];
  const todo = isServing
    ? 'see that the bus answers and has every topic ("ozg-hub topics plan"); nothing is lost'
    : 'they are published when the hub runs';
  const level = !isLate(outbox) ? 'ok' : isServing ? 'problem' : 'warning';
  return { level, subject: `outbox ${schema}`, text: [facts.join(', '), ...(level === 'ok' ? [] : [todo])].join('; ') };
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
