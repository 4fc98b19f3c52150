import { isHubError } from '@ozg-hub/core';
import { Trail } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type BusStrategy, messagingErrors, parkingReason } from '@ozg-hub/messaging';
import { type ParkedSummary, type Store, parkedMessages } from '@ozg-hub/store';

/** Chain of the trail for what belongs to no municipality that the directory knows; no slug is so short. */
export const NO_TENANT = '-';

/** A message that a service could not handle, as a person may see it: without bytes, key and headers. */
export interface ParkedView {
  readonly id: string;
  /** What the topic carries; what the message itself says may be anything. */
  readonly type: string | undefined;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  /** Where the message names a municipality of the directory. */
  readonly tenant: string | undefined;
  /** Id of the event, where it has one. */
  readonly event: string | undefined;
  /** Why it was parked: a stable code, and a text that quotes nothing of the message. */
  readonly code: string;
  readonly detail: string | undefined;
  readonly attempts: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly parkedAt: Date;
  readonly resolvedAt: Date | undefined;
}

export interface ParkedMessagesOptions {
  readonly store: Store;
  readonly strategy: BusStrategy;
  readonly directory: Pick<Directory, 'current'>;
}

/** Messages of the bus that one service gave up on: seen, and handed to their handler again. */
export class ParkedMessages {
  readonly #trail = new Trail();

  constructor(private readonly options: ParkedMessagesOptions) {}

  async list(page: {
    readonly after?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<ParkedView[]> {
    const { store, strategy } = this.options;
    return (await parkedMessages.summaries(store, strategy.group, page)).map((summary) => this.#view(summary));
  }

  /** @throws HUB_BUS_PARKED_UNKNOWN */
  async get(id: string): Promise<ParkedView> {
    const { store, strategy } = this.options;
    const summary = await parkedMessages.summary(store, strategy.group, id);
    if (!summary) throw messagingErrors.HUB_BUS_PARKED_UNKNOWN();
    return this.#view(summary);
  }

  /**
   * Hands it to its handler again; the trail keeps who did, in the transaction of the handler, and who tried in vain.
   * @throws HUB_BUS_PARKED_UNKNOWN, HUB_BUS_RETRY_FAILED, errors of class `later`
   */
  async retry(id: string, actor: string): Promise<ParkedView> {
    const { store, strategy } = this.options;
    const message = await this.get(id);
    try {
      await strategy.retryParked(id, (tx) => this.#trail.append(tx, [this.#row(message, actor, 'message.retried')]));
    } catch (error) {
      if (isHubError(error, 'HUB_BUS_PARKED_UNKNOWN') || (isHubError(error) && error.class === 'later')) throw error;
      const { code, detail } = parkingReason(error);
      const row = { ...this.#row(message, actor, 'message.retry-failed'), code };
      await store.tx((tx) => this.#trail.append(tx, [row]));
      throw messagingErrors.HUB_BUS_RETRY_FAILED({ detail: `${code}: ${detail}`, cause: error });
    }
    return await this.get(id);
  }

  #row({ id, event, tenant, topic, partition, position, sha256 }: ParkedView, actor: string, kind: string) {
    const subject = { message: id, ...(event ? { event } : {}) };
    return { tenant: tenant ?? NO_TENANT, kind, subject, actor, details: { topic, partition, position, sha256 } };
  }

  #view({ claimedTenant, claimedEvent, resolvedAt, detail, ...summary }: ParkedSummary): ParkedView {
    const { directory, strategy } = this.options;
    const known = claimedTenant !== null && directory.current().tenant(claimedTenant) !== undefined;
    return {
      ...summary,
      type: strategy.typeOf(summary.topic),
      tenant: known ? claimedTenant : undefined,
      event: claimedEvent ?? undefined,
      detail: detail ?? undefined,
      resolvedAt: resolvedAt ?? undefined,
    };
  }
}
