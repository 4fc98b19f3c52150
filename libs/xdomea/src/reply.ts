import { isId } from '@ozg-hub/core';
import type { Extraction, XmlPool } from '@ozg-hub/xml';
import { xdomeaErrors } from './errors.ts';
import { openPackage } from './package-reader.ts';
import { type RawRueckmeldung, type Rueckmeldung, rueckmeldungExtraction, rueckmeldungOf } from './rueckmeldung.ts';
import { type XdomeaVersion, type XdomeaVersionId, messageNames, versionNamedBy, xdomeaVersion } from './versions.ts';

interface ReplyKopf {
  /** The exchange that is answered, lower case. */
  readonly prozessId: string;
  /** As written by the DMS: `xs:dateTime`, with or without offset. */
  readonly createdAt: string;
  /** In which the DMS answers, whatever it was asked in. */
  readonly version: XdomeaVersionId;
}

/** 0629, or 0403 after a 0401: the message has arrived, nothing more. */
export interface Receipt extends ReplyKopf {
  readonly kind: 'receipt';
}

/** 0630, or 0402 after a 0401: what became of the objects. */
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
  /**
   * One per NummerImStapel, in order; empty where the DMS says nothing about single objects. The objects of a 0402 have
   * no number: they are counted, and told apart by `idSgo`.
   */
  readonly items: readonly ResultItem[];
}

export interface ResultItem {
  /** 1 where the DMS left it out. */
  readonly nummerImStapel: number;
  readonly successful: boolean;
  /** The DMS's own id of the object: a UUID in lower case, in 2.4 any text. */
  readonly idSgo?: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly codes: readonly Rueckmeldung[];
}

export type Reply = Receipt | Result;

export interface ReadReplyOptions {
  /** Taken where the document names no version, to say what is wrong with it; default 3.1.0. */
  readonly version?: string;
  /** Largest message, unpacked; default 10 MiB. */
  readonly maxBytes?: number;
}

/**
 * Reads a reply of a DMS in any supported version: the XML message, or a ZIP that contains it. Validates it against the
 * schema of its version.
 * @throws HUB_XDOMEA_MESSAGE for a message of another kind, HUB_XDOMEA_VERSION, HUB_XDOMEA_PACKAGE… for a bad ZIP,
 *   HUB_XML_… for bad XML; all of class `never`: set the file aside
 */
