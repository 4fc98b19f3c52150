import { berlinDate } from '@ozg-hub/core';
import { type Ablage, type Blueprint, renderBetreff, withoutOmitted, xdomeaRulesOf } from '@ozg-hub/directory';
import type { Envelope, Fachdatenobjekt } from '@ozg-hub/submission';
import type { Message, Vorgang } from '@ozg-hub/xdomea';
import { type DokumentContext, type RecordFile, dokumenteOf, filesOf, numbered } from './dokument.mapper.ts';
import { dmsErrors } from '../errors.ts';
import type { FiledApplication } from '../filed-application.ts';
import { fachdatenErweiterung } from './fachdaten-erweiterung.mapper.ts';
import { fachdatenXml } from './fachdaten-xml.ts';
import { applicantKontakt } from './kontakt.mapper.ts';
import { type MessageContext, auftragOf, kopfOf } from './kopf.mapper.ts';
import { objectId } from './object-id.ts';

/** What is filed: the message and the files that it names. */
export interface FilingRecord {
  readonly message: Message;
  readonly files: readonly RecordFile[];
}

export interface FilingContext extends MessageContext {
  /** The blueprint of the version that accepted the submission, with the tenant's overrides. */
  readonly blueprint: Blueprint;
}

/**
 * An application as a new Vorgang by the filing rules of its blueprint: filed (0605), only created (0604, its documents
 * follow) or handed over (0401). The same envelope and exchange give the same ids, so a package that is written again
 * is the same one.
 * @throws HUB_DMS_NO_FILING_RULES
 */
export function toFilingRecord(envelope: Envelope, context: FilingContext): FilingRecord {
  const nachricht = xdomeaRulesOf(filingRules(context)).erstantrag;
  if (nachricht === '0401') return toHandover([envelope], context);
  const { vorgang, files } = vorgangWithFiles([envelope], context);
  const fachverfahrenObjektId = envelope.vorgang ?? envelope.submissionId;
  if (nachricht === '0605') {
    return { message: { ...auftragOf(context), nachricht, objekte: [{ fachverfahrenObjektId, vorgang }] }, files };
  }
  const { dokumente: _, ...empty } = vorgang;
  return {
    message: { ...auftragOf(context), nachricht, objekte: [{ fachverfahrenObjektId, vorgang: empty }] },
    files: [],
  };
}

/** A whole case as one Vorgang (0401): what the first submission says, with the documents of all, and of notices. */
export function toHandover(
  envelopes: readonly [FiledApplication, ...FiledApplication[]],
  context: FilingContext,
): FilingRecord {
  const { vorgang, files } = vorgangWithFiles(envelopes, context);
  const { receiptWanted } = context.settings;
  return { message: { ...kopfOf(context), nachricht: '0401', receiptWanted, objekte: [{ vorgang }] }, files };
}

/** @throws HUB_DMS_NO_FILING_RULES */
export function filingRules({ blueprint }: Pick<FilingContext, 'blueprint'>): Ablage {
  if (!blueprint.ablage) throw dmsErrors.HUB_DMS_NO_FILING_RULES();
  return blueprint.ablage;
}

/** What is passed on of a submission, and what its documents have in common. */
export function contentOf(envelope: FiledApplication, context: FilingContext) {
  const rules = filingRules(context);
  const fachdaten = withoutOmitted(envelope.fachdaten, rules.omit);
  const isNotice = envelope.issuedAt !== undefined;
  const xml = rules.fachdatenXml && !isNotice ? fachdatenXml(envelope, fachdaten) : undefined;
  const received = new Date(envelope.submittedAt);
  const dokumentContext: DokumentContext = {
    rules,
    received,
    receivedOn: berlinDate(received),
    isNotice,
    // The Fachdaten of several submissions may travel in one message.
    id: (what) => objectId(context.prozessId, what.endsWith(':fachdaten') ? `${what}:${envelope.submissionId}` : what),
  };
  return { rules, fachdaten, xml, dokumentContext };
}

function vorgangWithFiles(
  envelopes: readonly [FiledApplication, ...FiledApplication[]],
  context: FilingContext,
): { vorgang: Vorgang; files: RecordFile[] } {
  const contents = envelopes.map((envelope) => ({ envelope, ...contentOf(envelope, context) }));
  const { envelope: first, rules, fachdaten } = contents[0]!;
  const parts = contents.map(({ envelope: { documents }, xml, dokumentContext }) => ({
    dokumente: dokumenteOf(documents, xml, dokumentContext),
    files: filesOf(documents, xml, dokumentContext),
  }));
  return {
    vorgang: {
      ...vorgangOf(first, rules, fachdaten, context.blueprint.name),
      identifikation: { id: objectId(context.prozessId, 'vorgang') },
      dokumente: numbered(parts.flatMap(({ dokumente }) => dokumente)),
    },
    files: parts.flatMap(({ files }) => files),
  };
}

function vorgangOf(
  envelope: Envelope,
  rules: Ablage,
  fachdaten: readonly Fachdatenobjekt[],
  leistung: string,
): Omit<Vorgang, 'identifikation' | 'dokumente'> {
  const { aufbewahrung, betreffMaxLength: maxLength, omit } = rules;
  return {
    metadaten: {
      betreff: renderBetreff(rules.betreff, envelope, { leistung, maxLength, omit }),
      medium: 'elektronisch',
      ...(rules.federfuehrung ? { federfuehrung: rules.federfuehrung } : {}),
      ...(rules.aktenfuehrung ? { aktenfuehrung: rules.aktenfuehrung } : {}),
      ...(rules.vertraulichkeitsstufe ? { vertraulichkeitsstufe: rules.vertraulichkeitsstufe } : {}),
      aktenplaneinheit: {
        kennzeichen: rules.aktenplaneinheit,
        ...(rules.aktenplanBezeichnung ? { inhaltsangabe: rules.aktenplanBezeichnung } : {}),
      },
    },
    ...(aufbewahrung
      ? {
          archiv: {
            aufbewahrungsdauer: { jahre: aufbewahrung.years },
            ...(aufbewahrung.aussonderungsart ? { aussonderungsart: aufbewahrung.aussonderungsart } : {}),
          },
        }
      : {}),
    ...(rules.vorgangTyp ? { typ: rules.vorgangTyp } : {}),
    laufzeit: { beginn: new Date(envelope.submittedAt) },
    historie: [{ akteur: 'ozg-hub', at: new Date(envelope.acceptedAt), aktion: 'Antrag eingegangen' }],
    ...(rules.kontakt ? { kontakte: [applicantKontakt(envelope.applicant)] } : {}),
    ...(rules.fachdatenErweiterung ? { erweiterung: fachdatenErweiterung(fachdaten, envelope.vorgang) } : {}),
  };
}
