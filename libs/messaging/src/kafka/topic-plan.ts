import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import type { TopicDeclaration } from '../bus.port.ts';

const DAY_MS = 86_400_000;
const LEADER_PATIENCE_MS = 60_000;
const LEADER_PAUSE_MS = 100;

/** A topic as declared against what the brokers have. */
export interface TopicPlan {
  /** Name on the brokers, with the prefix. */
  readonly topic: string;
  readonly action: 'create' | 'none' | 'differs';
  /** Settings that are otherwise than declared; never changed by the hub. */
  readonly differences: readonly { readonly setting: string; readonly declared: string; readonly actual: string }[];
}

export interface TopicDefaults {
  readonly prefix: string;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** What would have to be done for the topics to be as they are declared. */
export async function planTopics(
  admin: Admin,
  declared: readonly TopicDeclaration[],
  defaults: TopicDefaults,
): Promise<readonly TopicPlan[]> {
  const wanted = declared.map((topic) => ({ ...topic, name: defaults.prefix + topic.topic }));
  const existing = new Set(await admin.listTopics());
  const present = wanted.map(({ name }) => name).filter((name) => existing.has(name));
  const partitions = await partitionsOf(admin, present);
  const settings = await settingsOf(admin, present);
  return wanted.map((topic): TopicPlan => {
    if (!existing.has(topic.name)) return { topic: topic.name, action: 'create', differences: [] };
    const actual = { partitions: partitions.get(topic.name) ?? '?', ...settings.get(topic.name) };
    const differences = Object.entries(declaredSettings(topic, defaults)).flatMap(([setting, value]) => {
      const is = (actual as Record<string, string>)[setting] ?? '?';
      return is === value ? [] : [{ setting, declared: value, actual: is }];
    });
    return { topic: topic.name, action: differences.length > 0 ? 'differs' : 'none', differences };
  });
}

/** Creates those that are missing; one that another process creates meanwhile is as good. */
export async function createTopics(
  admin: Admin,
  missing: readonly TopicDeclaration[],
  defaults: TopicDefaults,
): Promise<void> {
  if (missing.length === 0) return;
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map((topic) => {
      const { partitions, ...settings } = declaredSettings(topic, defaults);
      return {
        topic: defaults.prefix + topic.topic,
        numPartitions: Number(partitions),
        replicationFactor: defaults.replicationFactor,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      };
    }),
  });
  await allAreLed(
    admin,
    missing.map(({ topic }) => defaults.prefix + topic),
  );
}

/**
 * A new topic comes to the brokers one after the other; until then some say that there is none. A leader that is named
 * may still be making its logs, and refuses records until it has: so each is asked for its offsets, which only one
 * that leads answers.
 */
async function allAreLed(admin: Admin, names: readonly string[]): Promise<void> {
  const patience = performance.now() + LEADER_PATIENCE_MS;
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: [...names] });
      for (const name of names) await admin.fetchTopicOffsets(name);
      return;
    } catch (error) {
      if (performance.now() > patience) throw error;
    }
    await pause(LEADER_PAUSE_MS);
  }
}

function declaredSettings(
  { partitions, retentionDays }: TopicDeclaration,
  { minInsyncReplicas }: TopicDefaults,
): Readonly<Record<'partitions' | 'retention.ms' | 'cleanup.policy' | 'min.insync.replicas', string>> {
  return {
    partitions: String(partitions),
    'retention.ms': String(retentionDays * DAY_MS),
    'cleanup.policy': 'delete',
    'min.insync.replicas': String(minInsyncReplicas),
  };
}

async function partitionsOf(admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (topics.length === 0) return new Map();
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [...topics] });
  return new Map(found.map(({ name, partitions }) => [name, String(partitions.length)]));
}

async function settingsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['retention.ms', 'cleanup.policy', 'min.insync.replicas'],
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}
