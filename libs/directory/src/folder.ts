import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type BlueprintRecord, type Bundle, blueprintRecord, bundle } from './blueprint.ts';
import type { DirectoryContent } from './content.ts';
import type { Finding } from './finding.ts';
import { type IdentityContent, type IdentityFile, type IdentityProviderEntry, identityFile } from './identity.ts';
import { type MappingProfile, type Source, mappingProfile, sourcesFile } from './source.ts';
import { type Tenant, tenant } from './tenant.ts';
import { YamlFile } from './yaml-file.ts';

const LARGEST_FILE = 8 * 1024 * 1024;
const LARGEST_METADATA = 256 * 1024;

/** What was read from one file, with the file for the line numbers of later findings. */
export interface Entry<T> {
  readonly yaml: YamlFile;
  readonly record: T;
}

/** The folder as read: only entries that are right by themselves; references between them are not checked yet. */
export interface ReadFolder {
  readonly tenants: readonly Entry<Tenant>[];
  readonly blueprints: readonly Entry<BlueprintRecord>[];
  readonly bundles: readonly Entry<Bundle>[];
  readonly profiles: readonly Entry<MappingProfile>[];
  readonly sources: readonly Entry<Source>[];
  readonly identity: (Entry<IdentityFile> & { readonly content: IdentityContent }) | undefined;
  /** Names of the files, without `.yaml`, that are there but wrong by themselves: `blueprints/hund-anmelden@1`. */
  readonly wrong: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/** Reads every file of the directory's folder and checks each by its schema. */
export async function readFolder(folder: string, profileSchema?: z.ZodType): Promise<ReadFolder> {
  const findings: Finding[] = [];
  const wrong = new Set<string>();
  const outside = (file: string, message: string, fix: string) =>
    findings.push({ severity: 'error', file, line: 1, path: '', message, fix });

  const known = ['tenants', 'blueprints', 'bundles', 'profiles', 'identity'];
  const single = ['sources.yaml', 'identity.yaml'];
  const top = await list(folder);
  if (!top) {
    outside(
      '.',
      'the folder of the directory does not exist',
      'set HUB_DIRECTORY to the folder with tenants/ and blueprints/',
    );
  }
  for (const { name, isFolder } of top ?? []) {
    if (isFolder ? !known.includes(name) : /\.ya?ml$/.test(name) && !single.includes(name)) {
      outside(name, 'is not part of a directory and would not be read', `move it to ${known.join(', ')} or away`);
    }
  }

  const read = async <T>(part: string, schema: z.ZodType<T>, nameOf: (record: T) => string): Promise<Entry<T>[]> => {
    const entries: Entry<T>[] = [];
    for (const { name, isFolder } of (await list(join(folder, part))) ?? []) {
      const file = `${part}/${name}`;
      if (isFolder || name.endsWith('.yml')) {
        outside(file, 'would not be read', isFolder ? `move its files up to ${part}/` : 'name it .yaml');
      }
      if (isFolder || !name.endsWith('.yaml')) continue;
      const yaml = await open(folder, file, outside);
      const record = yaml && take(yaml, schema, findings);
      if (!yaml || record === undefined) {
        wrong.add(file.slice(0, -'.yaml'.length));
        continue;
      }
      if (`${nameOf(record)}.yaml` !== name) {
        findings.push(
          yaml.finding([], {
            message: `the file does not bear the name of its content`,
            fix: `name it ${nameOf(record)}.yaml`,
          }),
        );
      }
      entries.push({ yaml, record });
    }
    return entries;
  };

  const tenants = await read('tenants', tenant, ({ slug }) => slug);
  const blueprints = await read('blueprints', blueprintRecord, ({ id, version }) => `${id}@${version}`);
  const bundles = await read('bundles', bundle, ({ id }) => id);
  const profiles = await read('profiles', mappingProfile, ({ id }) => id);
  if (profileSchema) {
    for (const { yaml, record } of profiles) findings.push(...yaml.check(profileSchema, record).findings);
  }
  const sources: Entry<Source>[] = [];
  if (top?.some(({ name }) => name === 'sources.yaml')) {
    const yaml = await open(folder, 'sources.yaml', outside);
    for (const record of (yaml && take(yaml, sourcesFile, findings))?.sources ?? [])
      sources.push({ yaml: yaml!, record });
  }
  const yaml = top?.some(({ name }) => name === 'identity.yaml')
    ? await open(folder, 'identity.yaml', outside)
    : undefined;
  const written = yaml && take(yaml, identityFile, findings);
  const identity = written && { yaml, record: written, content: await withMetadata(folder, yaml, written, findings) };
  return { tenants, blueprints, bundles, profiles, sources, identity, wrong, findings };
}

/** The identity providers of a folder as written, `metadataXml` empty where there is no file yet; for who writes that file. */
export async function identityProvidersOf(folder: string): Promise<readonly IdentityProviderEntry[]> {
  return (await readFolder(folder)).identity?.content.providers ?? [];
}

export function contentOf(read: ReadFolder): DirectoryContent {
  const sorted = <T>(entries: readonly Entry<T>[], key: (record: T) => string) =>
    entries.map(({ record }) => record).toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  return {
    format: 1,
    tenants: sorted(read.tenants, ({ slug }) => slug),
    blueprints: sorted(read.blueprints, ({ id, version }) => `${id}@${String(version).padStart(6, '0')}`),
    bundles: sorted(read.bundles, ({ id }) => id),
    profiles: sorted(read.profiles, ({ id }) => id),
    sources: sorted(read.sources, ({ id }) => id),
    ...(read.identity && { identity: read.identity.content }),
  };
}

/** Each provider with the text of its metadata, so that every process has it by the snapshot alone. */
async function withMetadata(
  folder: string,
  yaml: YamlFile,
  { providers, clients }: IdentityFile,
  findings: Finding[],
): Promise<IdentityContent> {
  const read = providers.map(async (provider, index) => {
    const bytes = await readFile(join(folder, 'identity', provider.metadata)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (!bytes || bytes.length > LARGEST_METADATA) {
      const message = bytes
        ? `the file is larger than ${LARGEST_METADATA} bytes`
        : 'there is no such file in identity/';
      const fix = 'write it there by `ozg-hub identity import`';
      findings.push(yaml.finding(['providers', index, 'metadata'], { message, fix }));
    }
    return { ...provider, metadataXml: bytes && bytes.length <= LARGEST_METADATA ? bytes.toString('utf8') : '' };
  });
  return { providers: await Promise.all(read), clients };
}

async function list(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const visible = names.filter((name) => !name.startsWith('.')).toSorted();
  return Promise.all(visible.map(async (name) => ({ name, isFolder: (await stat(join(folder, name))).isDirectory() })));
}

async function open(
  folder: string,
  file: string,
  outside: (file: string, message: string, fix: string) => void,
): Promise<YamlFile | undefined> {
  const bytes = await readFile(join(folder, file));
  if (bytes.length > LARGEST_FILE) {
    outside(file, `is larger than ${LARGEST_FILE} bytes`, 'split it');
    return undefined;
  }
  try {
    return new YamlFile(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    outside(file, 'is not UTF-8', 'save it as UTF-8');
    return undefined;
  }
}

function take<T>(yaml: YamlFile, schema: z.ZodType<T>, findings: Finding[]): T | undefined {
  const read = yaml.read();
  findings.push(...read.findings);
  if (read.value === undefined) return undefined;
  const checked = yaml.check(schema, read.value);
  findings.push(...checked.findings);
  return checked.value;
}
