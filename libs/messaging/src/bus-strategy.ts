import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import {
  type Failpoints,
  type Logger,
  isHubError,
  newId,
  newSpan,
  noFailpoints,
  parseTraceparent,
} from '@ozg-hub/core';
import type { EventContract } from '@ozg-hub/events';
import { type Store, type Tx, inbox, parkedMessages } from '@ozg-hub/store';
import { isObservable, lastValueFrom } from 'rxjs';
import { pause } from './backoff.ts';
import { BusContext } from './bus-context.ts';
import type { Bus, ReceivedRecord, RunningSubscription } from './bus.port.ts';
import { messagingErrors } from './errors.ts';
import { type MessagingMetrics, type Outcome, noMetrics } from './messaging-metrics.port.ts';
import { OUTBOX_KEEP_DAYS } from './outbox-relay.ts';
import { parkingReason } from './parking-reason.ts';
import { type ReceivedMessage, readMessage } from './received-message.ts';

const ATTEMPTS = 3;
const ATTEMPT_PAUSE_MS = 50;
const INBOX_PRUNE_MS = 60 * 60_000;
/** So many are remembered; more within the time that anybody asks about is as bad. */
const REBALANCES_KEPT = 100;

export interface BusStrategyOptions {
  readonly bus: Bus;
  /** The service's schema; has the tables of `inboxMigrations`. Handlers get transactions of it. */
  readonly store: Store;
  /** Consumer group, and `consumer` in inbox and parked_message: the service's name. Never renamed. */
  readonly group: string;
  readonly logger: Logger;
  /** Contracts of the topics that handlers listen to. */
  readonly contracts: readonly EventContract[];
  readonly metrics?: MessagingMetrics;
  readonly failpoints?: Failpoints;
  /** Most messages of one transaction. Defaults to 100. */
  readonly maxBatch?: number;
  /** The consumer gave up and will not start again by itself: end the process. */
  readonly onFatal?: (error: Error) => void;
}

