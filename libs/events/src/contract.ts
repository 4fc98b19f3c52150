import type { z } from 'zod';

/** A released event: its topic, its data and how it is kept. One per file, listed in {@link ./contracts.ts}. */
export interface EventContract<Data extends z.ZodObject = z.ZodObject> {
  /** `<subject>.<past-tense>`, the CloudEvents type without version. */
  readonly type: string;
  readonly version: number;
  /** `<type>.v<version>`; a configured prefix is added by the bus. */
  readonly topic: string;
  readonly data: Data;
  /** `data` that refuses unknown properties: what producers are checked against. */
  readonly producedData: z.ZodType;
  /** Which aggregate the event is about: order is kept per `tenant:aggregateId`, unless {@link orderedBy} says otherwise. */
  readonly aggregateId: (data: z.infer<Data>) => string;
  /** What several aggregates have in common whose events must arrive in order: the key is `tenant:orderedBy` then. */
  readonly orderedBy?: (data: z.infer<Data>) => string;
  /** Days for which the bus keeps the event at least. */
  readonly retentionDays: number;
  readonly partitions: number;
  /** Published by systems outside the hub, which only reads it. */
  readonly fromOutside?: true;
  readonly description: string;
  /** Data as a consumer may meet them, invented; stands in the published description of the events. */
  readonly example: z.input<Data>;
}

export type EventData<Contract extends EventContract> = z.infer<Contract['data']>;

export function defineEvent<Data extends z.ZodObject>(
  contract: Omit<EventContract<Data>, 'topic' | 'producedData'>,
): EventContract<Data> {
  return { ...contract, topic: `${contract.type}.v${contract.version}`, producedData: contract.data.strict() };
}
