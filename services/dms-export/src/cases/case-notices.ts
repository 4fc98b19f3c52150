import type { Deliveries } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { EventData, HubEvent, noticeIssued } from '@ozg-hub/events';
import type { Tx } from '@ozg-hub/store';
import { type CaseSubmission, FILING, NOTICE } from './case.ts';
import { CaseRepository } from './case.repository.ts';
import { type Notice, NoticeRepository } from './notice.repository.ts';

/** Notices go into the record of their case, in its lane. */
export class CaseNotices {
  readonly #cases = new CaseRepository();
  readonly #notices = new NoticeRepository();

  constructor(
    private readonly deliveries: Pick<Deliveries, 'queue'>,
    private readonly directory: Pick<Directory, 'at'>,
  ) {}

  /**
   * Queues a delivery for a notice of a submission that is filed. Events of different topics overtake each other: where the
   * submission has not come here yet, its notice waits for it.
   */
  async file(tx: Tx, { data, traceparent }: HubEvent<EventData<typeof noticeIssued>>): Promise<void> {
    const { noticeId: id, submissionId, tenant, documents, at } = data;
    const snapshot = await this.directory.at(data.directoryVersion);
    const { blueprint, targets } = snapshot.offer(data.blueprint, tenant);
    if (!blueprint.ablage || !targets[FILING]) return;
    const notice: Notice = { id, submissionId, tenant, issuedAt: new Date(at), documents, traceparent };
    await this.#notices.lock(tx, submissionId);
    await this.#notices.keep(tx, notice);
    for (const filed of await this.#cases.withSubmission(tx, tenant, submissionId)) {
      await this.#queue(tx, notice, filed);
    }
  }

  /** Queues what waited for a submission that the transaction has taken into its case. */
  async fileWaiting(tx: Tx, filed: CaseSubmission): Promise<void> {
    const [, waiting] = await Promise.all([
      this.#notices.lock(tx, filed.submissionId),
      this.#notices.ofSubmissions(tx, filed.tenant, [filed.submissionId]),
    ]);
    for (const notice of waiting) await this.#queue(tx, notice, filed);
  }

  async #queue(tx: Tx, notice: Notice, filed: CaseSubmission): Promise<void> {
    const { tenant, target, lane, submissionId, reference } = filed;
    const key = { tenant, target, lane };
    const known = await this.#cases.find(tx, key);
    await this.deliveries.queue(tx, [
      {
        submissionId,
        ...key,
        purpose: NOTICE,
        awaitsResult: known?.objectId === undefined,
        reference: { ...reference, event: 'mitteilung', noticeId: notice.id },
        naturalKey: `notice:${notice.id}:${target}`,
        traceparent: notice.traceparent,
      },
    ]);
  }
}
