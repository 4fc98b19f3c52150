import { createHash } from 'node:crypto';
import { type Ablage, type Blueprint, renderBetreff, withoutOmitted } from '@ozg-hub/directory';
import type { Envelope, Fachdatenobjekt } from '@ozg-hub/submission';
import { type Kopf, type Party, type SgoAblegen, type Vorgang, behoerdenkennungOfAgs } from '@ozg-hub/xdomea';
import { type DokumentContext, type RecordFile, dokumenteOf, filesOf } from './dokument.mapper.ts';
import { dmsErrors } from '../errors.ts';
import { fachdatenErweiterung } from './fachdaten-erweiterung.mapper.ts';
import { fachdatenXml } from './fachdaten-xml.ts';
import { applicantKontakt } from './kontakt.mapper.ts';
import type { XdomeaSettings } from './xdomea-settings.ts';

/** What messages say as the version of the sending system. */
const PRODUCT_VERSION = '0.1';

/** What is filed: the message and the files that it names. */
export interface FilingRecord {
  readonly message: SgoAblegen;
  readonly files: readonly RecordFile[];
}

export interface FilingContext {
  /** ProzessID of the exchange. */
  readonly prozessId: string;
  /** The blueprint of the version that accepted the submission, with the tenant's overrides. */
  readonly blueprint: Blueprint;
  readonly settings: XdomeaSettings;
  readonly createdAt: Date;
}

/**
 * An application as a new Vorgang by the filing rules of its blueprint (message 0605). The same envelope and exchange
 * give the same ids, so a package that is written again is the same one.
 * @throws HUB_DMS_NO_FILING_RULES
 */
export function toFilingRecord(envelope: Envelope, context: FilingContext): FilingRecord {
  const { blueprint, prozessId } = context;
  const rules = blueprint.ablage;
  if (!rules) throw dmsErrors.HUB_DMS_NO_FILING_RULES();
  const fachdaten = withoutOmitted(envelope.fachdaten, rules.omit);
  const xml = rules.fachdatenXml ? fachdatenXml(envelope, fachdaten) : undefined;
  const dokumentContext: DokumentContext = {
    rules,
    received: new Date(envelope.submittedAt),
    id: (what) => objectId(prozessId, what),
  };
  const vorgang: Vorgang = {
    ...vorgangOf(envelope, rules, fachdaten, blueprint.name),
    identifikation: { id: objectId(prozessId, 'vorgang') },
    dokumente: dokumenteOf(envelope.documents, xml, dokumentContext),
  };
  const { settings } = context;
  return {
    message: {
      ...kopfOf(envelope, context),
      receiptWanted: settings.receiptWanted,
      ...(settings.creator ? { creator: settings.creator } : {}),
      fachverfahrenObjektId: envelope.vorgang ?? envelope.submissionId,
      vorgang,
    },
    files: filesOf(envelope.documents, xml, dokumentContext),
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

function kopfOf(envelope: Envelope, { prozessId, createdAt, settings }: FilingContext): Kopf {
  return {
    prozessId,
    createdAt,
    sender: partyOf(settings.sender),
    receiver: partyOf(settings.receiver),
    sendingSystem: { instanzId: `ozg-hub/${envelope.tenant}`, produktname: 'ozg-hub', version: PRODUCT_VERSION },
    ...(settings.receivingSystem ? { receivingSystem: { instanzId: settings.receivingSystem } } : {}),
  };
}

function partyOf({ name, organisationseinheit, ags, agsListVersion }: XdomeaSettings['sender']): Party {
  return {
    institution: { name },
    ...(organisationseinheit ? { organisationseinheit } : {}),
    ...(ags ? { behoerdenkennung: behoerdenkennungOfAgs(ags, agsListVersion) } : {}),
  };
}

/** A UUID (version 8, RFC 9562) that follows from exchange and object. */
function objectId(prozessId: string, what: string): string {
  const bytes = createHash('sha256').update(`${prozessId}\n${what}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
