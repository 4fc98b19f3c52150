import { join } from 'node:path';
import { type HostConfig, hostSettings, processEnvironment } from '@ozg-hub/runtime/settings';
import { type SchemaFinding, findSchemas, storeSchemas, supportedVersions } from '@ozg-hub/xdomea';
import {
  type SchemaCatalogue,
  type XmlPool,
  createXmlPool,
  loadCatalogue,
  loadImported,
  withOverrides,
} from '@ozg-hub/xml';

/** Where schemas are read from: the hub's own, and what was imported in their place. */
export interface SchemaFolders {
  readonly own: string;
  readonly imported: string;
}

export function schemaFolders(): SchemaFolders {
  const settings = hostSettings.pick({ HUB_SCHEMAS: true, HUB_DATA_DIR: true });
  const config = settings.parse(processEnvironment()) as Pick<HostConfig, 'HUB_SCHEMAS' | 'HUB_DATA_DIR'>;
  return { own: config.HUB_SCHEMAS, imported: join(config.HUB_DATA_DIR, 'schemas') };
}

export interface OpenSchemas {
  readonly pool: XmlPool;
  /** Ids of the schemas that are official. */
  readonly official: ReadonlySet<string>;
}

/** A pool for one command, with patience for large messages; the caller closes it. */
export async function openSchemas(folders: SchemaFolders): Promise<OpenSchemas> {
  const imported = await loadImported(folders.imported);
  const schemas = withOverrides(await loadCatalogue(folders.own), imported);
  return { pool: patientPool(schemas), official: new Set(Object.keys(imported.entries)) };
}

const patientPool = (schemas: SchemaCatalogue) =>
  createXmlPool({ workers: 1, schemas, timeoutMs: 120_000, memoryLimitMiB: 1024 });

export interface SchemaImport extends Omit<SchemaFinding, 'complete'> {
  readonly imported: readonly string[];
  /** Where they lie. */
  readonly folder: string;
}

/**
 * Takes official schemas out of a folder or ZIP, tries them and stores them.
 * @throws HUB_XML_SCHEMA_BROKEN where they cannot be used, HUB_XDOMEA_PACKAGE… for a ZIP that is none
 */
export async function importSchemas(source: string, { own, imported: folder }: SchemaFolders): Promise<SchemaImport> {
  const { complete, ...rest } = await findSchemas(source);
  if (complete.length > 0) await storeSchemas(folder, complete);
  const { pool } = await openSchemas({ own, imported: folder });
  try {
    for (const { version } of complete) await tryOut(pool, `xdomea/${version}`);
  } finally {
    await pool.close();
  }
  return { imported: complete.map(({ version }) => version), folder, ...rest };
}

/** A schema is compiled when it is first used; nothing follows it but a refusal. */
async function tryOut(pool: XmlPool, schema: string): Promise<void> {
  try {
    await pool.run({ document: Buffer.from('<nothing/>'), schema });
  } catch (error) {
    if ((error as { code?: string }).code !== 'HUB_XML_INVALID') throw error;
  }
}

function importText({ imported, incomplete, altered, unsupported, unknown, folder }: SchemaImport): string {
  const lines = [
    ...imported.map((version) => `imported     xdomea ${version}, every file as published`),
    ...incomplete.map(({ version, missing }) => `incomplete   xdomea ${version}: ${missing.join(', ')} is missing`),
    ...altered.map(({ name, version }) => `altered      ${name}${version ? ` of ${version}` : ''} is not as published`),
    ...unsupported.map((version) => `ignored      xdomea ${version} is not supported`),
    ...(unknown > 0 ? [`ignored      ${unknown} other schemas`] : []),
  ];
  const closing =
    imported.length === 0
      ? `Nothing was imported; supported are xdomea ${supportedVersions.join(', ')}.`
      : `Stored in ${folder}. A hub that runs validates against them from its next start.`;
  return [...lines, closing].join('\n');
}

/** Imports and prints what became of it; sets the exit code. */
export async function printImport(source: string, { json }: { json?: boolean }): Promise<void> {
  const result = await importSchemas(source, schemaFolders());
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : importText(result)}\n`);
  process.exitCode = result.imported.length > 0 && result.altered.length === 0 ? 0 : 1;
}

/** Prints which schemas the hub validates against. */
export async function printSchemas({ json }: { json?: boolean }): Promise<void> {
  const folders = schemaFolders();
  const official = (await loadImported(folders.imported)).entries;
  const all = Object.keys((await loadCatalogue(folders.own)).entries).map((id) => ({
    id,
    kind: id in official ? 'official' : id.startsWith('xdomea/') ? 'profile' : 'own',
  }));
  const text = all.map(({ id, kind }) => `${id.padEnd(16)} ${kind}`).join('\n');
  process.stdout.write(`${json ? JSON.stringify(all, null, 2) : text}\n`);
}
