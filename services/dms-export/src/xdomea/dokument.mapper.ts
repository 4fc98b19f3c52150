import type { Ablage } from '@ozg-hub/directory';
import type { SubmissionDocument } from '@ozg-hub/submission';
import {
  type Anlage,
  type CalendarDate,
  type Dateiformat,
  type Dokument,
  type Format,
  dateiformatOf,
  primaryFileName,
} from '@ozg-hub/xdomea';

/** A file of the package: a document of the vault, or text made here. */
export type RecordFile = { readonly name: string; readonly mediaType: string } & (
  { readonly ref: string; readonly size: number } | { readonly text: string }
);

/** What the documents of one Vorgang have in common. */
export interface DokumentContext {
  readonly rules: Pick<Ablage, 'documentTypes'>;
  readonly received: Date;
  /** The day of that in Hessen. */
  readonly receivedOn: CalendarDate;
  /** True: written on that day by the authority, not received. */
  readonly isNotice: boolean;
  /** The UUID of an object of this exchange, always the same for the same name. */
  readonly id: (what: string) => string;
}

/** Documents that carry the Fachdaten: one per submission. */
const FACHDATEN = { fileName: 'Antragsdaten.xml', mediaType: 'application/xml' } as const;

/**
 * The documents of a Vorgang: the Antragsdokument with the others as its Anlagen, or, where there is none, all beside
 * each other; then the Fachdaten. Numbered from 1 within each container.
 */
export function dokumenteOf(
  documents: readonly SubmissionDocument[],
  fachdatenXml: string | undefined,
  context: DokumentContext,
): Dokument[] {
  const all = documents.map((document) => ({ document, dokument: dokumentOf(document, context) }));
  const main = all.filter(({ document }) => document.role === 'Antragsdokument').map(({ dokument }) => dokument);
  const others = all.filter(({ document }) => document.role !== 'Antragsdokument').map(({ dokument }) => dokument);
  const [first, ...further] = main;
  const top = first ? [withAnlagen(first, others), ...further] : others;
  return numbered([...top, ...(fachdatenXml === undefined ? [] : [fachdatenDokument(context)])]);
}

/** The files that {@link dokumenteOf} names. */
export function filesOf(
  documents: readonly SubmissionDocument[],
  fachdatenXml: string | undefined,
  { id }: DokumentContext,
): RecordFile[] {
  const { fileName, mediaType } = FACHDATEN;
  return [
    ...documents.map((document) => fileOf(document, id)),
    ...(fachdatenXml === undefined
      ? []
      : [{ name: primaryFileName(id('file:fachdaten'), fileName), mediaType, text: fachdatenXml }]),
  ];
}

function fileOf(document: SubmissionDocument, id: DokumentContext['id']): RecordFile {
  const { ref, mediaType, size } = document;
  return { name: storedName(document, id), mediaType, ref, size };
}

function storedName(document: SubmissionDocument, id: DokumentContext['id']): string {
  return primaryFileName(id(`file:${document.ref}`), document.fileName, contentOf(document).code);
}

export function dokumentOf(
  document: SubmissionDocument,
  { rules, received, receivedOn, isNotice, id }: DokumentContext,
): Dokument {
  return {
    identifikation: { id: id(`document:${document.ref}`) },
    metadaten: { betreff: document.title ?? document.fileName, medium: 'elektronisch' },
    ...(isNotice ? { datumDesSchreibens: receivedOn } : { posteingangsdatum: receivedOn }),
    typ: rules.documentTypes[document.role] ?? document.role,
    versionen: [{ nummer: '1', formate: [formatOf(document, { id, received, isNotice })] }],
  };
}

export function fachdatenDokument({ received, receivedOn, id }: DokumentContext): Dokument {
  const dateiname = primaryFileName(id('file:fachdaten'), FACHDATEN.fileName);
  const primaerdokument = { dateiname, dateinameOriginal: FACHDATEN.fileName, ersteller: 'ozg-hub', at: received };
  const format: Format = { ...dateiformatOf({ mediaType: FACHDATEN.mediaType }), primaerdokument };
  return {
    identifikation: { id: id('document:fachdaten') },
    metadaten: { betreff: 'Antragsdaten', medium: 'elektronisch' },
    posteingangsdatum: receivedOn,
    typ: 'Antragsdatensatz',
    versionen: [{ nummer: '1', formate: [format] }],
  };
}

function withAnlagen(dokument: Dokument, others: readonly Dokument[]): Dokument {
  if (others.length === 0) return dokument;
  const anlagen: Anlage[] = numbered(others).map((other, index) => ({ ...other, anlagennummer: String(index + 1) }));
  return { ...dokument, anlagen };
}

/** Numbers the documents of a container from 1. */
export function numbered(dokumente: readonly Dokument[]): Dokument[] {
  return dokumente.map((dokument, index) => ({
    ...dokument,
    identifikation: { ...dokument.identifikation, nummer: index + 1 },
  }));
}

function formatOf(
  document: SubmissionDocument,
  { id, received, isNotice }: Pick<DokumentContext, 'id' | 'received' | 'isNotice'>,
): Format {
  const dateiname = storedName(document, id);
  const ersteller = isNotice ? 'ozg-hub' : 'civento';
  const primaerdokument = { dateiname, dateinameOriginal: document.fileName, ersteller, at: received };
  return { ...contentOf(document), primaerdokument };
}

function contentOf({ mediaType, fileName, format = '' }: SubmissionDocument): Dateiformat {
  const pdfA = /^PDF\/A-(\w+)$/.exec(format)?.[1];
  const version = /^PDF (\d\.\d)$/.exec(format)?.[1];
  return dateiformatOf({ mediaType, fileName, ...(pdfA ? { pdfA } : {}), ...(version ? { version } : {}) });
}
