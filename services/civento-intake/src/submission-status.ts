import { type DeliveryState, type SubmissionState, deriveState } from '@ozg-hub/submission';
import type { Store } from '@ozg-hub/store';
import { isId } from '@ozg-hub/core';
import { intakeErrors } from './errors.ts';
import { type Progress, progressOf } from './progress.repository.ts';
import { type FoundSubmission, findById, findByVorgang } from './submission.repository.ts';

/** Where a submission is; what the sender's GET and the operator's `status` answer. */
export interface SubmissionStatus {
  readonly id: string;
  readonly vorgang?: string;
  readonly tenant: string;
  readonly leistung: string;
  readonly art: string;
  readonly laufendeNummer: number;
  readonly state: SubmissionState;
  readonly acceptedAt: string;
  /** The answer is a projection: it knows what had been said until then. */
  readonly asOf: string;
  readonly erasedAt?: string;
  readonly deliveries: readonly {
    readonly id: string;
    readonly service: string;
    readonly purpose: string;
    readonly target: string;
    readonly state: DeliveryState;
    readonly changedAt: string;
    readonly dueAt?: string;
    readonly overdue: boolean;
    readonly code?: string;
    readonly aktenzeichen?: string;
  }[];
}

/** Reads where submissions are. */
export class SubmissionStatuses {
  constructor(private readonly store: Store) {}

  /** @param tenants whose submissions the caller may see; undefined: all. @throws HUB_SUBMISSION_UNKNOWN */
  async get(id: string, tenants: ReadonlySet<string> | undefined): Promise<SubmissionStatus> {
    const found = isId(id) ? await findById(this.store, id) : undefined;
    if (!found || (tenants && !tenants.has(found.tenant))) throw intakeErrors.HUB_SUBMISSION_UNKNOWN();
    return statusOf(found, await progressOf(this.store, [found.id]));
  }

  /** By submission id or by the case id of the source; empty where there is none. */
  async find(idOrVorgang: string, tenants: ReadonlySet<string> | undefined): Promise<SubmissionStatus[]> {
    const byId = isId(idOrVorgang) ? await findById(this.store, idOrVorgang) : undefined;
    const found = byId ? [byId] : await findByVorgang(this.store, idOrVorgang, tenants && [...tenants]);
    const visible = found.filter(({ tenant }) => !tenants || tenants.has(tenant));
    const progress = await progressOf(
      this.store,
      visible.map(({ id }) => id),
    );
    return visible.map((submission) =>
      statusOf(
        submission,
        progress.filter(({ submissionId }) => submissionId === submission.id),
      ),
    );
  }
}

export function statusOf(submission: FoundSubmission, progress: readonly Progress[]): SubmissionStatus {
  const newest = progress.reduce(
    (latest, { changedAt }) => (changedAt > latest ? changedAt : latest),
    submission.acceptedAt,
  );
  return {
    id: submission.id,
    ...(submission.vorgang ? { vorgang: submission.vorgang } : {}),
    tenant: submission.tenant,
    leistung: submission.leistung,
    art: submission.art,
    laufendeNummer: submission.laufendeNummer,
    state: deriveState(submission.expects, progress),
    acceptedAt: submission.acceptedAt.toISOString(),
    asOf: newest.toISOString(),
    ...(submission.erasedAt ? { erasedAt: submission.erasedAt.toISOString() } : {}),
    deliveries: progress.map((delivery) => ({
      id: delivery.deliveryId,
      service: delivery.service,
      purpose: delivery.purpose,
      target: delivery.target,
      state: delivery.state,
      changedAt: delivery.changedAt.toISOString(),
      ...(delivery.dueAt ? { dueAt: delivery.dueAt.toISOString() } : {}),
      overdue: delivery.overdue,
      ...(delivery.code ? { code: delivery.code } : {}),
      ...(delivery.aktenzeichen ? { aktenzeichen: delivery.aktenzeichen } : {}),
    })),
  };
}
