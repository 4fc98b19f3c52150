import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SchemaCatalogue, loadCatalogue } from '@ozg-hub/xml';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** For tests: the schemas of ISO 20022, which are not part of the project; may be missing. */
export const standardFolder = join(root, '../shared/standards/iso20022');
export const hasStandard = existsSync(standardFolder);

/** For tests: the profiles, and the official schemas as `official/camt.053` and `official/camt.054` where they are. */
export async function sampleSchemas(): Promise<SchemaCatalogue> {
  const profiles = await loadCatalogue(join(root, 'schemas'));
  if (!hasStandard) return profiles;
  const names = ['camt.053', 'camt.054'];
  const texts = await Promise.all(names.map((name) => readFile(join(standardFolder, `${name}.001.08.xsd`), 'utf8')));
  const official = names.map((name) => [`official/${name}`, { file: `official/${name}.xsd` }] as const);
  return {
    entries: { ...profiles.entries, ...Object.fromEntries(official) },
    files: {
      ...profiles.files,
      ...Object.fromEntries(official.map(([, { file }], at) => [file, texts[at] ?? ''])),
    },
  };
}
