import type { Envelope, SubmissionDocument, VerifiedIdentity } from '@ozg-hub/submission';
import type { Application, ApplicationIdentity } from './application.ts';

/** What the hub has found out about an application when it accepts it. */
export interface EnvelopeContext {
  /** UUIDv7. */
  readonly submissionId: string;
  readonly tenant: string;
  /** LeiKa key, 14 digits. */
  readonly leistung: string;
  /** `id@version`. */
  readonly blueprint: string;
  readonly directoryVersion: string;
  /** Which system sent it, e.g. `civento`. */
  readonly source: string;
  readonly acceptedAt: Date;
  /** Every file, inline ones included, as stored. */
  readonly documents: readonly SubmissionDocument[];
  /** What an identity proof says of the applicant; the proof itself is not kept. */
  readonly verifiedIdentity?: VerifiedIdentity | undefined;
}

/** The immutable record of an accepted application. Without a time of its own it counts as sent when accepted. */
export function toEnvelope(application: Application, context: EnvelopeContext): Envelope {
  const { vorgang, hauptvorgang, identity, replyChannel, payment } = application;
  const acceptedAt = context.acceptedAt.toISOString();
  return {
    envelopeVersion: 1,
    submissionId: context.submissionId,
    tenant: context.tenant,
    leistung: context.leistung,
    blueprint: context.blueprint,
    directoryVersion: context.directoryVersion,
    source: context.source,
    ...(vorgang !== undefined && { vorgang }),
    prozessschluessel: application.prozessschluessel,
    organisationseinheit: application.organisationseinheit,
    art: application.art,
    laufendeNummer: application.laufendeNummer,
    ...(hauptvorgang !== undefined && { hauptvorgang }),
    submittedAt: application.submittedAt ?? acceptedAt,
    acceptedAt,
    applicant: application.applicant,
    fachdaten: [...application.fachdaten],
    ...(identity && { identity: identityOf(identity) }),
    ...(context.verifiedIdentity && { verifiedIdentity: context.verifiedIdentity }),
    ...(replyChannel && { replyChannel }),
    ...(payment && { payment }),
    documents: [...context.documents],
  };
}

function identityOf({ attributes, ...said }: ApplicationIdentity): Envelope['identity'] {
  return { ...said, attributes: { ...attributes }, verified: false };
}
