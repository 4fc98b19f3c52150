import type { Command } from 'commander';
import type { TopicPlan } from '@ozg-hub/messaging/kafka';
import { processEnvironment, runtimeErrors } from '@ozg-hub/runtime/settings';
import { readHubSettings } from './hub-client.ts';
import { answer } from './run-command.ts';
import { table } from './table.ts';

/** What a service, or the job of `topics apply`, may do with one topic or group on the brokers. */
interface AclEntry {
  readonly principal: string;
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly operations: readonly string[];
}

interface Principals {
  readonly principal: string;
  readonly jobPrincipal: string;
}

/** Both settings and partitions of a topic are compared with what is declared. */
const LOOK = ['Describe', 'DescribeConfigs'];

export function addTopicCommands(program: Command): void {
  const topics = program.command('topics').description('Topics of the bus on Apache Kafka (HUB_KAFKA_BROKERS).');
  topics
    .command('plan')
    .description(
      'Says which topics are missing and which are kept otherwise than declared; changes nothing. Exit code 1 where ' +
        'anything differs.',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      answer(options, { text: planText, exitCode: (plan) => (plan.every(isSound) ? 0 : 1) }, () => plan()),
    );
  topics
    .command('apply')
    .description(
      'Creates the topics that are missing. One that exists is never changed. Exit code 1 where one differs.',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      answer(options, { text: planText, exitCode: (done) => (done.every(isSound) ? 0 : 1) }, () => apply()),
    );
  topics
    .command('acl')
    .description(
      'Prints what each service and the job that runs "topics apply" have to be allowed on the brokers, as options of ' +
        'kafka-acls.sh.',
    )
    .option('--principal <pattern>', 'user of a service; {service} stands for its name', 'User:{service}')
    .option('--job-principal <user>', 'user of the job', 'User:ozg-hub')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean } & Principals) =>
      answer(options, { text: (entries) => entries.map(aclLine).join('\n') }, () => acl(options)),
    );
}

const isSound = ({ action }: TopicPlan) => action === 'none';

const SAYS = { create: 'missing', none: 'as declared', differs: 'differs' } as const;

function planText(plan: readonly TopicPlan[]): string {
  const rows = plan.map(({ topic, action, differences }) => [
    topic,
    SAYS[action],
    differences.map(({ setting, declared, actual }) => `${setting}: declared ${declared}, is ${actual}`).join('; '),
  ]);
  return table(['topic', 'is', 'differences'], rows);
}

async function plan(): Promise<readonly TopicPlan[]> {
  return await withBus((bus, declared) => bus.planTopics(declared));
}

async function apply(): Promise<readonly TopicPlan[]> {
  return await withBus(async (bus, declared) => {
    await bus.ensureTopics(declared);
    return await bus.planTopics(declared);
  });
}

async function withBus<T>(
  run: (
    bus: InstanceType<typeof import('@ozg-hub/messaging/kafka').KafkaBus>,
    declared: typeof import('@ozg-hub/events').contracts,
  ) => Promise<T>,
): Promise<T> {
  const settings = await readHubSettings();
  const { kafkaOptions } = await import('@ozg-hub/runtime');
  const { secretReferences } = await import('@ozg-hub/directory');
  const { createLogger } = await import('@ozg-hub/observability');
  const logger = createLogger({ level: 'error', destination: process.stderr });
  const options = await kafkaOptions(settings, secretReferences(processEnvironment()), logger);
  if (!options) {
    throw runtimeErrors.HUB_CONFIG_INVALID({
      detail: 'HUB_KAFKA_BROKERS is not set: the bus lies in PostgreSQL and makes its topics itself.',
      places: [{ field: 'HUB_KAFKA_BROKERS', message: 'is required here' }],
    });
  }
  const { KafkaBus } = await import('@ozg-hub/messaging/kafka');
  const { contracts } = await import('@ozg-hub/events');
  const bus = new KafkaBus(options);
  try {
    return await run(bus, contracts);
  } finally {
    await bus.close();
  }
}

async function acl({ principal: pattern, jobPrincipal }: Principals): Promise<readonly AclEntry[]> {
  const { HUB_KAFKA_PREFIX: prefix } = await readHubSettings();
  const { services } = await import('../services.ts');
  const { contracts } = await import('@ozg-hub/events');
  const onTopics = (principal: string, of: readonly { topic: string }[], operation: string): AclEntry[] =>
    of.map(({ topic }) => ({ principal, resource: 'topic', name: prefix + topic, operations: [operation, ...LOOK] }));
  const ofServices = services.flatMap(({ name, consumes, publishes }): AclEntry[] => {
    const principal = pattern.replaceAll('{service}', name);
    const group: AclEntry = { principal, resource: 'group', name: prefix + name, operations: ['Read', 'Describe'] };
    return [
      ...onTopics(principal, publishes, 'Write'),
      ...onTopics(principal, consumes, 'Read'),
      ...(consumes.length > 0 ? [group] : []),
    ];
  });
  return [...ofServices, ...onTopics(jobPrincipal, contracts, 'Create')];
}

function aclLine({ principal, resource, name, operations }: AclEntry): string {
  const allowed = operations.map((operation) => `--operation ${operation}`).join(' ');
  return `--add --allow-principal ${principal} --${resource} ${name} ${allowed}`;
}
