import { createHash } from 'node:crypto';
import { type Blueprint, renderBetreff, withoutOmitted } from '@ozg-hub/directory';
import type { Envelope, SubmissionDocument } from '@ozg-hub/submission';
import {
  type Anlage,
  type Dokument,
  type Format,
  type Party,
  type SgoAblegen,
  behoerdenkennungOfAgs,
  dateiformatOf,
  primaryFileName,
} from '@ozg-hub/xdomea';
import { dmsErrors } from './errors.ts';
import { fachdatenErweiterung } from './fachdaten-erweiterung.mapper.ts';
import { fachdatenXml } from './fachdaten-xml.ts';
import { applicantKontakt } from './kontakt.mapper.ts';
import type { XdomeaDirectorySettings } from './xdomea-directory-settings.ts';

/** What messages say as the version of the sending system. */
const PRODUCT_VERSION = '0.1';

/** A file of the package: a document of the vault, or text made here. */
export type RecordFile = { readonly name: string; readonly mediaType: string } & (
  { readonly ref: string; readonly size: number } | { readonly text: string }
);

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
  readonly settings: XdomeaDirectorySettings;
  readonly createdAt: Date;
}

/**
 * An application as a new Vorgang by the filing rules of its blueprint (message 0605). The same envelope and exchange
 * give the same ids, so a package that is written again is the same one.
 * @throws HUB_DMS_NO_FILING_RULES
 */
export function toFilingRecord(envelope: Envelope, context: FilingContext): FilingRecord {
  const { blueprint, settings } = context;
  const rules = blueprint.ablage;
  if (!rules) throw dmsErrors.HUB_DMS_NO_FILING_RULES();
  const received = new Date(envelope.submittedAt);
  const fachdaten = withoutOmitted(envelope.fachdaten, rules.omit);
  const id = (what: string) => objectId(context.prozessId, what);

  const documentOf = (document: SubmissionDocument, nummer: number): Dokument => ({
    identifikation: { id: id(`document:${document.ref}`), nummer },
    metadaten: { betreff: document.title ?? document.fileName, medium: 'elektronisch' },
    posteingangsdatum: received,
    typ: rules.documentTypes[document.role] ?? document.role,
    versionen: [{ nummer: '1', formate: [formatOf(document, id(`file:${document.ref}`), received)] }],
  });

  const main = envelope.documents.filter(({ role }) => role === 'Antragsdokument');
  const others = envelope.documents.filter(({ role }) => role !== 'Antragsdokument');
  const xml = rules.fachdatenXml ? fachdatenXml(envelope, fachdaten) : undefined;
  const xmlName = primaryFileName(id('file:fachdaten'), 'Antragsdaten.xml');
  const xmlDocument: Dokument | undefined = xml
    ? {
        identifikation: { id: id('document:fachdaten') },
        metadaten: { betreff: 'Antragsdaten', medium: 'elektronisch' },
        posteingangsdatum: received,
        typ: 'Antragsdatensatz',
        versionen: [
          {
            nummer: '1',
            formate: [
              {
                ...dateiformatOf({ mediaType: 'application/xml' }),
                primaerdokument: {
                  dateiname: xmlName,
                  dateinameOriginal: 'Antragsdaten.xml',
                  ersteller: 'ozg-hub',
                  at: received,
                },
              },
            ],
          },
        ],
      }
    : undefined;

  const [first, ...further] = main;
  const anlagen: Anlage[] = others.map((document, index) => documentOf(document, index + 1));
  const top: Dokument[] = first
    ? [
        { ...documentOf(first, 1), ...(anlagen.length > 0 ? { anlagen } : {}) },
        ...further.map((document) => documentOf(document, 0)),
      ]
    : anlagen;
  const dokumente = [...top, ...(xmlDocument ? [xmlDocument] : [])].map((dokument, index) => ({
    ...dokument,
    identifikation: { ...dokument.identifikation, nummer: index + 1 },
  }));

  return {
    message: {
      prozessId: context.prozessId,
      createdAt: context.createdAt,
      sender: partyOf(settings.sender),
      receiver: partyOf(settings.receiver),
      sendingSystem: { instanzId: `ozg-hub/${envelope.tenant}`, produktname: 'ozg-hub', version: PRODUCT_VERSION },
      ...(settings.receivingSystem ? { receivingSystem: { instanzId: settings.receivingSystem } } : {}),
      receiptWanted: settings.receiptWanted,
      ...(settings.creator ? { creator: settings.creator } : {}),
      fachverfahrenObjektId: envelope.vorgang ?? envelope.submissionId,
      vorgang: {
        identifikation: { id: id('vorgang') },
        metadaten: {
          betreff: renderBetreff(rules.betreff, envelope, {
            leistung: blueprint.name,
            maxLength: rules.betreffMaxLength,
            omit: rules.omit,
          }),
          medium: 'elektronisch',
          ...(rules.federfuehrung ? { federfuehrung: rules.federfuehrung } : {}),
          ...(rules.aktenfuehrung ? { aktenfuehrung: rules.aktenfuehrung } : {}),
          aktenplaneinheit: {
            kennzeichen: rules.aktenplaneinheit,
            ...(rules.aktenplanBezeichnung ? { inhaltsangabe: rules.aktenplanBezeichnung } : {}),
          },
        },
        ...(rules.aufbewahrung ? { archiv: { aufbewahrungsdauer: { jahre: rules.aufbewahrung.years } } } : {}),
        ...(rules.vorgangTyp ? { typ: rules.vorgangTyp } : {}),
        laufzeit: { beginn: received },
        historie: [{ akteur: 'ozg-hub', at: new Date(envelope.acceptedAt), aktion: 'Antrag eingegangen' }],
        dokumente,
        ...(rules.kontakt ? { kontakte: [applicantKontakt(envelope.applicant)] } : {}),
        ...(rules.fachdatenErweiterung ? { erweiterung: fachdatenErweiterung(fachdaten, envelope.vorgang) } : {}),
      },
    },
    files: [
      ...envelope.documents.map((document) => ({
        name: primaryFileName(id(`file:${document.ref}`), document.fileName),
        mediaType: document.mediaType,
        ref: document.ref,
        size: document.size,
      })),
      ...(xml ? [{ name: xmlName, mediaType: 'application/xml', text: xml }] : []),
    ],
  };
}

function formatOf(document: SubmissionDocument, fileId: string, received: Date): Format {
  const pdfA = /^PDF\/A-(\w+)$/.exec(document.format ?? '')?.[1];
  const version = /^PDF (\d\.\d)$/.exec(document.format ?? '')?.[1];
  return {
    ...dateiformatOf({
      mediaType: document.mediaType,
      fileName: document.fileName,
      ...(pdfA ? { pdfA } : {}),
      ...(version ? { version } : {}),
    }),
    primaerdokument: {
      dateiname: primaryFileName(fileId, document.fileName),
      dateinameOriginal: document.fileName,
      ersteller: 'civento',
      at: received,
    },
  };
}

function partyOf({ name, organisationseinheit, ags, agsListVersion }: XdomeaDirectorySettings['sender']): Party {
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
