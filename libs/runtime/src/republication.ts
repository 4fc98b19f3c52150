import { Trail } from '@ozg-hub/delivery';
import { messagingErrors } from '@ozg-hub/messaging';
import { type Store, outbox } from '@ozg-hub/store';
import { NO_TENANT } from './parked-messages.ts';

export interface RepublicationRequest {
  readonly since: Date;
  readonly reason: string;
  readonly actor: string;
}

/** What a service publishes again. */
export interface Republished {
  readonly events: number;
  /** Place of the last of them in the outbox; 0: none. */
  readonly through: number;
}

/** Publishes once more what a broker had acknowledged and lost; consumers drop by their inbox what they know. */
export class Republication {
  readonly #trail = new Trail();

  constructor(private readonly store: Store) {}

  /**
   * Has all that was published at this time or later published again, in the order of the outbox.
   * @throws HUB_BUS_OUTBOX_PRUNED
   */
  async begin({ since, reason, actor }: RepublicationRequest): Promise<Republished> {
    return await this.store.tx(async (tx) => {
      const prunedUntil = await outbox.prunedUntil(tx);
      if (prunedUntil && since <= prunedUntil) {
        throw messagingErrors.HUB_BUS_OUTBOX_PRUNED({ detail: `It is whole since ${prunedUntil.toISOString()}.` });
      }
      const { count: events, last: through } = await outbox.unpublish(tx, since);
      const details = { since: since.toISOString(), events, reason };
      await this.#trail.append(tx, [{ tenant: NO_TENANT, kind: 'outbox.republished', subject: {}, actor, details }]);
      return { events, through };
    });
  }

  /** How many events wait to be published, up to a place in the outbox. */
  async waiting(through: number | undefined): Promise<number> {
    return await outbox.waiting(this.store, through);
  }
}
