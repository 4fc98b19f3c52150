import type { Logger } from '@ozg-hub/core';
import type { SecretResolver } from '@ozg-hub/directory';
import { type Bus, PostgresBus } from '@ozg-hub/messaging';
import type { KafkaOptions, KafkaSasl } from '@ozg-hub/messaging/kafka';
import type { Database } from '@ozg-hub/store';
import type { BusSettings } from './bus-settings.ts';
import { runtimeErrors } from './errors.ts';

/** How Kafka is reached, secrets looked up; undefined: the bus lies in PostgreSQL. @throws HUB_CONFIG_INVALID, HUB_DIRECTORY_SECRET_MISSING */
export async function kafkaOptions(
  settings: BusSettings,
  secrets: SecretResolver,
  logger: Logger,
): Promise<KafkaOptions | undefined> {
  if (settings.HUB_KAFKA_BROKERS === undefined) return undefined;
  const look = async (name: string | undefined) => (name === undefined ? undefined : await secrets.resolve(name));
  const [ca, cert, key] = await Promise.all([
    look(settings.HUB_KAFKA_TLS_CA),
    look(settings.HUB_KAFKA_TLS_CERT),
    look(settings.HUB_KAFKA_TLS_KEY),
  ]);
  const sasl = signOn(settings, await look(settings.HUB_KAFKA_PASSWORD));
  return {
    brokers: settings.HUB_KAFKA_BROKERS.split(','),
    clientId: settings.HUB_KAFKA_CLIENT_ID,
    prefix: settings.HUB_KAFKA_PREFIX,
    replicationFactor: settings.HUB_KAFKA_REPLICATION,
    minInsyncReplicas: settings.HUB_KAFKA_MIN_INSYNC,
    sessionTimeoutMs: settings.HUB_KAFKA_SESSION_SECONDS * 1_000,
    rebalanceTimeoutMs: settings.HUB_KAFKA_SESSION_SECONDS * 2_000,
    logger,
    ...(settings.HUB_KAFKA_TLS === 'on'
      ? { tls: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } }
      : {}),
    ...(sasl ? { sasl } : {}),
  };
}

export interface BusOptions {
  readonly settings: BusSettings;
  readonly secrets: SecretResolver;
  readonly database: Database;
  readonly logger: Logger;
}

/** The bus that the settings name. */
export async function openBus({ settings, secrets, database, logger }: BusOptions): Promise<Bus> {
  const kafka = await kafkaOptions(settings, secrets, logger);
  if (!kafka) return new PostgresBus({ database, logger });
  // Loaded only where it is used: a hub without Kafka starts the sooner.
  const { KafkaBus } = await import('@ozg-hub/messaging/kafka');
  return new KafkaBus({ ...kafka, createTopics: settings.HUB_KAFKA_TOPICS === 'auto' });
}

function signOn(
  { HUB_KAFKA_SASL: mechanism, HUB_KAFKA_USER: username }: BusSettings,
  password: string | undefined,
): KafkaSasl | undefined {
  if (!mechanism) return undefined;
  if (username && password) return { mechanism, username, password };
  const field = username ? 'HUB_KAFKA_PASSWORD' : 'HUB_KAFKA_USER';
  const message = 'is required with HUB_KAFKA_SASL';
  throw runtimeErrors.HUB_CONFIG_INVALID({ detail: `${field} ${message}.`, places: [{ field, message }] });
}
