import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A source file of a package, loaded. */
export interface Source {
  /** Folder of the package, e.g. `libs/vault`. */
  readonly owner: string;
  /** Everything it exports, whatever the name. */
  readonly exports: readonly unknown[];
}

/** That file of every lib and service that has one, by owner. */
export async function sourcesNamed(name: string): Promise<Source[]> {
  const sources: Source[] = [];
  for (const group of ['libs', 'services']) {
    for (const folder of (await readdir(`${projectFolder}${group}`)).toSorted()) {
      const file = `${projectFolder}${group}/${folder}/src/${name}`;
      if (!existsSync(file)) continue;
      const loaded = (await import(file)) as Record<string, unknown>;
      sources.push({ owner: `${group}/${folder}`, exports: Object.values(loaded) });
    }
  }
  return sources;
}
