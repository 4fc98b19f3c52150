import type { Logger } from '@ozg-hub/core';
import kafkajs, { type Kafka, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import type { KafkaOptions, KafkaSasl } from './kafka-options.ts';

/** The client library, set up as the options say; it connects at the first use. */
export function kafkaClient(options: KafkaOptions): Kafka {
  const { brokers, clientId = 'ozg-hub', requestTimeoutMs = 30_000, retries = 5, logger } = options;
  const { tls, sasl, socketFactory } = options;
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: Math.min(10_000, requestTimeoutMs),
    enforceRequestTimeout: true,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 10_000 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => log(logger, entry),
  };
  if (socketFactory) config.socketFactory = socketFactory;
  if (tls) config.ssl = { ...tls, minVersion: 'TLSv1.2' };
  if (sasl) config.sasl = saslOptions(sasl);
  return new kafkajs.Kafka(config);
}

function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  return { mechanism, username, password };
}

/** What the library says of its connections is a warning here: what it means for a message, the bus says itself. */
function log(logger: Logger, { log: { message, error, groupId, broker } }: LogEntry): void {
  const fields = Object.entries({ reason: error as unknown, group: groupId as unknown, broker: broker as unknown });
  const told = fields.filter((field): field is [string, string] => typeof field[1] === 'string');
  logger.warn(Object.fromEntries(told), `kafka: ${message}`);
}
