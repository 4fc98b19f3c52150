import type { Directory } from '@ozg-hub/directory';
import type { Deliveries } from '@ozg-hub/delivery';
import type { EventData, HubEvent, submissionAccepted } from '@ozg-hub/events';
import type { Tx } from '@ozg-hub/store';

const PURPOSE = 'dms';

/** Decides what is filed where, and queues it. */
export class FilingQueue {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly directory: Directory,
  ) {}

  /** Queues a delivery for an application whose blueprint has filing rules and whose municipality has a DMS. */
  async file(tx: Tx, event: HubEvent<EventData<typeof submissionAccepted>>): Promise<void> {
    const { data } = event;
    const snapshot = await this.directory.at(data.directoryVersion);
    const { blueprint, targets } = snapshot.offer(data.blueprint, data.tenant);
    const target = targets[PURPOSE];
    if (!blueprint.ablage || !target) return;
    await this.deliveries.queue(tx, [
      {
        submissionId: data.submissionId,
        tenant: data.tenant,
        purpose: PURPOSE,
        target,
        lane: data.hauptvorgang ?? data.vorgang ?? data.submissionId,
        reference: {
          envelopeRef: data.envelopeRef,
          blueprint: data.blueprint,
          directoryVersion: data.directoryVersion,
          ...(data.vorgang ? { vorgang: data.vorgang } : {}),
        },
        traceparent: event.traceparent,
      },
    ]);
  }
}
