import type { Command } from 'commander';
import type { HubClient } from './hub-client.ts';
import { askHub } from './run-command.ts';
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
  readonly submission?: string;
  readonly overdue?: boolean;
  readonly limit?: string;
  readonly json?: boolean;
}

interface ReplayOptions extends FilterOptions {
  readonly allMatching?: boolean;
  readonly reason?: string;
  readonly directory?: 'pinned' | 'current';
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
    .option('--all-matching', 'all from RETRY_WAIT, PARKED and REJECTED that match the filter')
    .option('--reason <text>', 'why; required where the target may have it already. Kept for ever: no personal data')
    .option('--directory <which>', 'pinned (default) or current: pins to the newest directory')
    .action((id: string | undefined, options: ReplayOptions, command: Command) => {
      if ((id === undefined) === !options.allMatching) command.error('Name one delivery, or give --all-matching.');
      return id === undefined ? replayAll(options) : replayOne(id, options);
    });
}

function withFilter(command: Command): Command {
  return command
    .option('--state <states>', 'e.g. parked or parked,rejected')
    .option('--tenant <slug>', 'municipality')
    .option('--target <id>', 'target')
    .option('--fingerprint <hash>', 'those that failed for the same cause')
    .option('--submission <id>', 'those of one submission')
    .option('--overdue', 'those past their due time')
    .option('--json', 'print JSON');
}

function query({ state, tenant, target, fingerprint, submission, overdue, limit }: FilterOptions): string {
  const given = { state, tenant, target, fingerprint, submission, overdue: overdue ? 'true' : undefined, limit };
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(pairs).toString();
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
  const ask = async (hub: HubClient) => {
    const path = `/deliveries/replay?${query(options)}`;
    const reports = await askSenders<{ replayed: number; skipped: number }>(hub, 'POST', path, {
      reason: options.reason,
    });
    return {
      replayed: reports.reduce((sum, { replayed }) => sum + replayed, 0),
      skipped: reports.reduce((sum, { skipped }) => sum + skipped, 0),
    };
  };
  return askHub('changes', options, ask, {
    text: ({ replayed, skipped }) => `${replayed} replayed, ${skipped} left alone because they had moved on.`,
  });
}

function stateOf({ state, overdue }: Delivery): string {
  return overdue ? `${state} (overdue)` : state;
}
