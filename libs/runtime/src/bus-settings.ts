import { z } from 'zod';

const reference = z.string().regex(/^(file|env):.+/, 'must be a reference: file:<path> or env:<NAME>');
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Settings of the bus. Descriptions become the README's table. */
export const busSettings = z.object({
  HUB_KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'must be host:port, several separated by commas')
    .optional()
    .describe('Brokers of Apache Kafka, host:port, comma-separated. Unset: the bus lies in PostgreSQL.'),
  HUB_KAFKA_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,60}$/, 'must be letters, digits, dots, hyphens (60 at most)')
    .default('')
    .describe('Stands before every topic and consumer group, so that several hubs may share a cluster.'),
  HUB_KAFKA_CLIENT_ID: z.string().min(1).max(100).default('ozg-hub').describe("Name in the brokers' logs and quotas."),
  HUB_KAFKA_TOPICS: z
    .enum(['auto', 'check'], { error: 'must be auto or check' })
    .default('auto')
    .describe('auto creates topics that are missing at start; check refuses to start without them.'),
  HUB_KAFKA_REPLICATION: count(-1, 9)
    .default(-1)
    .describe('Copies of each partition of a topic that is created; -1: as the brokers have it.'),
  HUB_KAFKA_MIN_INSYNC: count(1, 9)
    .default(1)
    .describe('Copies that must have an event before it counts as published, for topics that are created.'),
  HUB_KAFKA_SESSION_SECONDS: count(6, 300)
    .default(30)
    .describe(
      'Silence of a process after which others take over its share of a topic; twice that for all to agree on it.',
    ),
  HUB_KAFKA_TLS: z.enum(['off', 'on'], { error: 'must be off or on' }).default('off').describe('TLS to the brokers.'),
  HUB_KAFKA_TLS_CA: reference.optional().describe("Certificate authorities (PEM) in place of the system's."),
  HUB_KAFKA_TLS_CERT: reference.optional().describe('Client certificate with its chain (PEM).'),
  HUB_KAFKA_TLS_KEY: reference.optional().describe('Key of the client certificate (PEM).'),
  HUB_KAFKA_SASL: z
    .enum(['plain', 'scram-sha-512'], { error: 'must be plain or scram-sha-512' })
    .optional()
    .describe('How the hub signs on to the brokers. Unset: not at all.'),
  HUB_KAFKA_USER: z.string().min(1).optional().describe('User at the brokers.'),
  HUB_KAFKA_PASSWORD: reference.optional().describe('Password at the brokers.'),
});
export type BusSettings = z.infer<typeof busSettings>;
