import { createHash } from 'node:crypto';
import type { Delivery } from '@ozg-hub/delivery';
import type { XdomeaRules } from '@ozg-hub/directory';
import type { SubmissionDocument } from '@ozg-hub/submission';
import { type Case, FACHDATEN_REF, type FiledDocument, type FilingPlan, eventOf } from '../cases/case.ts';
import { caseErrors } from '../cases/errors.ts';

export interface PlanContext {
  readonly delivery: Pick<Delivery, 'id' | 'submissionId' | 'supersedes' | 'reference'>;
  readonly rules: XdomeaRules;
  /** Whether the DMS ever answers, and so tells the ids that it gives. */
  readonly answers: boolean;
  /** undefined: the hub knows none. */
  readonly case: Case | undefined;
  /** Documents of the submission that are passed on. */
  readonly documents: readonly Pick<PlannedRef, 'ref' | 'key'>[];
  /** Documents of the case that the DMS took as objects of their own, oldest first. */
  readonly filed: readonly FiledDocument[];
}

interface PlannedRef {
  readonly ref: string;
  readonly key: string;
}

/**
 * Which message an exchange sends, about what.
 * @throws HUB_DMS_CASE_UNKNOWN, HUB_DMS_CASE_UNANSWERED, HUB_DMS_NOTHING_TO_FILE
 */
export function planFiling(context: PlanContext): FilingPlan {
  const { rules, documents, delivery } = context;
  const event = eventOf(delivery);
  switch (event) {
    case 'erstantrag':
      return {
        nachricht: rules.erstantrag,
        ...(rules.erstantrag === '0604' && documents.length > 0 ? { rest: true } : {}),
      };
    case 'protokoll':
      return { nachricht: '0607', vorgang: vorgangOf(context) };
    case 'abschluss':
      return { nachricht: '0624', vorgang: vorgangOf(context) };
    case 'abgabe':
      return { nachricht: '0401' };
    case 'nachreichung':
    case 'mitteilung':
      return planDocuments(context, rules.nachreichung);
    case 'korrektur':
      return planDocuments(context, rules.korrektur);
    case 'dokumente':
      return planDocuments(context, '0605');
    default:
      return event satisfies never;
  }
}

/** The same for the same document of a case in another version: by role and file name, which are not kept. */
export function documentKey({ role, fileName }: Pick<SubmissionDocument, 'role' | 'fileName'>): string {
  return createHash('sha256')
    .update(`${role}\n${fileName.normalize('NFC').toLowerCase()}`)
    .digest('hex')
    .slice(0, 32);
}

/** The Fachdaten as a document. */
export const fachdatenRef = { ref: FACHDATEN_REF, key: FACHDATEN_REF } as const;

function planDocuments(context: PlanContext, nachricht: '0605' | '0601' | '0401'): FilingPlan {
  const remaining = remainingOf(context);
  if (remaining.length === 0) throw caseErrors.HUB_DMS_NOTHING_TO_FILE();
  if (nachricht === '0401') return { nachricht, documents: remaining.map(withNumber) };
  const vorgang = vorgangOf(context);
  const versions = nachricht === '0601' ? remaining.flatMap((document) => versionOf(document, context)) : [];
  if (versions.length === 0) return { nachricht: '0605', vorgang, documents: remaining.map(withNumber) };
  return {
    nachricht: '0601',
    vorgang,
    documents: versions.map(withNumber),
    ...(versions.length < remaining.length ? { rest: true } : {}),
  };
}

/** What the DMS took in an earlier exchange of this delivery, or with the message that this one follows, is not sent again. */
function remainingOf({ delivery, documents, filed }: PlanContext): readonly PlannedRef[] {
  const follows = eventOf(delivery) === 'dokumente';
  const taken = filed.filter(
    ({ deliveryId, submissionId }) =>
      deliveryId === delivery.id ||
      (follows && submissionId === delivery.submissionId && deliveryId !== delivery.supersedes),
  );
  const refs = new Set(taken.map(({ ref }) => ref));
  return documents.filter(({ ref }) => !refs.has(ref));
}

/** The newest document of this key that the DMS gave an id; one per document of the submission. */
function versionOf({ ref, key }: PlannedRef, { documents, filed, delivery }: PlanContext) {
  const sameKey = documents.filter((document) => document.key === key);
  const known = filed.findLast(
    (each) => each.key === key && each.objectId !== undefined && each.submissionId !== delivery.submissionId,
  );
  return known?.objectId === undefined || sameKey.length > 1 ? [] : [{ ref, key, idDokument: known.objectId }];
}

function vorgangOf(context: PlanContext): string {
  const { case: known, answers } = context;
  if (known?.objectId !== undefined) return known.objectId;
  throw answers ? caseErrors.HUB_DMS_CASE_UNKNOWN() : caseErrors.HUB_DMS_CASE_UNANSWERED();
}

const withNumber = <Document extends PlannedRef>(document: Document, index: number) => ({
  number: index + 1,
  ...document,
});
