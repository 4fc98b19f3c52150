import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SchemaCatalogue, loadCatalogue } from '@ozg-hub/xml';
import { catalogueOf, findSchemas } from './schema-import.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** For tests: facts about the standard that are not part of the project; may be missing. */
export const standardFolder = join(root, '../shared/standards/xdomea');
export const hasStandard = existsSync(join(standardFolder, 'xsd'));

/** For tests: the profiles as `xdomea/<version>`, and the official schemas as `official/<version>` where they are. */
export async function sampleSchemas(): Promise<SchemaCatalogue> {
  const profiles = await loadCatalogue(join(root, 'schemas'));
  if (!hasStandard) return profiles;
  const official = catalogueOf((await findSchemas(join(standardFolder, 'xsd'))).complete);
  const moved = (text: string) => text.replace('xdomea/', 'official/');
  return {
    entries: {
      ...profiles.entries,
      ...Object.fromEntries(
        Object.entries(official.entries).map(([id, { file }]) => [moved(id), { file: moved(file) }]),
      ),
    },
    files: {
      ...profiles.files,
      ...Object.fromEntries(Object.entries(official.files).map(([path, text]) => [moved(path), text])),
    },
  };
}
