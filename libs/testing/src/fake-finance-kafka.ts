import { type Logger, berlinDate, silentLogger } from '@ozg-hub/core';
import kafkajs, { type Consumer, type KafkaMessage, type Producer } from 'kafkajs';
import { uuidFrom } from './fake-dms-answers.ts';
import type { FinanceEvent, FinanceItem, FinanceMoney } from './fake-finance-ledger.ts';
import type { FakeFinance, FinanceAnswer } from './fake-finance.ts';

export interface FakeFinanceKafkaOptions {
  readonly finance: FakeFinance;
  readonly brokers: readonly string[];
  /** Before each topic and the group; default none. */
  readonly prefix?: string;
  /** Default `finance`. */
  readonly group?: string;
  readonly logger?: Logger;
}

/** All topics of payments: without those that are not posted the sequence of a payment would have gaps. */
const TOPICS = [
  'payment.requested.v1',
  'payment.settled.v1',
  'payment.failed.v1',
  'payment.cancelled.v1',
  'payment.reversed.v1',
];
const SOURCE = '/fake-finance';

/** What of the published data is needed; see schemas/events. */
interface PaymentData {
  readonly paymentId: string;
  readonly tenant: string;
  readonly kassenzeichen: string;
  readonly amount: FinanceMoney;
  readonly at: string;
  readonly items?: readonly FinanceItem[];
  readonly fee?: FinanceMoney;
  readonly paidAt?: string;
  readonly reversed?: FinanceMoney;
  readonly reversedAt?: string;
  readonly originalEventId?: string;
}

/**
 * A finance system that speaks Kafka: consumes payment.* and answers booking.accepted or booking.rejected, CloudEvents in
 * binary mode. Knows nothing of the hub but its published contract. The topics must be there when it starts.
 */
export class FakeFinanceKafka {
  readonly #options: FakeFinanceKafkaOptions;
  readonly #consumer: Consumer;
  readonly #producer: Producer;

  constructor(options: FakeFinanceKafkaOptions) {
    const { brokers, prefix = '', group = 'finance', logger = silentLogger } = options;
    this.#options = options;
    const kafka = new kafkajs.Kafka({
      clientId: 'fake-finance',
      brokers: [...brokers],
      logLevel: kafkajs.logLevel.ERROR,
      logCreator:
        () =>
        ({ log }) =>
          logger.warn({}, `fake finance: ${log.message}`),
    });
    this.#consumer = kafka.consumer({ groupId: prefix + group, allowAutoTopicCreation: false });
    this.#producer = kafka.producer({ allowAutoTopicCreation: false });
  }

  async start(): Promise<void> {
    const { prefix = '' } = this.#options;
    await Promise.all([this.#consumer.connect(), this.#producer.connect()]);
    await this.#consumer.subscribe({ topics: TOPICS.map((topic) => prefix + topic), fromBeginning: true });
    await this.#consumer.run({ eachMessage: ({ message }) => this.#take(message) });
  }

  /** Ends after what is being taken now. */
  async stop(): Promise<void> {
    await this.#consumer.disconnect();
    await this.#producer.disconnect();
  }

  /** Publishes answers, e.g. those of {@link FakeFinance.again}. */
  async say(answers: readonly FinanceAnswer[]): Promise<void> {
    for (const answer of answers) {
      const { topic, ...message } = answerMessage(answer);
      await this.#producer.send({ topic: (this.#options.prefix ?? '') + topic, acks: -1, messages: [message] });
    }
  }

  async #take(message: KafkaMessage): Promise<void> {
    await this.say(await this.#options.finance.take(readFinanceEvent(message), 'kafka'));
  }
}

/** A message of the hub as the books understand it. */
export function readFinanceEvent({ headers = {}, value }: Pick<KafkaMessage, 'headers' | 'value'>): FinanceEvent {
  const header = (name: string) => {
    const given = headers[`ce_${name}`];
    if (given === undefined) throw new Error(`header ce_${name} is missing`);
    return String(Array.isArray(given) ? given[0] : given);
  };
  const data = JSON.parse(String(value)) as PaymentData;
  const kind = /^payment\.(settled|reversed)\.v1$/.exec(header('type'))?.[1] as 'settled' | 'reversed' | undefined;
  const { tenant, paymentId, kassenzeichen, items = [], fee, originalEventId } = data;
  return {
    id: header('id'),
    type: kind ?? 'other',
    ...{ tenant, paymentId, kassenzeichen, items },
    sequence: Number(header('sequence')),
    amount: kind === 'reversed' ? data.reversed! : data.amount,
    day: berlinDate(new Date(data.reversedAt ?? data.paidAt ?? data.at)),
    ...(fee && { fee }),
    ...(originalEventId !== undefined && { originalEventId }),
  };
}

/** The same answer has the same id, so that the hub sees a repetition. */
export function answerMessage({ tenant, paymentId, eventId, outcome, document, code, at }: FinanceAnswer) {
  const type = outcome === 'ACCEPTED' ? 'booking.accepted.v1' : 'booking.rejected.v1';
  return {
    topic: type,
    key: `${tenant}:${paymentId}`,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: uuidFrom(`${type} ${eventId}`),
      ce_source: SOURCE,
      ce_type: type,
      ce_time: at,
      ce_subject: paymentId,
    },
    value: JSON.stringify({ paymentId, tenant, eventId, at, ...(outcome === 'ACCEPTED' ? { document } : { code }) }),
  };
}
