import { createHash } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SchemaCatalogue } from '@ozg-hub/xml';
import { knownSchemaFiles } from './known-schema-files.ts';
import { openPackage } from './package-reader.ts';
import { type XdomeaVersionId, supportedVersions, xdomeaVersion } from './versions.ts';

const MAX_FILE_BYTES = 4 * 1024 ** 2;
const MAX_FILES = 5_000;

/** What a folder or ZIP has of the official schemas. */
export interface SchemaFinding {
  /** Versions that are there in full, every file with the hash that is known, and their files. */
  readonly complete: readonly { readonly version: XdomeaVersionId; readonly files: ReadonlyMap<string, string> }[];
  /** Versions of which some files are there; the names of the others. */
  readonly incomplete: readonly { readonly version: XdomeaVersionId; readonly missing: readonly string[] }[];
  /** Files that bear the name of an official file and are none. `version` as the file says. */
  readonly altered: readonly { readonly name: string; readonly version: string | undefined }[];
  /** Other versions of the standard that the files belong to. */
  readonly unsupported: readonly string[];
  /** Schemas that no supported version has. */
  readonly unknown: number;
}

/**
 * Looks for official schemas in a folder, with all folders below it, or in a ZIP: names and hashes decide, see
 * {@link knownSchemaFiles}.
 * @throws HUB_XDOMEA_PACKAGE… for a ZIP that is none or too large
 */
export async function findSchemas(source: string): Promise<SchemaFinding> {
  const texts = (await stat(source)).isDirectory() ? textsOfFolder(source) : textsOfZip(source);
  const found = new Map(supportedVersions.map((version) => [version, new Map<string, string>()]));
  const altered: { name: string; version: string | undefined }[] = [];
  const unsupported = new Set<string>();
  let unknown = 0;
  for await (const { name, text } of texts) {
    const reduced = reduce(text);
    const sha256 = createHash('sha256').update(reduced).digest('hex');
    const named = supportedVersions.filter((version) => knownSchemaFiles[version].has(name));
    const matching = named.filter((version) => knownSchemaFiles[version].get(name) === sha256);
    for (const version of matching) found.get(version)!.set(name, reduced);
    if (matching.length > 0) continue;
    const version = /targetNamespace="urn:xoev-de:xdomea:schema:([\d.]+)"/.exec(reduced)?.[1];
    if (version !== undefined && !supportedVersions.some((each) => each === version)) unsupported.add(version);
    else if (named.length > 0 && version !== undefined) altered.push({ name, version });
    else unknown += 1;
  }
  const versions = [...found].map(([version, files]) => {
    const missing = [...knownSchemaFiles[version].keys()].filter((name) => !files.has(name));
    // Files that several versions share say nothing about which one is meant.
    const own = [...files.values()].some((text) => text.includes(xdomeaVersion(version).namespace));
    return { version, files, missing, own };
  });
  return {
    complete: versions.filter(({ missing }) => missing.length === 0).map(({ version, files }) => ({ version, files })),
    incomplete: versions
      .filter(({ missing, own }) => own && missing.length > 0)
      .map(({ version, missing }) => ({ version, missing })),
    altered,
    unsupported: [...unsupported].toSorted(),
    unknown,
  };
}

/**
 * Stores versions that are complete as a catalogue of its own in a folder, in place of what it had of the same versions
 * and beside what it had of others. Read at the next start: a hub that runs keeps the schemas that it began with.
 */
export async function storeSchemas(folder: string, complete: SchemaFinding['complete']): Promise<void> {
  await mkdir(folder, { recursive: true });
  const catalogue = JSON.parse(await readFile(join(folder, 'catalog.json'), 'utf8').catch(() => '{}')) as object;
  const entries: Record<string, unknown> = { ...catalogue };
  for (const { version, files } of complete) {
    const target = join(folder, 'xdomea', version);
    const fresh = `${target}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    for (const [name, text] of filesOf(version, files)) await writeFile(join(fresh, name), text, { flush: true });
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
    entries[xdomeaVersion(version).schema] = { file: `xdomea/${version}/${ENTRY}` };
  }
  const temporary = join(folder, '.catalog.json.new');
  await writeFile(temporary, `${JSON.stringify(entries, null, 2)}\n`, { flush: true });
  await rename(temporary, join(folder, 'catalog.json'));
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** The catalogue that {@link storeSchemas} would store, without storing it. */
export function catalogueOf(complete: SchemaFinding['complete']): SchemaCatalogue {
  const files = complete.flatMap(({ version, files: own }) =>
    [...filesOf(version, own)].map(([name, text]) => [`xdomea/${version}/${name}`, text]),
  );
  const entries = complete.map(({ version }) => [
    xdomeaVersion(version).schema,
    { file: `xdomea/${version}/${ENTRY}` },
  ]);
  return { entries: Object.fromEntries(entries), files: Object.fromEntries(files) };
}

/** A file of ours that takes in all messages: not every version has an official one. */
const ENTRY = 'every-message.xsd';

function filesOf(version: XdomeaVersionId, files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const includes = [...files.keys()]
    .filter((name) => /^xdomea-Nachrichten-.*(Durchfuehren|Austauschen)\.xsd$/.test(name))
    .map((name) => `  <xs:include schemaLocation="${name}"/>\n`);
  const entry = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${xdomeaVersion(version).namespace}"
  elementFormDefault="qualified" attributeFormDefault="unqualified" version="${version}">
${includes.join('')}</xs:schema>
`;
  return new Map([...files, [ENTRY, entry]]);
}

/** What the hashes are taken of; all files of a version then lie in one folder and import nothing from elsewhere. */
function reduce(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/schemaLocation="[^"]*?([^"/\\]+)"/g, 'schemaLocation="$1"');
}

interface SchemaText {
  readonly name: string;
  readonly text: string;
}

async function* textsOfFolder(folder: string): AsyncGenerator<SchemaText> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.toLowerCase().endsWith('.xsd'));
  for (const name of names.slice(0, MAX_FILES)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size <= MAX_FILE_BYTES) yield { name: basename(name), text: await readFile(path, 'utf8') };
  }
}

async function* textsOfZip(path: string): AsyncGenerator<SchemaText> {
  const limits = { maxEntries: MAX_FILES, maxEntryBytes: 1024 ** 3, maxTotalBytes: 2 * 1024 ** 3, maxRatio: 1000 };
  const opened = await openPackage(path, limits, 'folders');
  try {
    for (const { name, size } of opened.entries) {
      if (!name.toLowerCase().endsWith('.xsd') || size > MAX_FILE_BYTES) continue;
      const bytes = await opened.read(name, MAX_FILE_BYTES);
      yield { name: basename(name), text: bytes.toString('utf8') };
    }
  } finally {
    opened.close();
  }
}
