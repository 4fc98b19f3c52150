import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isHubError } from '@ozg-hub/core';
import { identityProvidersOf } from '@ozg-hub/directory';
import { loginErrors } from '@ozg-hub/identity-service';
import { type IdpMetadata, type MetadataChange, compareIdpMetadata, readIdpMetadata } from '@ozg-hub/saml';
import { readGivenFile } from './given-file.ts';

export interface ImportOptions {
  /** Of the directory. */
  readonly folder: string;
  /** HUB_IDENTITY_PUBLIC_URL: without https, providers may be without, too. */
  readonly publicUrl: string;
  /** Id in `identity.yaml`; default: the one that has this entityID. */
  readonly provider?: string | undefined;
  /** Only shows what would change. */
  readonly check?: boolean | undefined;
}

interface Place {
  readonly id: string;
  /** Path of the file in the directory. */
  readonly path: string;
  /** Undefined: there is none yet, or none that can be read. */
  readonly before: IdpMetadata | undefined;
}

export interface ImportedMetadata {
  readonly provider: string;
  readonly file: string;
  readonly written: boolean;
  readonly entityId: string;
  readonly address: string;
  readonly certificates: readonly {
    readonly fingerprint: string;
    readonly subject: string;
    readonly daysLeft: number;
    readonly key: string;
  }[];
  /** Undefined: there was none before. */
  readonly changes: readonly MetadataChange[] | undefined;
  readonly warnings: readonly string[];
}

/**
 * Puts metadata where `identity.yaml` expects them, whole or not at all.
 * @throws HUB_FILE_UNREADABLE, HUB_SAML_METADATA, HUB_IDENTITY_PROVIDER_UNKNOWN where it is not clear which provider it is
 */
export async function importMetadata(
  file: string,
  { folder, publicUrl, provider, check = false }: ImportOptions,
): Promise<ImportedMetadata> {
  const text = await readGivenFile(file);
  const options = { now: new Date(), local: !publicUrl.startsWith('https:') };
  const after = readIdpMetadata(text, options);
  const places = await readPlaces(folder, options);
  const place = places.find(({ id, before }) => (provider ? id === provider : before?.entityId === after.entityId));
  if (!place) throw unclear(provider, places);
  if (!check) {
    await mkdir(join(folder, 'identity'), { recursive: true });
    await writeFile(`${place.path}.new`, text);
    await rename(`${place.path}.new`, place.path);
  }
  return {
    provider: place.id,
    file: place.path,
    written: !check,
    entityId: after.entityId,
    address: after.postUrl,
    certificates: after.signingCertificates.map(({ fingerprint, subject, daysLeft, keyType, keyBits }) => ({
      fingerprint,
      subject,
      daysLeft,
      key: `${keyType} ${keyBits ?? ''}`.trim(),
    })),
    changes: place.before && compareIdpMetadata(place.before, after),
    warnings: after.warnings,
  };
}

export function describeImport(imported: ImportedMetadata): string {
  const { provider, file, written, entityId, address, certificates, changes, warnings } = imported;
  const lines = [
    `${provider}: ${entityId}, requests to ${address}`,
    ...certificates.map(({ subject, daysLeft, key, fingerprint }) =>
      [`  certificate ${subject}: ${daysLeft} days left, ${key}`, `    SHA-256 ${fingerprint}`].join('\n'),
    ),
    ...(changes === undefined ? ['There was none before.'] : describeChanges(changes)),
    ...warnings.map((warning) => `Warning: ${warning}`),
    written ? `Written to ${file}. Compare the fingerprints with what the provider publishes.` : 'Nothing was written.',
  ];
  return lines.join('\n');
}

function describeChanges(changes: readonly MetadataChange[]): string[] {
  if (changes.length === 0) return ['Nothing changes.'];
  return changes.map(({ what, before, after }) => {
    if (before === undefined) return `  + ${what} ${after}`;
    return after === undefined ? `  - ${what} ${before}` : `  ~ ${what} ${before} → ${after}`;
  });
}

async function readPlaces(folder: string, options: { now: Date; local: boolean }): Promise<Place[]> {
  const providers = await identityProvidersOf(folder);
  return providers.map(({ id, metadata, metadataXml }) => ({
    id,
    path: join(folder, 'identity', metadata),
    before: metadataXml === '' ? undefined : readBefore(metadataXml, options),
  }));
}

/** What is there already may no longer be usable; then it is replaced like nothing. */
function readBefore(text: string, options: { now: Date; local: boolean }): IdpMetadata | undefined {
  try {
    return readIdpMetadata(text, options);
  } catch (error) {
    if (isHubError(error)) return undefined;
    throw error;
  }
}

function unclear(provider: string | undefined, places: readonly Place[]) {
  const known = places.map(({ id }) => id).join(', ') || 'none';
  const detail = provider
    ? `identity.yaml has no provider of this id; there are ${known}.`
    : `No provider of identity.yaml has this entityID yet; say which one it is: --provider (${known}).`;
  return loginErrors.HUB_IDENTITY_PROVIDER_UNKNOWN({ detail });
}
