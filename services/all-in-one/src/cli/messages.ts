import { setTimeout as pause } from 'node:timers/promises';
import { runtimeErrors } from '@ozg-hub/runtime/settings';
import { type Command, InvalidArgumentError } from 'commander';
import type { HubClient } from './hub-client.ts';
import type { Progress } from './progress.ts';
import { askHub } from './run-command.ts';
import { askEach, findOwner, servicesWith } from './senders.ts';
import { table } from './table.ts';

const PARKED = 'messages/parked';
const UNPUBLISHED = 'messages/unpublished';
const LOOK_EVERY_MS = 200;
/** For so long nothing was published any more: somebody has to look. */
const STUCK_MS = 60_000;

interface Parked {
  readonly service: string;
  readonly id: string;
  readonly type?: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  readonly tenant?: string;
  readonly event?: string;
  readonly code: string;
  readonly detail?: string;
  readonly attempts: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly parkedAt: string;
  readonly resolvedAt?: string;
}

interface ListOptions {
  readonly service?: string;
  readonly after?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface RepublishOptions {
  readonly since: string;
  readonly reason: string;
  readonly service?: string;
  readonly json?: boolean;
}

interface Republished {
  readonly service: string;
  readonly events: number;
  readonly through: number;
}

export function addMessageCommands(program: Command): void {
  const messages = program.command('messages').description('Messages of the bus.');
  addRepublish(messages);
  const parked = messages
    .command('parked')
    .description('Those that a service could not handle. Contents and headers are never shown.');
  parked
    .command('list')
    .description('Which wait for a person, and why. Exit code 1 where there are any.')
    .option('--service <name>', 'those of one service')
    .option('--after <id>', 'those that follow this one')
    .option('--limit <n>', 'at most so many of each service', count, 100)
    .option('--json', 'print JSON')
    .action((options: ListOptions) =>
      askHub('reads', options, (hub) => list(hub, options), {
        text: ({ messages }) => (messages.length === 0 ? 'No message is parked.' : listed(messages)),
        exitCode: ({ messages }) => (messages.length === 0 ? 0 : 1),
      }),
    );
  parked
    .command('show <message>')
    .description('What is known of one, with the hash of its contents.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub('reads', options, (hub) => askConsumer(hub, 'GET', `/${encodeURIComponent(id)}`), { text: described }),
    );
  parked
    .command('retry <message>')
    .description('Hands one to its handler again, after the cause was mended. The trail keeps who did.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub('changes', options, (hub) => askConsumer(hub, 'POST', `/${encodeURIComponent(id)}/retry`), {
        text: ({ service }) => `${id} was handled by ${service}.`,
      }),
    );
}

function addRepublish(messages: Command): void {
  messages
    .command('republish')
    .description('Publishes again what was published since a time: for brokers that lost what they had acknowledged.')
    .requiredOption('--since <time>', 'well before the brokers lost anything, e.g. 2026-05-04T08:00:00Z')
    .requiredOption('--reason <text>', 'why; kept for ever: no personal data')
    .option('--service <name>', 'events of one service only')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Everything goes out twice: consumers that have not noticed the loss yet pass over as many messages as were lost. They drop
what they know. Where this command is interrupted, begin it again.`,
    )
    .action((options: RepublishOptions) =>
      askHub('changes', options, (hub, progress) => republish(hub, options, progress), {
        text: ({ services }) =>
          services.map(({ service, events }) => `${service} published ${events} events again.`).join('\n'),
      }),
    );
}

async function republish(hub: HubClient, { service, since, reason }: RepublishOptions, progress: Progress) {
  const asked = service === undefined ? await servicesWith(hub, UNPUBLISHED) : [encodeURIComponent(service)];
  const round = async () => {
    const question = { method: 'POST', path: '/messages/republish', body: { since, reason } } as const;
    const begun = await askEach<Omit<Republished, 'service'>>(hub, asked, question);
    await untilPublished(hub, begun, progress);
    return begun;
  };
  const services = await round();
  // What went out first may lie where a consumer that has not noticed the loss goes on; what goes out now does not.
  await round();
  return { services: services.map(({ service: name, events }) => ({ service: name, events })) };
}

/** @throws HUB_REPUBLICATION_STUCK */
async function untilPublished(hub: HubClient, begun: readonly Republished[], progress: Progress): Promise<void> {
  const waiting = async ({ service, through }: Republished) =>
    (await hub.call<{ events: number }>('GET', `/${service}/ops/v1/${UNPUBLISHED}?through=${through}`)).events;
  let least = Infinity;
  for (let since = Date.now(); ; await pause(LOOK_EVERY_MS)) {
    const left = (await Promise.all(begun.map(waiting))).reduce((sum, events) => sum + events, 0);
    if (left === 0) return;
    if (left < least) [least, since] = [left, Date.now()];
    if (Date.now() - since > STUCK_MS) throw runtimeErrors.HUB_REPUBLICATION_STUCK();
    progress.update(`${left} events wait to be published`);
  }
}

async function list(hub: HubClient, { service, after, limit }: ListOptions): Promise<{ messages: readonly Parked[] }> {
  const asked = service === undefined ? await servicesWith(hub, PARKED) : [encodeURIComponent(service)];
  const query = new URLSearchParams({ limit: String(limit), ...(after ? { after } : {}) }).toString();
  const question = { method: 'GET', path: `/${PARKED}?${query}` } as const;
  const pages = await askEach<{ messages: Omit<Parked, 'service'>[] }>(hub, asked, question);
  return { messages: pages.flatMap((page) => page.messages.map((message) => ({ service: page.service, ...message }))) };
}

/** Asks the service whose message it is. @throws HUB_BUS_PARKED_UNKNOWN where it is nobody's */
async function askConsumer(hub: HubClient, method: 'GET' | 'POST', path: string): Promise<Parked> {
  const { service, answer } = await findOwner<Omit<Parked, 'service'>>(hub, PARKED, {
    method,
    path: `/${PARKED}${path}`,
  });
  return { service, ...answer };
}

function listed(messages: readonly Parked[]): string {
  return table(
    ['message', 'service', 'type', 'municipality', 'why', 'bytes', 'parked'],
    messages.map(({ id, service, type, tenant, code, bytes, parkedAt }) => [
      id,
      service,
      type,
      tenant,
      code,
      bytes,
      parkedAt,
    ]),
  );
}

function described(message: Parked): string {
  const { id, service, type, topic, partition, position, tenant, event, attempts, bytes, sha256 } = message;
  const { code, detail, parkedAt, resolvedAt } = message;
  return [
    `${id}  ${resolvedAt ? `resolved ${resolvedAt}` : 'parked'}  (since ${parkedAt}, after ${attempts} attempts)`,
    `${service} · ${type ?? 'unknown type'} · municipality ${tenant ?? '–'} · event ${event ?? '–'}`,
    `${topic}, partition ${partition}, position ${position} · ${bytes} bytes, sha-256 ${sha256}`,
    `${code}: ${detail ?? '–'}`,
  ].join('\n');
}

/** Rows of a page. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 500) throw new InvalidArgumentError('a number from 1 to 500');
  return value;
}
