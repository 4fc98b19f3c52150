import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';

/** A package as it lies with the DMS, read with nothing of the hub's. */
export interface TakenPackage {
  readonly dms: string;
  readonly file: string;
  readonly sha256: string;
  readonly prozessId: string | undefined;
  readonly fachverfahrenObjektId: string | undefined;
  /** Primary files by the name they had at the sender. */
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
  /** All XML of the package, to look for texts in. */
  readonly xml: string;
  /** Why it cannot be read. */
  readonly broken?: string;
  /** Place in the ledger of its DMS, from 0; -1 where it is not in it. */
  readonly order: number;
  /** When the DMS recorded it. */
  readonly at: string | undefined;
  /** What the DMS refused it with. */
  readonly refusal: string | undefined;
}

/** What a DMS holds: its packages, and what its ledger says that the packages do not bear out. */
export interface Taken {
  readonly packages: readonly TakenPackage[];
  readonly contradictions: readonly string[];
}

interface LedgerLine {
  readonly storedAs: string;
  readonly prozessId: string | null;
  readonly fachverfahrenObjektId: string | null;
  readonly sha256: string;
  readonly at: string;
  readonly refusal?: string;
  readonly problem?: string;
}

/** Reads the folder into which a DMS put what it took, `ledger.jsonl` included. */
export function readTaken(dms: string, folder: string): Taken {
  const path = join(folder, 'ledger.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const ledger = new Map<string, LedgerLine>();
  const contradictions: string[] = [];
  const order = new Map<string, number>();
  for (const line of lines.map((text) => JSON.parse(text) as LedgerLine)) {
    if (ledger.has(line.storedAs)) contradictions.push(`${dms}: the ledger names ${line.storedAs} twice`);
    ledger.set(line.storedAs, line);
    order.set(line.storedAs, order.get(line.storedAs) ?? order.size);
  }
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.zip')) : [];
  const packages = names
    .toSorted()
    .map((file) => ({ ...readPackage(dms, folder, file, ledger.get(file)), order: order.get(file) ?? -1 }));
  for (const taken of packages) {
    const line = ledger.get(taken.file);
    if (!line) contradictions.push(`${dms}: ${taken.file} is not in the ledger`);
    else if (line.sha256 !== taken.sha256)
      contradictions.push(`${dms}: ${taken.file} is not the package of the ledger`);
    ledger.delete(taken.file);
  }
  for (const name of ledger.keys()) contradictions.push(`${dms}: ${name} of the ledger is not there`);
  return { packages, contradictions };
}

function readPackage(
  dms: string,
  folder: string,
  file: string,
  line: LedgerLine | undefined,
): Omit<TakenPackage, 'order'> {
  const bytes = readFileSync(join(folder, file));
  const known = {
    dms,
    file,
    sha256: sha256(bytes),
    at: line?.at,
    refusal: line?.refusal && `${line.refusal} ${line.problem ?? ''}`.trim(),
  };
  try {
    return { ...known, ...readContents(unzip(bytes)) };
  } catch (error) {
    const broken = (error as Error).message;
    return { ...known, broken, prozessId: undefined, fachverfahrenObjektId: undefined, files: [], xml: '' };
  }
}

function readContents(entries: readonly { name: string; content: Buffer }[]) {
  const message = entries.find(({ name }) => name.endsWith('.xml') && name.includes('0605'));
  if (!message) throw new Error('there is no message 0605 in it');
  const xml = message.content.toString('utf8');
  const originals = new Map(
    [...xml.matchAll(/<(?:\w+:)?Dateiname>([^<]+)<\/[^>]+>\s*<(?:\w+:)?DateinameOriginal>([^<]+)</g)].map(
      ([, name, original]) => [unescaped(name!), unescaped(original!)],
    ),
  );
  const files = entries.filter((entry) => entry !== message);
  return {
    prozessId: only(xml, 'ProzessID'),
    fachverfahrenObjektId: only(xml, 'FachverfahrenObjektID'),
    files: files.map(({ name, content }) => ({
      name: originals.get(name) ?? `${name} (not named in the message)`,
      size: content.length,
      sha256: sha256(content),
    })),
    xml: [message, ...files.filter(({ name }) => name.endsWith('.xml'))]
      .map(({ content }) => content.toString('utf8'))
      .join('\n'),
  };
}

function only(xml: string, element: string): string {
  const found = [...xml.matchAll(new RegExp(`<(?:\\w+:)?${element}>([^<]*)<`, 'g'))].map(([, value]) => value!);
  if (found.length !== 1) throw new Error(`the message has ${found.length} times ${element}`);
  return unescaped(found[0]!);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? `&${name};`);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;

/** All entries of a ZIP file without ZIP64, sizes and checksums verified. */
function unzip(zip: Buffer): { name: string; content: Buffer }[] {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('it is no whole ZIP file');
  const entries: { name: string; content: Buffer }[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('its directory is damaged');
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, nameEnd);
    entries.push({ name, content: contentOf(zip, at, name) });
    at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

function contentOf(zip: Buffer, entry: number, name: string): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const local = zip.readUInt32LE(entry + 42);
  if (zip.readUInt32LE(local) !== LOCAL_HEADER) throw new Error(`${name} has no header`);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  const content = method === 8 ? inflateRawSync(packed) : packed;
  if (content.length !== zip.readUInt32LE(entry + 24) || crc32(content) !== zip.readUInt32LE(entry + 16)) {
    throw new Error(`${name} is not what its checksum says`);
  }
  return content;
}
