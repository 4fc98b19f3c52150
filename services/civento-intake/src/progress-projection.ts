import type { EventData, HubEvent, deliveryChanged } from '@ozg-hub/events';
import type { Tx } from '@ozg-hub/store';
import type { DeliveryState } from '@ozg-hub/submission';
import { project } from './progress.repository.ts';

/** Keeps what other services last said about each delivery. */
export class ProgressProjection {
  async apply(tx: Tx, { data }: HubEvent<EventData<typeof deliveryChanged>>): Promise<void> {
    await project(tx, {
      ...data,
      state: data.state as DeliveryState,
      changedAt: data.at,
      dueAt: data.dueAt ?? null,
      code: data.code ?? null,
      aktenzeichen: data.aktenzeichen ?? null,
    });
  }
}
