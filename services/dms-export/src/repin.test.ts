import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import type { Delivery } from '@ozg-hub/delivery';
import { Directory, directoryMigrations } from '@ozg-hub/directory';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { CurrentTargets } from './current-targets.ts';
import { repin } from './repin.ts';

const blueprint = (version: number, aktenplaneinheit: string) => `id: hund
version: ${version}
name: Hundesteuer
leika: '99.999.002.101.000'
ablage: { aktenplaneinheit: '${aktenplaneinheit}', betreff: 'Hundesteuer {{applicant}}' }
`;
const tenant = (slug: string, number: number, rest: string) => `slug: ${slug}
name: ${slug}
organisationseinheiten: [{ key: 00.00.${number} }]
targets: [{ id: eakte, kind: folder, concurrency: 2, settings: { inbox: /in } }]
defaultTargets: { dms: eakte }
${rest}
`;

let database: TestDatabase;
let folder: string;
let directory: Directory;
let old: string;

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

beforeAll(async () => {
  database = await testDatabase([directoryMigrations]);
  folder = await mkdtemp(join(tmpdir(), 'repin-'));
  await write({
    'sources.yaml': 'sources: []\n',
    'blueprints/hund@1.yaml': blueprint(1, '22.14'),
    'bundles/basis.yaml': 'id: basis\nleistungen: [hund@1]\n',
    'tenants/bundled.yaml': tenant('bundled', 1, 'bundles: [basis]'),
    'tenants/own.yaml': tenant('own', 2, 'leistungen: [hund@1]'),
    'tenants/leaving.yaml': tenant('leaving', 3, 'bundles: [basis]'),
  });
  directory = await Directory.load({ folder, store: database.database.open('directory'), logger: silentLogger });
  old = directory.current().version;
  await write({
    'blueprints/hund@2.yaml': blueprint(2, '22.99'),
    'bundles/basis.yaml': 'id: basis\nleistungen: [hund@2]\n',
    'tenants/own.yaml': tenant(
      'own',
      2,
      "bundles: [basis]\nleistungen: [{ use: hund@1, overrides: { ablage: { aktenplaneinheit: '33' } } }]",
    ),
    'tenants/leaving.yaml': tenant('leaving', 3, ''),
  });
  await directory.reload();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const repinned = (slug: string) => {
  const reference = { envelopeRef: 'e', blueprint: 'hund@1', directoryVersion: old };
  return repin(directory, { reference, tenant: slug } as unknown as Delivery);
};

describe('pinning anew', () => {
  test('takes the version that the bundle names today, and says what differs', async () => {
    expect(await repinned('bundled')).toEqual({
      reference: { envelopeRef: 'e', blueprint: 'hund@2', directoryVersion: directory.current().version },
      differences: expect.arrayContaining([{ path: expect.stringContaining('aktenplaneinheit') }]),
    });
  });

  test("takes the municipality's own entry before that of its bundle, with its overrides", async () => {
    const { reference, differences } = await repinned('own');
    expect(reference['blueprint']).toBe('hund@1');
    expect(differences).toEqual([{ path: expect.stringContaining('aktenplaneinheit') }]);
  });

  test('is refused where the municipality no longer offers the Leistung', async () => {
    await expect(repinned('leaving')).rejects.toMatchObject({ code: 'HUB_DIRECTORY_LEISTUNG_NOT_OFFERED' });
  });
});

test('the connection of a target is that of today, and none where it is gone', () => {
  const targets = new CurrentTargets(directory);
  expect(targets.target('bundled', 'eakte')).toMatchObject({ kind: 'folder', concurrency: 2 });
  expect(targets.target('bundled', 'gone')).toBeUndefined();
  expect(targets.target('nobody', 'eakte')).toBeUndefined();
});
