import type { Store } from '@ozg-hub/store';
import type { z } from 'zod';
import { canonicalJson, contentHash } from './canonical.ts';
import type { DirectoryContent } from './content.ts';
import type { Finding } from './finding.ts';
import { type ReadFolder, contentOf, readFolder } from './folder.ts';
import type { Placeholders } from './placeholders.ts';
import { checkReferences } from './references.ts';
import { type BlueprintHash, SnapshotRepository } from './snapshot.repository.ts';

export interface CheckOptions {
  /** Schemas of target settings by kind; unset: settings are not checked. */
  readonly targetKinds?: Readonly<Record<string, z.ZodType>> | undefined;
  /** True where `targetKinds` is complete: an unknown kind is then an error, otherwise a warning. */
  readonly allKinds?: boolean | undefined;
  /** Schemas of settings of identity providers by kind; unset: they are not checked. */
  readonly identityKinds?: Readonly<Record<string, z.ZodType>> | undefined;
  /** Schema of mapping profiles; unset: only their ids are checked. */
  readonly profileSchema?: z.ZodType | undefined;
  /** Default: `data` only, with a stand-in for its value. */
  readonly placeholders?: Placeholders | undefined;
  /** Schema `directory`; unset: blueprints are not compared with what was accepted before. */
  readonly store?: Store | undefined;
}

/** All findings of a directory's folder, in the order of its files; nothing is stored. */
export async function checkDirectory(folder: string, options: CheckOptions = {}): Promise<readonly Finding[]> {
  return (await checkFolder(folder, options)).findings;
}

export interface CheckedFolder {
  readonly findings: readonly Finding[];
  readonly content: DirectoryContent;
  readonly blueprints: readonly BlueprintHash[];
}

/** {@link checkDirectory}, and what was read. */
export async function checkFolder(folder: string, options: CheckOptions): Promise<CheckedFolder> {
  const read = await readFolder(folder, options.profileSchema);
  const references = await checkReferences(read, {
    ...options,
    placeholders: options.placeholders ?? { data: '/data' },
  });
  const blueprints = read.blueprints.map(({ record }) => ({
    ref: `${record.id}@${record.version}`,
    sha256: contentHash(canonicalJson(record)),
  }));
  const altered = options.store ? await new SnapshotRepository(options.store).altered(blueprints) : [];
  const findings = [...read.findings, ...references, ...alteredBlueprints(read, altered), ...emptiness(read)];
  return {
    findings: findings.toSorted((one, other) => compare(one.file, other.file) || one.line - other.line),
    content: contentOf(read),
    blueprints,
  };
}

function alteredBlueprints({ blueprints }: ReadFolder, altered: readonly string[]): Finding[] {
  return blueprints
    .filter(({ record }) => altered.includes(`${record.id}@${record.version}`))
    .map(({ yaml, record }) =>
      yaml.finding(['version'], {
        severity: 'warning',
        message: `${record.id}@${record.version} was accepted before with other content`,
        fix: `keep it as it was and write version ${record.version + 1}; submissions accepted so far keep the old content`,
      }),
    );
}

function emptiness({ tenants, findings }: ReadFolder): Finding[] {
  if (tenants.length > 0 || findings.length > 0) return [];
  const message = 'there is no tenant: every application would be refused';
  return [{ severity: 'warning', file: 'tenants', line: 1, path: '', message, fix: 'add a file to tenants/' }];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
