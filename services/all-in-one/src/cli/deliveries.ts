import type { Command } from 'commander';
import type { HubClient } from './hub-client.ts';
import { askHub } from './run-command.ts';
import { type Replay, followReplays, perSecond, replayLine } from './replays.ts';
import { askOwner, askSenders } from './senders.ts';
import { table } from './table.ts';

interface Delivery {
  readonly id: string;
  readonly submissionId: string;
  readonly tenant: string;
  readonly target: string;
  readonly state: string;
  readonly attempts: number;
  readonly overdue: boolean;
  readonly code?: string;
  readonly aktenzeichen?: string;
  readonly updatedAt: string;
}

interface Details {
  readonly delivery: Delivery;
  readonly exchanges: readonly {
    readonly id: string;
    readonly number: number;
    readonly openedAt: string;
    readonly receiptAt?: string;
    readonly result?: string;
    readonly code?: string;
    readonly steps: readonly { readonly name: string }[];
  }[];
  readonly attempts: readonly {
    readonly startedAt: string;
    readonly trigger: string;
    readonly class: string;
    readonly code?: string;
    readonly durationMs: number;
    readonly actor: string;
  }[];
}

interface FilterOptions {
  readonly state?: string;
  readonly tenant?: string;
  readonly target?: string;
  readonly fingerprint?: string;
  readonly code?: string;
  readonly since?: string;
  readonly until?: string;
  readonly submission?: string;
  readonly overdue?: boolean;
  readonly limit?: string;
  readonly json?: boolean;
}

interface ReplayOptions extends FilterOptions {
  readonly allMatching?: boolean;
  readonly reason?: string;
  readonly directory?: 'pinned' | 'current';
  readonly rate?: number;
  readonly detach?: boolean;
}

export function addDeliveryCommands(program: Command): void {
  withFilter(
    program
      .command('deliveries [delivery]')
      .description('Deliveries, newest first; or one with its exchanges and attempts.'),
  )
    .option('--limit <n>', 'at most so many (50)')
    .action((id: string | undefined, options: FilterOptions) => (id === undefined ? list(options) : show(id, options)));
  withFilter(
    program.command('replay [delivery]').description('Tries a delivery again, or with --all-matching all that match.'),
  )
    .option('--all-matching', 'all that match the filter, as a replay of many: see the command replays')
    .option('--reason <text>', 'why; needed with --all-matching, and where the target may have it already.')
    .option('--rate <n>', 'with --all-matching: deliveries per second, at most (50)', perSecond)
    .option('--detach', 'with --all-matching: does not wait for the end')
    .option('--directory <which>', 'pinned (default) or current: pins to the newest directory')
    .addHelpText(
      'after',
      `
Without --state, --all-matching takes what is in RETRY_WAIT, PARKED and REJECTED. The hub goes on also where this command
is interrupted. A reason is kept for ever: no personal data.`,
    )
    .action((id: string | undefined, options: ReplayOptions, command: Command) => {
      if ((id === undefined) === !options.allMatching) command.error('Name one delivery, or give --all-matching.');
      if (options.allMatching && !options.reason) command.error('Say with --reason why.');
      return id === undefined ? replayAll(options) : replayOne(id, options);
    });
}

function withFilter(command: Command): Command {
  return command
    .option('--state <states>', 'e.g. parked or parked,rejected')
    .option('--tenant <slug>', 'municipality')
    .option('--target <id>', 'target')
    .option('--fingerprint <hash>', 'those that failed for the same cause')
    .option('--code <code>', 'those with this code of the last failure')
    .option('--since <time>', 'those changed last at this time or later, e.g. 2026-05-04T08:00:00Z')
    .option('--until <time>', 'those changed last before this time')
    .option('--submission <id>', 'those of one submission')
    .option('--overdue', 'those past their due time')
    .option('--json', 'print JSON');
}

function filterOf(options: FilterOptions): Record<string, string> {
  const { state, tenant, target, fingerprint, code, since, until, submission, overdue } = options;
  const given = { state, tenant, target, fingerprint, code, since, until, submission, overdue: overdue && 'true' };
  return Object.fromEntries(Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function query({ limit, ...filter }: FilterOptions): string {
  return new URLSearchParams({ ...filterOf(filter), ...(limit === undefined ? {} : { limit }) }).toString();
}

function list(options: FilterOptions): Promise<void> {
  const ask = async (hub: HubClient) => {
    const pages = await askSenders<{ deliveries: Delivery[] }>(hub, 'GET', `/deliveries?${query(options)}`);
    return { deliveries: pages.flatMap(({ deliveries }) => deliveries) };
  };
  return askHub('reads', options, ask, {
    text: ({ deliveries }) =>
      deliveries.length === 0
        ? 'There is no such delivery.'
        : table(
            ['delivery', 'submission', 'municipality', 'target', 'state', 'attempts', 'code', 'Aktenzeichen', 'since'],
            deliveries.map((delivery) => [
              delivery.id,
              delivery.submissionId,
              delivery.tenant,
              delivery.target,
              stateOf(delivery),
              delivery.attempts,
              delivery.code,
              delivery.aktenzeichen,
              delivery.updatedAt,
            ]),
          ),
  });
}

function show(id: string, options: FilterOptions): Promise<void> {
  return askHub('reads', options, (hub) => askOwner<Details>(hub, 'GET', `/deliveries/${encodeURIComponent(id)}`), {
    text: ({ delivery, exchanges, attempts }) =>
      [
        `${delivery.id}  ${stateOf(delivery)}  (since ${delivery.updatedAt})`,
        `submission ${delivery.submissionId} · ${delivery.tenant}/${delivery.target}` +
          (delivery.aktenzeichen ? ` · Aktenzeichen ${delivery.aktenzeichen}` : ''),
        '',
        table(
          ['exchange (ProzessID)', 'opened', 'steps done', 'receipt', 'result', 'code'],
          exchanges.map(({ id: exchange, openedAt, steps, receiptAt, result, code }) => [
            exchange,
            openedAt,
            steps.map(({ name }) => name).join(', '),
            receiptAt,
            result,
            code,
          ]),
        ),
        '',
        table(
          ['attempt', 'trigger', 'came to', 'code', 'ms', 'by'],
          attempts.map((attempt) => [
            attempt.startedAt,
            attempt.trigger,
            attempt.class,
            attempt.code,
            attempt.durationMs,
            attempt.actor,
          ]),
        ),
      ].join('\n'),
  });
}

function replayOne(id: string, { reason, directory, json }: ReplayOptions): Promise<void> {
  const path = `/deliveries/${encodeURIComponent(id)}/replay`;
  return askHub(
    'changes',
    { ...(json ? { json } : {}) },
    (hub) => askOwner<Delivery>(hub, 'POST', path, { reason, directory }),
    { text: ({ state }) => `${id} is ${state} again.` },
  );
}

function replayAll(options: ReplayOptions): Promise<void> {
  const { reason, rate, detach } = options;
  const body = { filter: filterOf(options), reason, rate };
  return askHub(
    'changes',
    options,
    async (hub, progress) => {
      const begun = await askSenders<Replay>(hub, 'POST', '/replays', body);
      return { replays: detach ? begun : await followReplays(hub, begun, progress) };
    },
    {
      text: ({ replays }) => replays.map(replayLine).join('\n'),
      exitCode: ({ replays }) => (detach || replays.every(({ state }) => state === 'DONE') ? 0 : 1),
    },
  );
}

function stateOf({ state, overdue }: Delivery): string {
  return overdue ? `${state} (overdue)` : state;
}
