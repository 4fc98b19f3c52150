import type { Command } from 'commander';
import type { HubClient } from './hub-client.ts';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

/** Services that deliver; each serves `/<service>/ops/v1/deliveries`. */
const SENDERS = ['dms-export'];

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
  withFilter(program.command('deliveries').description('Deliveries, newest first.'))
    .option('--limit <n>', 'at most so many (50)')
    .action((options: FilterOptions) =>
      askHub('reads', options, (hub) => listAll(hub, options), {
        text: ({ deliveries }) =>
          table(
            ['delivery', 'submission', 'municipality', 'target', 'state', 'attempts', 'code', 'Aktenzeichen', 'since'],
            deliveries.map((delivery) => [
              delivery.id,
              delivery.submissionId,
              delivery.tenant,
              delivery.target,
              delivery.overdue ? `${delivery.state} (overdue)` : delivery.state,
              delivery.attempts,
              delivery.code,
              delivery.aktenzeichen,
              delivery.updatedAt,
            ]),
          ),
      }),
    );
  withFilter(
    program.command('replay [delivery]').description('Tries a delivery again, or with --all-matching all that match.'),
  )
    .option('--all-matching', 'all from RETRY_WAIT, PARKED and REJECTED that match the filter')
    .option(
      '--reason <text>',
      'why; required where the target may have it already. Goes into the trail: no personal data',
    )
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

async function listAll(hub: HubClient, options: FilterOptions): Promise<{ deliveries: Delivery[] }> {
  const pages = await Promise.all(
    SENDERS.map((service) =>
      hub.call<{ deliveries: Delivery[] }>('GET', `/${service}/ops/v1/deliveries?${query(options)}`),
    ),
  );
  return { deliveries: pages.flatMap(({ deliveries }) => deliveries) };
}

function replayOne(id: string, { reason, directory, json }: ReplayOptions): Promise<void> {
  const [service] = SENDERS;
  return askHub(
    'changes',
    { ...(json ? { json } : {}) },
    (hub) =>
      hub.call<Delivery>('POST', `/${service}/ops/v1/deliveries/${encodeURIComponent(id)}/replay`, {
        reason,
        directory,
      }),
    { text: ({ state }) => `${id} is ${state} again.` },
  );
}

function replayAll(options: ReplayOptions): Promise<void> {
  const [service] = SENDERS;
  return askHub(
    'changes',
    options,
    (hub) =>
      hub.call<{ replayed: number; skipped: number }>(
        'POST',
        `/${service}/ops/v1/deliveries/replay?${query(options)}`,
        {
          reason: options.reason,
        },
      ),
    { text: ({ replayed, skipped }) => `${replayed} replayed, ${skipped} left alone because they had moved on.` },
  );
}
