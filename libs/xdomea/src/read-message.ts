import type { Extraction, XmlPool } from '@ozg-hub/xml';
import { xdomeaErrors } from './errors.ts';
import type { MessageInventory } from './message-inventory.ts';
import { type XdomeaVersion, messageNames, versionNamedBy, xdomeaVersion } from './versions.ts';

/** A message of any kind as a receiver sees it: what to answer, and what the process rules look at. */
export interface ReceivedMessage {
  readonly version: XdomeaVersion;
  /** Root element, e.g. `FVDaten.SGOAblegen.0605`. */
  readonly name: string;
  /** Of the head; empty where there is none. */
  readonly nachricht: string;
  /** Lower case; empty where there is none. */
  readonly prozessId: string;
  readonly createdAt: string;
  readonly receiptWanted: boolean;
  readonly objekte: readonly ReceivedObjekt[];
  readonly inventory: MessageInventory;
  /** Every code that says from which list it is. */
  readonly codes: readonly ReceivedCode[];
}

export interface ReceivedObjekt {
  /** 1 where the sender left it out. */
  readonly nummerImStapel: number;
  /** Of 0604 and 0605. */
  readonly fachverfahrenObjektId?: string;
  readonly idContainer?: string;
  /** Of 0601. */
  readonly idDokument?: string;
  /** Of 0607 and 0624. */
  readonly idSgo?: string;
  /** The sender's own ID of the object, where it hands one over. */
  readonly id?: string;
  readonly betreff?: string;
  /** Kennzeichen of the Aktenplaneinheit. */
  readonly aktenplan?: string;
}

export interface ReceivedCode {
  /** Name of the element. */
  readonly name: string;
  readonly listUri: string;
  readonly listVersion?: string;
  readonly code: string;
  readonly line?: number;
}

export interface ReadMessageOptions {
  /** Taken where the document names no version; default 3.1.0. */
  readonly version?: string;
  /** Default 16 MiB. */
  readonly maxBytes?: number;
  /** False reads what is there without validating it; default true. */
  readonly validate?: boolean;
}

/**
 * Reads a message of any kind and supported version and validates it against the schema of its version.
 * @throws HUB_XDOMEA_VERSION, HUB_XML_… for bad XML or a violation of the schema
 */
export async function readMessage(
  pool: XmlPool,
  bytes: Uint8Array,
  options: ReadMessageOptions = {},
): Promise<ReceivedMessage> {
  const version = versionNamedBy(bytes) ?? xdomeaVersion(options.version ?? '3.1.0');
  const { value, rootName } = await pool.run({
    document: Uint8Array.from(bytes),
    ...(options.validate !== false && { schema: version.schema }),
    namespaces: { x: version.namespace },
    extract: extraction,
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  });
  if (rootName.namespace !== version.namespace) {
    throw xdomeaErrors.HUB_XDOMEA_MESSAGE({ detail: 'The document is no message of xdomea.' });
  }
  return received(value as RawMessage, rootName.local, version);
}

/** As {@link readMessage}, for a 0605 only. @throws HUB_XDOMEA_MESSAGE for another message */
export async function readSgoAblegen(
  pool: XmlPool,
  bytes: Uint8Array,
  options: ReadMessageOptions = {},
): Promise<ReceivedMessage> {
  const message = await readMessage(pool, bytes, options);
  if (message.name === messageNames['0605'] && message.nachricht === '0605') return message;
  throw xdomeaErrors.HUB_XDOMEA_MESSAGE({ detail: 'The message is not a 0605, or its head says otherwise.' });
}

function received(raw: RawMessage, name: string, version: XdomeaVersion): ReceivedMessage {
  return {
    version,
    name,
    nachricht: raw.nachricht ?? '',
    prozessId: raw.prozessId?.toLowerCase() ?? '',
    createdAt: raw.createdAt ?? '',
    receiptWanted: raw.receiptWanted,
    objekte: raw.objekte.map(({ ablageort: _, line: _line, needsAblageort: _needs, nummerImStapel, ...objekt }) => ({
      ...objekt,
      nummerImStapel: nummerImStapel ?? 1,
    })),
    inventory: {
      generation: version.generation,
      ...(raw.knowsStapel && { stapel: raw.stapel, stapellaenge: raw.stapellaenge }),
      objekte: raw.objekte.map(({ line, nummerImStapel, ablageort, needsAblageort }) => ({
        line,
        nummerImStapel,
        ablageort,
        needsAblageort,
      })),
      ids: raw.ids,
      dateien: [...raw.dateien, ...raw.signaturen],
      container: raw.container.map(({ line, children }) => ({ line, nummern: children.map(({ nummer }) => nummer) })),
      leereElemente: raw.leereElemente,
    },
    codes: raw.codes,
  };
}

