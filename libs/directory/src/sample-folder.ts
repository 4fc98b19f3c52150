import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A small right directory, for tests to break in one place each. */
export const sampleFiles: Readonly<Record<string, string>> = {
  'sources.yaml': `sources:
  - id: civento
    profile: civento-1.0
`,
  'profiles/civento-1.0.yaml': `id: civento-1.0
`,
  'blueprints/hund-anmelden@1.yaml': `id: hund-anmelden
version: 1
name: Hundesteuer
leika: 99.999.002.101.000
prozessschluessel: ['Hund*', HundAbmelden]
ablage:
  aktenplaneinheit: '22.14'
  betreff: Hundesteuer {{applicant}}
  documentTypes: { Anlage: Nachweis }
  omit: [Bank]
`,
  'blueprints/wappen-verwenden@3.yaml': `id: wappen-verwenden
version: 3
name: Wappen
leika: ['99999003001000', '99999003001001']
prozessschluessel: [Wappen]
`,
  'bundles/basis.yaml': `id: basis
leistungen:
  - hund-anmelden@1
`,
  'tenants/musterstadt.yaml': `slug: musterstadt
name: Musterstadt
ars: '069990001001'
ags: '06999001'
organisationseinheiten:
  - key: 00.00.MUS.1
  - key: 00.00.WANDERT.1
    validTo: '2025-12-31'
targets:
  - id: eakte
    kind: folder
    settings:
      inbox: \${data}/in
defaultTargets:
  dms: eakte
bundles: [basis]
`,
  'tenants/beispielhausen.yaml': `slug: beispielhausen
name: Beispielhausen
organisationseinheiten:
  - key: 00.00.BSP.1
  - key: 00.00.WANDERT.1
    validFrom: '2026-01-01'
targets:
  - id: akte
    kind: folder
    settings:
      inbox: /srv/in
      password: env:DMS_PASSWORD
leistungen:
  - use: hund-anmelden@1
    overrides:
      ablage:
        aktenplaneinheit: '963'
        documentTypes: { Antragsdokument: Antrag }
    targets:
      dms: akte
  - wappen-verwenden@3
retention:
  months: 6
`,
  'tenants/altdorf.yaml': `slug: altdorf
name: Altdorf
organisationseinheiten:
  - key: 00.00.ALT.1
succeededBy:
  tenant: beispielhausen
  from: '2026-01-01'
`,
};

export interface SampleFolder {
  readonly path: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

/** Writes {@link sampleFiles} to a fresh folder, each changed as given: a text replaced by another, or a whole new file. */
export async function sampleFolder(
  changes: Readonly<Record<string, string | readonly [from: string, to: string]>> = {},
): Promise<SampleFolder> {
  const path = await mkdtemp(join(tmpdir(), 'directory-'));
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    }
  };
  const changed = Object.entries(changes).map(([file, change]) => {
    if (typeof change === 'string') return [file, change];
    if (!sampleFiles[file]?.includes(change[0])) throw new Error(`${file} does not contain what is to be replaced`);
    return [file, sampleFiles[file].replace(change[0], () => change[1])];
  });
  await write({ ...sampleFiles, ...Object.fromEntries(changed) });
  return { path, write, remove: () => rm(path, { recursive: true, force: true }) };
}
