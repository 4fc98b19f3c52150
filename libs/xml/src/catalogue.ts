import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { xmlErrors } from './errors.ts';

/** Where a schema starts. */
export interface SchemaEntry {
  /** Path of the main file in {@link SchemaCatalogue.files}. */
  readonly file: string;
  /** Absolute URIs used as `schemaLocation` and the files they stand for. */
  readonly imports?: Readonly<Record<string, string>>;
}

/**
 * Every schema the hub may validate against, with the text of every file: read once, handed to the workers, which
 * open nothing themselves. What a schema imports has to be in `files` under the path its location resolves to.
 */
export interface SchemaCatalogue {
  readonly entries: Readonly<Record<string, SchemaEntry>>;
  /** Text of each file by its path, `/` separated, relative to the catalogue's folder. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Reads `catalog.json` of a folder and all `.xsd` files below the folders it names.
 * @throws HUB_XML_SCHEMA_BROKEN where a file is missing or the catalogue is not what it should be
 */
export async function loadCatalogue(folder: string): Promise<SchemaCatalogue> {
  const entries = await readEntries(folder);
  const folders = new Set(Object.values(entries).flatMap((entry) => foldersOf(entry)));
  const files: Record<string, string> = {};
  for (const each of folders) Object.assign(files, await readSchemaFiles(folder, each));
  for (const [id, entry] of Object.entries(entries)) {
    for (const file of [entry.file, ...Object.values(entry.imports ?? {})]) {
      if (files[file] === undefined) {
        throw xmlErrors.HUB_XML_SCHEMA_BROKEN({ detail: `Schema ${id} names ${file}, which is not there.` });
      }
    }
  }
  return { entries, files };
}

/** As {@link loadCatalogue}, for a folder into which schemas are imported: empty as long as none has been. */
export async function loadImported(folder: string): Promise<SchemaCatalogue> {
  return existsSync(join(folder, 'catalog.json')) ? loadCatalogue(folder) : { entries: {}, files: {} };
}

/** The catalogue with entries of another one in place of its own, e.g. official schemas for the hub's profiles. */
export function withOverrides(catalogue: SchemaCatalogue, overrides: SchemaCatalogue): SchemaCatalogue {
  const moved = (path: string) => `overrides/${path}`;
  const entries = Object.entries(overrides.entries).map(([id, { file, imports }]): [string, SchemaEntry] => [
    id,
    {
      file: moved(file),
      ...(imports && { imports: Object.fromEntries(Object.entries(imports).map(([uri, path]) => [uri, moved(path)])) }),
    },
  ]);
  const files = Object.entries(overrides.files).map(([path, text]): [string, string] => [moved(path), text]);
  return {
    entries: { ...catalogue.entries, ...Object.fromEntries(entries) },
    files: { ...catalogue.files, ...Object.fromEntries(files) },
  };
}

async function readEntries(folder: string): Promise<Record<string, SchemaEntry>> {
  const file = join(folder, 'catalog.json');
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw xmlErrors.HUB_XML_SCHEMA_BROKEN({ detail: `${file} cannot be read as JSON.`, cause });
  }
  if (typeof parsed !== 'object' || parsed === null) {
    throw xmlErrors.HUB_XML_SCHEMA_BROKEN({ detail: `${file} is not an object.` });
  }
  for (const [id, entry] of Object.entries(parsed)) {
    if (typeof entry?.file !== 'string' || entry.file.split('/').includes('..')) {
      throw xmlErrors.HUB_XML_SCHEMA_BROKEN({ detail: `${file}: entry ${id} names no file below the folder.` });
    }
  }
  return parsed as Record<string, SchemaEntry>;
}

function foldersOf({ file, imports }: SchemaEntry): string[] {
  return [file, ...Object.values(imports ?? {})].map((each) => posix.dirname(each));
}

async function readSchemaFiles(folder: string, below: string): Promise<Record<string, string>> {
  const names = await readdir(join(folder, below), { recursive: true }).catch((cause: unknown) => {
    throw xmlErrors.HUB_XML_SCHEMA_BROKEN({ detail: `The schema folder ${below} is not there.`, cause });
  });
  const schemas = names.map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.xsd'));
  const texts = await Promise.all(schemas.map((name) => readFile(join(folder, below, name), 'utf8')));
  return Object.fromEntries(schemas.map((name, index) => [posix.join(below, name), texts[index] ?? '']));
}
