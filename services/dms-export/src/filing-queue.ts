import type { Deliveries } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { EventData, HubEvent, submissionAccepted } from '@ozg-hub/events';
import type { Tx } from '@ozg-hub/store';
import { FILING, type SubmissionEvent } from './cases/case.ts';
import type { CaseNotices } from './cases/case-notices.ts';
import { CaseRepository } from './cases/case.repository.ts';

type Accepted = EventData<typeof submissionAccepted>;

/** Decides what is filed where, and queues it. */
export class FilingQueue {
  constructor(
    private readonly deliveries: Pick<Deliveries, 'queue'>,
    private readonly directory: Pick<Directory, 'at'>,
    private readonly notices: Pick<CaseNotices, 'fileWaiting'>,
    private readonly cases: Pick<CaseRepository, 'take' | 'find'> = new CaseRepository(),
  ) {}

  /** Queues a delivery for an application whose blueprint has filing rules and whose municipality has a DMS. */
  async file(tx: Tx, event: HubEvent<Accepted>): Promise<void> {
    const { data } = event;
    const snapshot = await this.directory.at(data.directoryVersion);
    const { blueprint, targets } = snapshot.offer(data.blueprint, data.tenant);
    const target = targets[FILING];
    if (!blueprint.ablage || !target) return;
    const { submissionId, tenant } = data;
    const lane = data.hauptvorgang ?? data.vorgang ?? submissionId;
    const about = eventOf(data);
    const later = about !== 'erstantrag';
    const reference = {
      envelopeRef: data.envelopeRef,
      blueprint: data.blueprint,
      directoryVersion: data.directoryVersion,
      ...(data.vorgang ? { vorgang: data.vorgang } : {}),
      ...(later ? { event: about } : {}),
    };
    const key = { tenant, target, lane };
    const submission = { ...key, submissionId, event: about, reference };
    await this.cases.take(tx, submission);
    await this.deliveries.queue(tx, [
      {
        submissionId,
        ...key,
        purpose: FILING,
        // What the broker lost is published again and comes after what was accepted later.
        opensLane: data.hauptvorgang === undefined,
        // A correction needs the ids of the documents before it, any other the id of the Vorgang.
        awaitsResult: later && (about === 'korrektur' || (await this.cases.find(tx, key))?.objectId === undefined),
        reference,
        traceparent: event.traceparent,
      },
    ]);
    await this.notices.fileWaiting(tx, submission);
  }
}

/** Only what names the case that it belongs to comes later; anything else is a case of its own. */
function eventOf({ art, hauptvorgang }: Accepted): SubmissionEvent {
  if (hauptvorgang === undefined) return 'erstantrag';
  return art === 'NACHREICHUNG' ? 'nachreichung' : art === 'KORREKTUR' ? 'korrektur' : 'erstantrag';
}