/**
 * Nest's transport for `@EventPattern(topic)`: `(event: HubEvent<Data>, context: BusContext) => …`; what the handler
 * returns is awaited, streams to their end. Each event takes effect once: inbox row, state and outbox are one
 * transaction, `context.tx`. Errors of class `later` or `ask` are waited out; any other error is tried three times, then the
 * message is parked and the next one follows. Connect it with `connectBus`.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  override transportId = Symbol('ozg-hub/bus');
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: BusStrategyOptions;
  readonly #logger: Logger;
  readonly #metrics: MessagingMetrics;
  readonly #failpoints: Failpoints;
  readonly #contracts: ReadonlyMap<string, EventContract>;
  /** `performance.now()` of the last ones. */
  #rebalances: readonly number[] = [];
  #subscription: RunningSubscription | undefined;
  #pruning: NodeJS.Timeout | undefined;

  constructor(options: BusStrategyOptions) {
    super();
    this.#options = options;
    this.#logger = options.logger.child({ group: options.group });
    this.#metrics = options.metrics ?? noMetrics;
    this.#failpoints = options.failpoints ?? noFailpoints;
    this.#contracts = new Map(options.contracts.map((contract) => [contract.topic, contract]));
  }

  get group(): string {
    return this.#options.group;
  }

  /** Type of the events of a topic that this group reads. */
  typeOf(topic: string): string | undefined {
    return this.#contracts.get(topic)?.type;
  }

  /** Nest's entry. Calls back with HUB_BUS_NO_CONTRACT where a handler's topic has no contract, HUB_BUS_TWO_HANDLERS. */
  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  async start(): Promise<void> {
    const { bus, group, maxBatch, onFatal } = this.#options;
    const topics = [...this.messageHandlers.keys()];
    const strangers = topics.filter((topic) => !this.#contracts.has(topic));
    if (strangers.length > 0) {
      throw messagingErrors.HUB_BUS_NO_CONTRACT({ detail: `No contract is given for ${strangers.join(', ')}.` });
    }
    const twice = topics.filter((topic) => this.messageHandlers.get(topic)?.next);
    if (twice.length > 0) {
      throw messagingErrors.HUB_BUS_TWO_HANDLERS({ detail: `Several handlers listen to ${twice.join(', ')}.` });
    }
    await bus.ensureTopics([...this.#contracts.values()]);
    if (topics.length === 0) return;
    this.#subscription = await bus.subscribe({
      group,
      topics,
      onBatch: async (records, signal) => {
        await this.#onBatch(records, signal);
        this.#failpoints.hit('bus.handled');
      },
      onRebalance: () => this.#rebalanced(),
      ...(maxBatch === undefined ? {} : { maxBatch }),
      ...(onFatal ? { onFatal } : {}),
    });
    this.#metrics.rebalanced(group, 0);
    this.#pruning = setInterval(() => this.#pruneInbox(), INBOX_PRUNE_MS).unref();
  }

  /** Finishes the batches at work. */
  async close(): Promise<void> {
    clearInterval(this.#pruning);
    await this.#subscription?.stop();
  }

  /**
   * Hands a parked message to its handler again, after the cause was mended; marks it resolved in the same transaction.
   * @param also runs in that transaction, after the handler
   * @throws HUB_BUS_PARKED_UNKNOWN, HUB_EVENT_UNDECODABLE, or what the handler throws; then it stays parked
   */
  async retryParked(id: string, also: (tx: Tx) => Promise<void> = async () => undefined): Promise<void> {
    await this.#options.store.tx(async (tx) => {
      const [record] = await tx.query<ReceivedRecord>(
        `SELECT id, topic, partition, position, key, headers, value FROM parked_message
         WHERE id = $1 AND consumer = $2 AND resolved_at IS NULL FOR UPDATE`,
        [id, this.#options.group],
      );
      if (!record) throw messagingErrors.HUB_BUS_PARKED_UNKNOWN();
      const message = this.#read(record);
      if (message.problem) throw message.problem;
      await this.#invoke(tx, message);
      await parkedMessages.resolve(tx, id);
      await also(tx);
    });
  }

  /** Parked messages of this group that nobody has resolved. */
  async countParked(): Promise<number> {
    const [row] = await this.#options.store.query<{ count: number }>(
      'SELECT count(*) AS count FROM parked_message WHERE consumer = $1 AND resolved_at IS NULL',
      [this.#options.group],
    );
    return row!.count;
  }

  /** How often the group shared its partitions out anew in the last so many milliseconds, at most 100. */
  rebalancesWithin(milliseconds: number): number {
    const since = performance.now() - milliseconds;
    return this.#rebalances.filter((at) => at >= since).length;
  }

  override on(): never {
    throw new Error('The bus has no events of its own to listen to');
  }

  override unwrap<T = Bus>(): T {
    return this.#options.bus as T;
  }

  #rebalanced(): void {
    this.#rebalances = [...this.#rebalances, performance.now()].slice(-REBALANCES_KEPT);
    this.#metrics.rebalanced(this.#options.group, 1);
  }

  async #onBatch(records: readonly ReceivedRecord[], signal: AbortSignal): Promise<void> {
    const messages = records.map((record) => this.#read(record));
    if (messages.length > 1 && (await this.#handleTogether(messages))) return;
    for (const message of messages) {
      if (signal.aborted) throw messagingErrors.HUB_BUS_CLOSED();
      await this.#handleAlone(message, signal);
    }
  }

  /** The whole batch in one transaction; false where it failed and nothing of it took effect. */
  async #handleTogether(messages: readonly ReceivedMessage[]): Promise<boolean> {
    try {
      this.#count(messages, await this.#options.store.tx((tx) => this.#handle(tx, messages)));
      return true;
    } catch (error) {
      this.#logger.debug({ err: error as Error, messages: messages.length }, 'a batch failed, going one by one');
      return false;
    }
  }

  async #handleAlone(message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.#count([message], await store.tx((tx) => this.#handle(tx, [message])));
      } catch (error) {
        if (signal.aborted || waits(error)) {
          this.#metrics.waited(this.#options.group, message.record.topic, isHubError(error) ? error.code : 'stopping');
          throw error;
        }
        if (attempt === ATTEMPTS) {
          return this.#count([message], await store.tx((tx) => this.#giveUp(tx, message, error, attempt)));
        }
        await pause(ATTEMPT_PAUSE_MS * attempt, signal);
      }
    }
  }

  async #handle(tx: Tx, messages: readonly ReceivedMessage[]): Promise<Outcome[]> {
    const fresh = await inbox.claim(
      tx,
      this.#options.group,
      messages.map(({ key }) => key),
    );
    const outcomes: Outcome[] = [];
    for (const [index, message] of messages.entries()) {
      if (!fresh[index]) outcomes.push('duplicate');
      else if (message.problem) outcomes.push(await this.#park(tx, message, message.problem, 1));
      else {
        await this.#invoke(tx, message);
        outcomes.push('handled');
      }
    }
    return outcomes;
  }

  async #giveUp(tx: Tx, message: ReceivedMessage, error: unknown, attempts: number): Promise<Outcome[]> {
    const [fresh] = await inbox.claim(tx, this.#options.group, [message.key]);
    return [fresh ? await this.#park(tx, message, error, attempts) : 'duplicate'];
  }

  async #park(tx: Tx, { record }: ReceivedMessage, error: unknown, attempts: number): Promise<Outcome> {
    const { code, detail } = parkingReason(error);
    const { topic, partition, position, key, headers, value } = record;
    const id = newId();
    const consumer = this.#options.group;
    await parkedMessages.park(tx, {
      id,
      consumer,
      topic,
      partition,
      position,
      code,
      detail,
      attempts,
      value,
      key: storable(key),
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [storable(name), storable(text)])),
    });
    tx.afterCommit(() => this.#logger.error({ parked: id, topic, partition, position, code }, 'a message was parked'));
    return 'parked';
  }

  async #invoke(tx: Tx, { record, event }: ReceivedMessage & { event: object }): Promise<void> {
    const handler = this.getHandlerByPattern(record.topic);
    if (!handler) throw messagingErrors.HUB_BUS_NO_CONTRACT({ detail: `No handler listens to ${record.topic}.` });
    const context = new BusContext(tx, record, newSpan(parseTraceparent(event.traceparent)));
    await new Promise<void>((resolve, reject) => {
      this.runWithProcessingHooks(context, async (runEndHook) => {
        try {
          const result: unknown = await handler(event, context);
          if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
          resolve();
        } catch (error) {
          reject(error as Error);
        } finally {
          runEndHook();
        }
      });
    });
  }

  #read(record: ReceivedRecord): ReceivedMessage {
    const contract = this.#contracts.get(record.topic);
    if (!contract) throw messagingErrors.HUB_BUS_NO_CONTRACT({ detail: `No contract is given for ${record.topic}.` });
    return readMessage(record, contract);
  }

  #count(messages: readonly ReceivedMessage[], outcomes: readonly Outcome[]): void {
    for (const [index, { record }] of messages.entries()) {
      this.#metrics.consumed(this.#options.group, record.topic, outcomes[index]!, 1);
    }
  }

  /** Claims outlive every message that may come again, from the bus or from an outbox. */
  #pruneInbox(): void {
    const kept = [...this.#contracts.values()].map(({ retentionDays }) => retentionDays);
    const days = 2 * Math.max(OUTBOX_KEEP_DAYS, ...kept);
    inbox.prune(this.#options.store, days).catch((error: unknown) => {
      this.#logger.warn({ err: error as Error }, 'the inbox could not be pruned');
    });
  }
}

function waits(error: unknown): boolean {
  return isHubError(error) && error.class !== 'never';
}

/** PostgreSQL holds no NUL in text. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
