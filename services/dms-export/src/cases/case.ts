import type { Delivery } from '@ozg-hub/delivery';
import { NOTICE_FILING } from '@ozg-hub/submission';

/** Deliveries that file submissions; others listen to what becomes of them. */
export const FILING = 'dms';
/** Deliveries that tell the DMS something about a case. */
export const ORDER = 'dms-order';
/** Deliveries that file notices; see {@link NOTICE_FILING}. */
export const NOTICE = NOTICE_FILING;

/** Where a case lies: its deliveries share target and lane. */
export interface CaseKey {
  readonly tenant: string;
  readonly target: string;
  /** The case id of the source, else the id of its first submission. */
  readonly lane: string;
}

export interface Case extends CaseKey {
  /** The first submission that the hub saw of it. */
  readonly submissionId: string;
  /** Id that the DMS gave to the Vorgang. */
  readonly objectId?: string;
  readonly aktenzeichen?: string;
  readonly openedAt: Date;
  readonly filedAt?: Date;
  /** The order to close it. */
  readonly closeDelivery?: string;
  readonly closedAt?: Date;
}

/** A submission of a case, by references only. */
export interface CaseSubmission extends CaseKey {
  readonly submissionId: string;
  readonly event: SubmissionEvent;
  readonly reference: Readonly<Record<string, string>>;
}

export type SubmissionEvent = 'erstantrag' | 'nachreichung' | 'korrektur';
/** What the DMS is told of by itself, for a submission that is in the case already: a notice. */
export type NoticeEvent = 'mitteilung';
export type OrderEvent = 'protokoll' | 'abschluss' | 'abgabe';

/**
 * What a delivery is about. `dokumente`: what the message before it did not carry (the documents of a Vorgang that was
 * only created, those of a correction that the DMS gave no id).
 */
export type CaseEvent = SubmissionEvent | 'dokumente' | NoticeEvent | OrderEvent;

/** The event of a delivery; one that names none is a first application. */
export function eventOf({ reference }: Pick<Delivery, 'reference'>): CaseEvent {
  return (reference['event'] ?? 'erstantrag') as CaseEvent;
}

/** A document as an object of its own in a message. */
export interface PlannedDocument {
  /** NummerImStapel. */
  readonly number: number;
  /** Of the document in the vault, or {@link FACHDATEN_REF}. */
  readonly ref: string;
  /** The same for the same document in another version. */
  readonly key: string;
  /** The DMS's id of the document that this one is a new version of. */
  readonly idDokument?: string;
}

/** The Fachdaten as a document. */
export const FACHDATEN_REF = 'fachdaten';

/** A document that the DMS took. */
export interface FiledDocument extends CaseKey {
  readonly deliveryId: string;
  readonly submissionId: string;
  readonly ref: string;
  readonly key: string;
  readonly objectId?: string | undefined;
}

/** What is sent in an exchange. Stored with it, so that every try of it sends the same. */
export interface FilingPlan {
  readonly nachricht: '0401' | '0601' | '0604' | '0605' | '0607' | '0624';
  /** The Vorgang in the DMS. */
  readonly vorgang?: string;
  readonly documents?: readonly PlannedDocument[];
  /** The submission has more; it follows with a delivery of its own once the DMS has confirmed this one. */
  readonly rest?: boolean;
  /** Of a hand-over: the submissions whose documents it carries. */
  readonly submissions?: readonly string[];
  /** Of a hand-over: the notices that it carries. */
  readonly notices?: readonly string[];
}

/** Name of the step that stores the {@link FilingPlan}. */
export const PLAN_STEP = 'plan';
