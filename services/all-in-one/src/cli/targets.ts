import type { Command } from 'commander';
import type { HubClient } from './hub-client.ts';
import { askHub } from './run-command.ts';
import { askSenders, servicesWith } from './senders.ts';
import { table } from './table.ts';

interface Target {
  readonly tenant: string;
  readonly target: string;
  readonly paused: boolean;
  readonly pauseReason?: string;
  readonly breaker: { readonly state: string };
}

export function addTargetCommands(program: Command): void {
  const targets = program
    .command('targets')
    .description('Systems of municipalities that got something: paused, failing.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('reads', options, listAll, {
        text: ({ targets: rows }) =>
          table(
            ['service', 'municipality/target', 'state', 'why'],
            rows.map(({ service, tenant, target, paused, pauseReason, breaker }) => [
              service,
              `${tenant}/${target}`,
              paused ? 'paused' : breaker.state === 'CLOSED' ? 'open' : 'fails',
              pauseReason,
            ]),
          ),
      }),
    );
  targets
    .command('pause <municipality/target>')
    .description('Sends nothing there until it is resumed; its deliveries wait without losing their tries.')
    .requiredOption('--reason <text>', 'why; kept for ever: no personal data')
    .option('--json', 'print JSON')
    .action((name: string, options: { reason: string; json?: boolean }, command: Command) =>
      change(name, 'pause', { reason: options.reason }, options, command),
    );
  targets
    .command('resume <municipality/target>')
    .description('Sends there again.')
    .option('--json', 'print JSON')
    .action((name: string, options: { json?: boolean }, command: Command) =>
      change(name, 'resume', undefined, options, command),
    );
}

async function listAll(hub: HubClient): Promise<{ targets: (Target & { service: string })[] }> {
  const pages = await askSenders<{ targets: Target[] }>(hub, 'GET', '/targets');
  return { targets: pages.flatMap(({ service, targets }) => targets.map((target) => ({ service, ...target }))) };
}

function change(
  name: string,
  verb: 'pause' | 'resume',
  body: object | undefined,
  { json }: { json?: boolean },
  command: Command,
): Promise<void> {
  const [tenant, target, ...rest] = name.split('/');
  if (!tenant || !target || rest.length > 0) command.error('Name it as <municipality>/<target>.');
  const path = `${encodeURIComponent(tenant!)}/${encodeURIComponent(target!)}/${verb}`;
  const ask = async (hub: HubClient) => {
    const known = (await listAll(hub)).targets.filter((one) => one.tenant === tenant && one.target === target);
    const services = known.length > 0 ? known.map(({ service }) => service) : await servicesWith(hub, 'deliveries');
    const changed = services.map((service) => hub.call<Target>('POST', `/${service}/ops/v1/targets/${path}`, body));
    return { targets: await Promise.all(changed) };
  };
  return askHub('changes', { ...(json ? { json } : {}) }, ask, {
    text: () => `${name} is ${verb === 'pause' ? 'paused' : 'open again'}.`,
  });
}
