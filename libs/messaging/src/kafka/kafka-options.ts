import type { Socket } from 'node:net';
import type { Logger } from '@ozg-hub/core';
import type { Backoff } from '../backoff.ts';

/** How this process reaches Apache Kafka 3.9 or newer. */
export interface KafkaOptions {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Name of this process in the brokers' logs and quotas. Default `ozg-hub`. */
  readonly clientId?: string;
  /** Stands before every topic and group, e.g. `hub-test.`; several hubs may so share a cluster. Default none. */
  readonly prefix?: string;
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  readonly logger: Logger;
  /** False: {@link Bus.ensureTopics} refuses where a topic is missing. Default true: it creates it. */
  readonly createTopics?: boolean;
  /** Copies of each partition for topics that are created. Default -1: what the broker has as its default. */
  readonly replicationFactor?: number;
  /** Copies that must have a message before it counts as published, for topics that are created. Default 1. */
  readonly minInsyncReplicas?: number;
  /** Partitions that one subscription handles at the same time. Default 4. */
  readonly workers?: number;
  /** Milliseconds of silence after which the group gives up a member. Default 30,000; broker settings bound it. */
  readonly sessionTimeoutMs?: number;
  /** Milliseconds that a group waits for its members to finish their batches when it shares out anew. Default 60,000. */
  readonly rebalanceTimeoutMs?: number;
  /** Milliseconds for one request. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Tries of a request before it fails; the hub's own retries come after. Default 5. */
  readonly retries?: number;
  /** Waiting times of a partition whose batch failed. Default 100 ms doubling up to 30 s. */
  readonly backoff?: Backoff;
  /** Makes the connections in place of the client library, e.g. through a proxy; without TLS. */
  readonly socketFactory?: (to: { readonly host: string; readonly port: number; onConnect(): void }) => Socket;
}

/** PEM texts. The broker's certificate is always checked. */
export interface KafkaTls {
  /** Certificate authorities instead of the system's. */
  readonly ca?: string;
  /** Client certificate with its chain, and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}