export async function readReply(pool: XmlPool, bytes: Uint8Array, options: ReadReplyOptions = {}): Promise<Reply> {
  const maxBytes = options.maxBytes ?? 10 * 1024 ** 2;
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const document = isZip ? await messageIn(bytes, maxBytes) : Uint8Array.from(bytes);
  const version = versionNamedBy(document) ?? xdomeaVersion(options.version ?? '3.1.0');
  const { value, rootName } = await pool.run({
    document,
    schema: version.schema,
    namespaces: { x: version.namespace },
    extract: extraction,
    maxBytes,
  });
  const raw = value as RawReply;
  const kopf = { prozessId: raw.prozessId.toLowerCase(), createdAt: raw.createdAt, version: version.id };
  const isA = (code: '0402' | '0403' | '0629' | '0630') =>
    rootName.local === messageNames[code] && raw.nachricht === code;
  if (isA('0629') || isA('0403')) return { kind: 'receipt', ...kopf };
  if (isA('0630')) return { kind: 'result', ...kopf, ...resultOf(raw, version) };
  if (isA('0402')) return { kind: 'result', ...kopf, ...handoverResultOf(raw) };
  throw xdomeaErrors.HUB_XDOMEA_MESSAGE({
    detail: 'The message is no 0629, 0630, 0402 or 0403, or its head says otherwise.',
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
    const named = documents.filter(({ name }) => /\.(0629|0630|0402|0403)\.xml$/i.test(name));
    const [only, ...others] = named.length > 0 ? named : documents;
    if (!only || others.length > 0) {
      throw xdomeaErrors.HUB_XDOMEA_MESSAGE({
        detail: 'The package does not contain exactly one reply.',
      });
    }
    return Uint8Array.from(await opened.read(only.name, maxBytes));
  } finally {
    opened.close();
  }
}

type Outcome = Pick<Result, 'outcome' | 'message' | 'messages' | 'items'>;

function resultOf(raw: RawReply, version: XdomeaVersion): Outcome {
  const messages = raw.messages.map((each) => rueckmeldungOf(each, version));
  const message = messages.find(({ kind }) => kind !== 'fine') ?? messages[0]!;
  const items = itemsOf(raw.items, version);
  const verdicts = [message.kind === 'fine', ...items.map(({ successful }) => successful)];
  const outcome = verdicts.every(Boolean) ? 'accepted' : verdicts.some(Boolean) ? 'partial' : 'rejected';
  // One object, refused: a general "fine" then only says that the message was processed.
  const refused = items.length > 0 && items.every(({ successful }) => !successful);
  return { outcome: refused ? 'rejected' : outcome, message, messages, items };
}

/** A 0402 has no codes: `fine` and `other` stand for what it says. */
function handoverResultOf({ verdicts }: RawReply): Outcome {
  const items = verdicts.map(({ successful, idSgo, texts }, index) => ({
    nummerImStapel: index + 1,
    successful,
    ...(idSgo === undefined ? {} : { idSgo: idOf(idSgo) }),
    parameters: [],
    codes: texts.map((text) => ({ kind: 'other' as const, list: 'Fehlermeldung', text })),
  }));
  const done = items.filter(({ successful }) => successful).length;
  const fine = { kind: 'fine' as const, list: 'Erfolgreich', text: 'Erfolgreich ausgeführt.' };
  const failed = { kind: 'other' as const, list: 'Erfolgreich', text: 'Nicht erfolgreich.' };
  const messages = done === items.length ? [fine] : [items.flatMap(({ codes }) => codes)[0] ?? failed];
  const outcome = done === items.length ? 'accepted' : done === 0 ? 'rejected' : 'partial';
  return { outcome, message: messages[0]!, messages, items };
}

/** UUIDs are compared without case, other ids as they are. */
const idOf = (id: string) => (isId(id.toLowerCase()) ? id.toLowerCase() : id);

/** A Rueckgabeparameter carries one parameter; a DMS that returns several repeats it with the same number. */
function itemsOf(raw: readonly RawItem[], version: XdomeaVersion): ResultItem[] {
  const byNumber = new Map<number, RawItem[]>();
  for (const item of raw) {
    const nummer = item.nummerImStapel ?? 1;
    byNumber.set(nummer, [...(byNumber.get(nummer) ?? []), item]);
  }
  return [...byNumber].map(([nummerImStapel, parts]) => {
    const idSgo = parts.find((part) => part.idSgo !== undefined)?.idSgo;
    return {
      nummerImStapel,
      successful: parts.every(({ successful }) => successful),
      ...(idSgo === undefined ? {} : { idSgo: idOf(idSgo) }),
      parameters: parts.flatMap(({ name, value }) => (name === undefined ? [] : [{ name, value: value ?? '' }])),
      codes: parts.flatMap(({ codes, hinweis }) => [
        ...codes.map((each) => rueckmeldungOf(each, version)),
        ...(hinweis === undefined ? [] : [{ kind: 'other' as const, list: 'Hinweis', text: hinweis }]),
      ]),
    };
  });
}

interface RawItem {
  readonly nummerImStapel?: number;
  readonly idSgo?: string;
  readonly name?: string;
  readonly value?: string;
  readonly successful: boolean;
  /** In 2.4, instead of codes. */
  readonly hinweis?: string;
  readonly codes: readonly RawRueckmeldung[];
}

interface RawReply {
  readonly prozessId: string;
  readonly nachricht: string;
  readonly createdAt: string;
  readonly messages: readonly RawRueckmeldung[];
  readonly items: readonly RawItem[];
  /** Of a 0402. */
  readonly verdicts: readonly { readonly successful: boolean; readonly idSgo?: string; readonly texts: string[] }[];
}

/** In 2.4 an empty element means true. */
const successful: Extraction = { xpath: 'x:Erfolgreich', as: 'boolean', default: '1' };

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
          successful,
          hinweis: { xpath: 'x:Hinweis', as: 'trimmed', optional: true },
          codes: { each: 'x:Rueckmeldung/*', item: rueckmeldungExtraction },
        },
      },
    },
    verdicts: {
      each: 'x:AbgegebenesObjekt | x:ErfolgOderMisserfolg[not(x:Rueckmeldung)]',
      item: {
        fields: {
          successful,
          idSgo: { xpath: 'x:IDSGO', as: 'trimmed', optional: true },
          texts: { each: 'x:Fehlermeldung', item: { xpath: '.', as: 'trimmed' } },
        },
      },
    },
  },
};