interface RawMessage {
  readonly prozessId?: string;
  readonly nachricht?: string;
  readonly createdAt?: string;
  readonly receiptWanted: boolean;
  readonly knowsStapel: boolean;
  readonly stapel: boolean;
  readonly stapellaenge?: number;
  readonly objekte: readonly (Omit<ReceivedObjekt, 'nummerImStapel'> & MessageInventory['objekte'][number])[];
  readonly ids: MessageInventory['ids'];
  readonly dateien: MessageInventory['dateien'];
  readonly signaturen: MessageInventory['dateien'];
  readonly container: readonly { readonly line: number; readonly children: readonly { readonly nummer?: string }[] }[];
  readonly leereElemente: MessageInventory['leereElemente'];
  readonly codes: readonly ReceivedCode[];
}

const text = (xpath: string): Extraction => ({ xpath, as: 'trimmed', optional: true });
const line: Extraction = { line: '.' };
const truth = (xpath: string): Extraction => ({ xpath: `${xpath} = '1' or ${xpath} = 'true'`, as: 'boolean' });
/** Numbers that are none are the schema's business. */
const number = (xpath: string): Extraction => ({
  xpath: `${xpath}[number(.) = number(.)]`,
  as: 'number',
  optional: true,
});

const extraction: Extraction = {
  at: '/*',
  fields: {
    prozessId: text('x:Kopf/x:ProzessID'),
    nachricht: text('x:Kopf/x:Nachrichtentyp/code'),
    createdAt: text('x:Kopf/x:Erstellungszeitpunkt'),
    receiptWanted: truth('x:Kopf/x:Empfangsbestaetigung'),
    knowsStapel: { xpath: 'boolean(x:Kopf/x:Stapel)', as: 'boolean' },
    stapel: truth('x:Kopf/x:Stapel'),
    stapellaenge: number('x:Kopf/x:Stapellaenge'),
    objekte: {
      each: '*[not(self::x:Kopf)]',
      item: {
        fields: {
          line,
          nummerImStapel: number('x:NummerImStapel'),
          needsAblageort: {
            xpath: 'boolean(self::x:SchriftgutobjektZumAblegen or self::x:DokumentZumAktualisieren)',
            as: 'boolean',
          },
          ablageort: text('x:Ablageort'),
          fachverfahrenObjektId: text('x:FachverfahrenObjektID'),
          idContainer: text('x:IDContainer'),
          idDokument: text('x:IDDokument'),
          idSgo: text('x:IDSGO'),
          id: text('(x:Schriftgutobjekt/* | x:Dokument | self::x:Schriftgutobjekt/*)/x:Identifikation/x:ID'),
          betreff: text(
            '(x:Schriftgutobjekt/* | x:Dokument | self::x:Schriftgutobjekt/*)/x:AllgemeineMetadaten/x:Betreff',
          ),
          aktenplan: text(
            '(x:Schriftgutobjekt/* | self::x:Schriftgutobjekt/*)/x:AllgemeineMetadaten/x:Aktenplaneinheit/x:Kennzeichen',
          ),
        },
      },
    },
    ids: { each: './/x:Identifikation/x:ID', item: { fields: { id: { xpath: '.', as: 'string' }, line } } },
    dateien: {
      each: './/x:Primaerdokument[x:Dateiname]',
      item: {
        fields: {
          dateiname: { xpath: 'x:Dateiname' },
          dateinameOriginal: { xpath: 'x:DateinameOriginal', optional: true },
          code: text('../x:Name/code'),
          sonstigerName: text('../x:SonstigerName'),
          line: { line: 'x:Dateiname' },
        },
      },
    },
    signaturen: { each: './/x:SignaturSiegelDatei', item: { fields: { dateiname: { xpath: '.' }, line } } },
    container: {
      each: './/x:Akte | .//x:Akteninhalt | .//x:Vorgang | .//x:Dokument | .//x:Anlage',
      item: {
        fields: {
          line,
          children: {
            each: 'x:Dokument | x:Vorgang | x:Teilakte | x:Teilvorgang | x:Anlage',
            item: { fields: { nummer: text('x:Identifikation/x:NummerImUebergeordnetenContainer') } },
          },
        },
      },
    },
    leereElemente: {
      each: ".//*[not(*)][normalize-space(.) = '']",
      item: { fields: { name: { xpath: 'local-name()' }, line } },
    },
    codes: {
      each: './/*[@listURI][code]',
      item: {
        fields: {
          name: { xpath: 'local-name()' },
          listUri: { xpath: '@listURI', as: 'string' },
          listVersion: text('@listVersionID'),
          code: { xpath: 'code', as: 'string' },
          line,
        },
      },
    },
  },
};
