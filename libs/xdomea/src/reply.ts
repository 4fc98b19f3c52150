import { isId } from '@ozg-hub/core';
import type { Extraction, XmlPool } from '@ozg-hub/xml';
import { xdomeaErrors } from './errors.ts';
import { openPackage } from './package-reader.ts';
import { type RawRueckmeldung, type Rueckmeldung, rueckmeldungExtraction, rueckmeldungOf } from './rueckmeldung.ts';
import { type XdomeaVersion, messageNames, xdomeaVersion } from './versions.ts';

interface ReplyKopf {
  /** The exchange that is answered, lower case. */
  readonly prozessId: string;
  /** As written by the DMS: `xs:dateTime`, with or without offset. */
  readonly createdAt: string;
  readonly version: string;
}

/** 0629: the message has arrived, nothing more. */
export interface Receipt extends ReplyKopf {
  readonly kind: 'receipt';
}

/** 0630: what became of the objects. */
export interface Result extends ReplyKopf {
  readonly kind: 'result';
  /**
   * `accepted` and `rejected` are said by the message and all its objects alike; `partial` is everything between, also
   * a DMS that contradicts itself: a person has to look.
   */
  readonly outcome: 'accepted' | 'rejected' | 'partial';
  /** The first message that is not "fine", or the first. */
  readonly message: Rueckmeldung;
  readonly messages: readonly Rueckmeldung[];
  /** One per NummerImStapel, in order; empty where the DMS says nothing about single objects. */
  readonly items: readonly ResultItem[];
}

export interface ResultItem {
  /** 1 where the DMS left it out. */
  readonly nummerImStapel: number;
  readonly successful: boolean;
  /** The DMS's own id of the object. */
  readonly idSgo?: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly codes: readonly Rueckmeldung[];
}

export type Reply = Receipt | Result;

export interface ReadReplyOptions {
  /** Default 3.1.0. */
  readonly version?: string;
  /** Largest message, unpacked; default 10 MiB. */
  readonly maxBytes?: number;
}

/**
 * Reads a reply of a DMS: the XML message, or a ZIP that contains it. Validates it against the schema.
 * @throws HUB_XDOMEA_MESSAGE for a message of another kind, HUB_XDOMEA_PACKAGE… for a bad ZIP, HUB_XML_… for bad XML;
 *   all of class `never`: set the file aside
 */
export async function readReply(pool: XmlPool, bytes: Uint8Array, options: ReadReplyOptions = {}): Promise<Reply> {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const maxBytes = options.maxBytes ?? 10 * 1024 ** 2;
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const { value, rootName } = await pool.run({
    document: isZip ? await messageIn(bytes, maxBytes) : Uint8Array.from(bytes),
    schema: version.schema,
    namespaces: { x: version.namespace },
    extract: extraction,
    maxBytes,
  });
  const raw = value as RawReply;
  const kopf = { prozessId: raw.prozessId.toLowerCase(), createdAt: raw.createdAt, version: version.id };
  if (rootName.local === messageNames['0629'] && raw.nachricht === '0629') return { kind: 'receipt', ...kopf };
  if (rootName.local === messageNames['0630'] && raw.nachricht === '0630') {
    return { kind: 'result', ...kopf, ...resultOf(raw, version) };
  }
  throw xdomeaErrors.HUB_XDOMEA_MESSAGE({
    detail: 'The message is neither a 0629 nor a 0630, or its head says otherwise.',
  });
}

/** Default names of the parameter that carries the Aktenzeichen; the standard names none. */
export const aktenzeichenNames: readonly string[] = ['Aktenzeichen', 'Kennzeichen', 'AZ', 'Geschaeftszeichen'];

/** The Aktenzeichen among an item's parameters: the first name of the list that has a value, ignoring case. */
export function aktenzeichenOf(item: ResultItem, names: readonly string[] = aktenzeichenNames): string | undefined {
  for (const name of names) {
    const found = item.parameters.find((each) => each.name.toLowerCase() === name.toLowerCase() && each.value !== '');
    if (found) return found.value;
  }
  return undefined;
}

/** The exchange named by a reply's file name, `<ProzessID>_…`; undefined where it does not begin with a UUID. */
export function prozessIdOfFileName(fileName: string): string | undefined {
  const start = fileName.slice(0, 36).toLowerCase();
  return isId(start) && fileName[36] === '_' ? start : undefined;
}

