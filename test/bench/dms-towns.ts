import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './hub.ts';

/** A municipality of the bench with one DMS. */
export interface Town {
  readonly slug: string;
  /** Organisation unit that its applications are for. */
  readonly unit: string;
  /** Kind and settings of its DMS, as in a directory's YAML. */
  readonly dms: { readonly kind: string; readonly settings: object };
}

export function town(number: number, slug: string, dms: Town['dms']): Town {
  return { slug, unit: `00.00.BEN.0000000${number}`, dms };
}

/** A DMS that takes packages out of a directory. */
export function directoryDms(folder: string): Town['dms'] {
  return {
    kind: 'xdomea',
    settings: {
      ...parties,
      handOver: { by: 'directory', inbox: join(folder, 'inbox'), createDirectories: true },
      replies: { by: 'directory', folder: join(folder, 'replies'), createDirectories: true },
    },
  };
}

/** Sender and receiver of every package. */
const parties = { sender: { name: 'Hub' }, receiver: { name: 'eAkte' } };

export function cmisDms(settings: object): Town['dms'] {
  return { kind: 'cmis', settings };
}

/** Writes a directory with blueprints and profiles of the demo and these municipalities alone. Returns its folder. */
export async function writeDirectory(folder: string, towns: readonly Town[]): Promise<string> {
  const directory = join(folder, 'directory');
  await rm(directory, { recursive: true, force: true });
  await cp(join(root, 'deploy/directory'), directory, { recursive: true });
  await rm(join(directory, 'tenants'), { recursive: true });
  await mkdir(join(directory, 'tenants'));
  for (const [index, { slug, unit, dms }] of towns.entries()) {
    const tenant = {
      slug,
      name: `Gemeinde ${slug}`,
      ars: `06999000900${index}`,
      ags: `0699900${index}`,
      organisationseinheiten: [{ key: unit, name: 'Bürgerbüro' }],
      targets: [{ id: 'eakte', name: 'eAkte', ...dms }],
      defaultTargets: { dms: 'eakte' },
      bundles: ['hessen-basis'],
      policy: { notScanned: 'release' },
    };
    // JSON is YAML.
    await writeFile(join(directory, 'tenants', `${slug}.yaml`), JSON.stringify(tenant, null, 2));
  }
  return directory;
}
