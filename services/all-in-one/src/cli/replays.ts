import { setTimeout as pause } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { HubClient } from './hub-client.ts';
import type { Progress } from './progress.ts';
import { askHub } from './run-command.ts';
import { askOwner, askSenders } from './senders.ts';
import { table } from './table.ts';

/** A replay of many deliveries, as the hub shows it. */
export interface Replay {
  readonly id: string;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly refused: number;
  readonly remaining: number;
  readonly rate: number;
  readonly reason: string;
  readonly actor: string;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly refusals?: readonly { readonly code: string; readonly count: number }[];
  readonly targets?: readonly {
    readonly tenant: string;
    readonly target: string;
    readonly total: number;
    readonly done: number;
    readonly refused: number;
    readonly remaining: number;
  }[];
}

interface Refused {
  readonly deliveryId: string;
  readonly tenant: string;
  readonly target: string;
  readonly code: string;
}

interface StepOptions {
  readonly reason?: string;
  readonly rate?: number;
  readonly json?: boolean;
}

/** How often a command that waits asks how far the replay is. */
const LOOK_EVERY_MS = 500;
const PAGE = 500;

export function addReplayCommands(program: Command): void {
  const replays = program
    .command('replays')
    .description('Replays of many deliveries, as `replay --all-matching` begins them.');
  replays
    .command('list')
    .description('The newest hundred, with their progress.')
    .option('--state <state>', 'running, paused, done or cancelled')
    .option('--json', 'print JSON')
    .action((options: { state?: string; json?: boolean }) =>
      askHub('reads', options, (hub) => list(hub, options), {
        text: ({ replays: rows }) => (rows.length === 0 ? 'There is no such replay.' : listed(rows)),
      }),
    );
  replays
    .command('show <replay>')
    .description('How far one is, by target, and why deliveries were left alone.')
    .option('--refused', 'also names every delivery that was left alone')
    .option('--json', 'print JSON')
    .action((id: string, options: { refused?: boolean; json?: boolean }) =>
      askHub('reads', options, (hub) => show(hub, id, options.refused ?? false), { text: shown }),
    );
  step(replays, 'pause', 'Queues nothing more until it is resumed; what is queued already is sent.');
  step(replays, 'resume', 'Goes on with what is left.').option(
    '--rate <n>',
    'deliveries per second, at most, from now on',
    perSecond,
  );
  step(replays, 'cancel', 'Leaves what it has not come to as it is, for good.');
}

function step(replays: Command, name: string, description: string): Command {
  return replays
    .command(`${name} <replay>`)
    .description(description)
    .option('--reason <text>', 'why; kept for ever: no personal data')
    .option('--json', 'print JSON')
    .action((id: string, { json, reason, rate }: StepOptions) => {
      const body = { reason, rate };
      const path = `/replays/${encodeURIComponent(id)}/${name}`;
      return askHub('changes', { ...(json ? { json } : {}) }, (hub) => askOwner<Replay>(hub, 'POST', path, body), {
        text: replayLine,
      });
    });
}

/** The value of `--rate`. */
export function perSecond(text: string): number {
  const rate = Number(text);
  if (!(rate > 0)) throw new InvalidArgumentError('a number above 0');
  return rate;
}

/** Waits until none of them runs any more. */
export async function followReplays<R extends Replay & { readonly service: string }>(
  hub: HubClient,
  begun: readonly R[],
  progress: Progress,
): Promise<R[]> {
  let replays = [...begun];
  while (replays.some(({ state }) => state === 'RUNNING')) {
    const sum = (count: 'done' | 'refused' | 'total') => replays.reduce((all, replay) => all + replay[count], 0);
    progress.update(`${sum('done')} of ${sum('total')} queued again, ${sum('refused')} left alone`);
    await pause(LOOK_EVERY_MS);
    const look = async ({ service, id }: R) => ({
      ...(await hub.call<R>('GET', `/${service}/ops/v1/replays/${id}`)),
      service,
    });
    replays = await Promise.all(replays.map((replay) => (replay.state === 'RUNNING' ? look(replay) : replay)));
  }
  return replays;
}

/** One line for a person. */
export function replayLine({ id, state, total, done, refused, remaining, refusals = [] }: Replay): string {
  const why = refusals.map(({ code, count }) => `${count} ${code}`).join(', ');
  const counts = `${done} of ${total} queued again, ${refused} left alone${why ? ` (${why})` : ''}`;
  return `${id}  ${state}: ${counts}${remaining > 0 ? `, ${remaining} to come` : ''}.`;
}

async function list(hub: HubClient, { state }: { state?: string }) {
  const query = state === undefined ? '' : `?${new URLSearchParams({ state }).toString()}`;
  const pages = await askSenders<{ replays: Replay[] }>(hub, 'GET', `/replays${query}`);
  return { replays: pages.flatMap(({ service, replays }) => replays.map((replay) => ({ service, ...replay }))) };
}

function listed(rows: readonly (Replay & { readonly service: string })[]): string {
  return table(
    ['replay', 'service', 'state', 'queued again', 'left alone', 'to come', 'per second', 'since', 'by', 'why'],
    rows.map(({ id, service, state, done, refused, remaining, rate, createdAt, actor, reason }) => [
      id,
      service,
      state,
      done,
      refused,
      remaining,
      rate,
      createdAt,
      actor,
      reason,
    ]),
  );
}

async function show(
  hub: HubClient,
  id: string,
  withRefused: boolean,
): Promise<Replay & { refusedDeliveries?: Refused[] }> {
  const path = `/replays/${encodeURIComponent(id)}`;
  const replay = await askOwner<Replay>(hub, 'GET', path);
  if (!withRefused) return replay;
  const all: Refused[] = [];
  for (let page: Refused[] = []; all.length === 0 || page.length === PAGE;) {
    const after = all.at(-1)?.deliveryId;
    const query = new URLSearchParams({ limit: String(PAGE), ...(after ? { after } : {}) }).toString();
    ({ refused: page } = await askOwner<{ refused: Refused[] }>(hub, 'GET', `${path}/refused?${query}`));
    if (page.length === 0) break;
    all.push(...page);
  }
  return { ...replay, refusedDeliveries: all };
}

function shown(replay: Replay & { refusedDeliveries?: Refused[] }): string {
  const { rate, reason, actor, createdAt, endedAt, targets = [], refusedDeliveries } = replay;
  return [
    replayLine(replay),
    `at most ${rate} per second · begun ${createdAt} by ${actor}${endedAt ? `, ended ${endedAt}` : ''} · ${reason}`,
    '',
    table(
      ['municipality/target', 'deliveries', 'queued again', 'left alone', 'to come'],
      targets.map(({ tenant, target, total, done, refused, remaining }) => [
        `${tenant}/${target}`,
        total,
        done,
        refused,
        remaining,
      ]),
    ),
    ...(refusedDeliveries
      ? [
          '',
          table(
            ['left alone', 'municipality/target', 'code'],
            refusedDeliveries.map(({ deliveryId, tenant, target, code }) => [deliveryId, `${tenant}/${target}`, code]),
          ),
        ]
      : []),
  ].join('\n');
}