async function messageIn(zip: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const opened = await openPackage(zip, {
    maxEntries: 100,
    maxEntryBytes: maxBytes,
    maxTotalBytes: 4 * maxBytes,
    maxRatio: 1000,
  });
  try {
    const documents = opened.entries.filter(({ name }) => name.toLowerCase().endsWith('.xml'));
    const named = documents.filter(({ name }) => /\.06(29|30)\.xml$/i.test(name));
    const [only, ...others] = named.length > 0 ? named : documents;
    if (!only || others.length > 0) {
      throw xdomeaErrors.HUB_XDOMEA_MESSAGE({
        detail: 'The package does not contain exactly one message 0629 or 0630.',
      });
    }
    return Uint8Array.from(await opened.read(only.name, maxBytes));
  } finally {
    opened.close();
  }
}

function resultOf(raw: RawReply, version: XdomeaVersion): Pick<Result, 'outcome' | 'message' | 'messages' | 'items'> {
  const messages = raw.messages.map((each) => rueckmeldungOf(each, version));
  const message = messages.find(({ kind }) => kind !== 'fine') ?? messages[0]!;
  const items = itemsOf(raw.items, version);
  const verdicts = [message.kind === 'fine', ...items.map(({ successful }) => successful)];
  const outcome = verdicts.every(Boolean) ? 'accepted' : verdicts.some(Boolean) ? 'partial' : 'rejected';
  // One object, refused: a general "fine" then only says that the message was processed.
  const refused = items.length > 0 && items.every(({ successful }) => !successful);
  return { outcome: refused ? 'rejected' : outcome, message, messages, items };
}

/** A Rueckgabeparameter carries one parameter; a DMS that returns several repeats it with the same number. */
function itemsOf(raw: readonly RawItem[], version: XdomeaVersion): ResultItem[] {
  const byNumber = new Map<number, RawItem[]>();
  for (const item of raw) {
    const nummer = item.nummerImStapel ?? 1;
    byNumber.set(nummer, [...(byNumber.get(nummer) ?? []), item]);
  }
  return [...byNumber].map(([nummerImStapel, parts]) => {
    const idSgo = parts.find((part) => part.idSgo !== undefined)?.idSgo?.toLowerCase();
    return {
      nummerImStapel,
      successful: parts.every(({ successful }) => successful),
      ...(idSgo === undefined ? {} : { idSgo }),
      parameters: parts.flatMap(({ name, value }) => (name === undefined ? [] : [{ name, value: value ?? '' }])),
      codes: parts.flatMap(({ codes }) => codes.map((each) => rueckmeldungOf(each, version))),
    };
  });
}

interface RawItem {
  readonly nummerImStapel?: number;
  readonly idSgo?: string;
  readonly name?: string;
  readonly value?: string;
  readonly successful: boolean;
  readonly codes: readonly RawRueckmeldung[];
}

interface RawReply {
  readonly prozessId: string;
  readonly nachricht: string;
  readonly createdAt: string;
  readonly messages: readonly RawRueckmeldung[];
  readonly items: readonly RawItem[];
}

const extraction: Extraction = {
  at: '/*',
  fields: {
    prozessId: { xpath: 'x:Kopf/x:ProzessID', as: 'trimmed' },
    nachricht: { xpath: 'x:Kopf/x:Nachrichtentyp/code', as: 'trimmed' },
    createdAt: { xpath: 'x:Kopf/x:Erstellungszeitpunkt', as: 'trimmed' },
    messages: { each: 'x:ErfolgOderMisserfolg/x:Rueckmeldung/*', item: rueckmeldungExtraction },
    items: {
      each: 'x:ErfolgOderMisserfolg/x:Rueckgabeparameter',
      item: {
        fields: {
          nummerImStapel: { xpath: 'x:NummerImStapel', as: 'number', optional: true },
          idSgo: { xpath: 'x:IDSGO', as: 'trimmed', optional: true },
          name: { xpath: 'x:Parameter/x:AllgemeinerRueckgabeparameter/x:Name', as: 'trimmed', optional: true },
          value: { xpath: 'x:Parameter/x:AllgemeinerRueckgabeparameter/x:Wert', as: 'trimmed', optional: true },
          successful: { xpath: 'x:Erfolgreich', as: 'boolean' },
          codes: { each: 'x:Rueckmeldung/*', item: rueckmeldungExtraction },
        },
      },
    },
  },
};
