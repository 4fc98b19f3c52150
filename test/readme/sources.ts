import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A source file of a package, loaded. */
export interface Source {
  /** Folder of the package, e.g. `libs/vault`, and the folder in its `src` where it lies in one. */
  readonly owner: string;
  /** Everything it exports, whatever the name. */
  readonly exports: readonly unknown[];
}

/** That file of every lib and service that has one, in `src` or a folder there, by owner. */
export async function sourcesNamed(name: string): Promise<Source[]> {
  const sources: Source[] = [];
  for (const group of ['libs', 'services']) {
    for (const folder of (await readdir(`${projectFolder}${group}`)).toSorted()) {
      const source = `${projectFolder}${group}/${folder}/src`;
      for (const place of ['', ...(await foldersIn(source))]) {
        const file = join(source, place, name);
        if (!existsSync(file)) continue;
        const loaded = (await import(file)) as Record<string, unknown>;
        sources.push({
          owner: [`${group}/${folder}`, place].filter(Boolean).join(', '),
          exports: Object.values(loaded),
        });
      }
    }
  }
  return sources;
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}
