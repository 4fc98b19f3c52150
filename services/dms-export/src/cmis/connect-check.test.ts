import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Finding, checkConnections, secretReferences } from '@ozg-hub/directory';
import { FakeCmis } from '@ozg-hub/testing';
import { cmisSettings } from './cmis-settings.ts';
import { cmisConnectCheck } from './connect-check.ts';

const BLUEPRINT = `id: hund-anmelden
version: 1
name: Hundesteuer
leika: 99.999.002.101.000
ablage:
  aktenplaneinheit: '22.14'
  betreff: Hundesteuer {{applicant}}
  cmis:
    path: 'Steuern/{{submittedAt.year}}'
    pathTypes: [cmis:folder]
    vorgang:
      type: eakte:vorgang
      properties:
        eakte:betreff: '{{betreff}}'
        eakte:eingang: { datetime: submittedAt }
        eakte:beteiligte: ['{{applicant}}']
        eakte:papier: { boolean: false }
    documents:
      type: eakte:dokument
      types: { Anlage: VersionableType }
      versioningState: major
`;

const tenant = (url: string) => `slug: musterstadt
name: Musterstadt
organisationseinheiten:
  - key: 00.00.MUS.1
targets:
  - id: eakte
    kind: cmis
    settings:
      url: ${url}
      repositoryId: A1
      authentication: { by: basic, user: hub, password: env:DMS_PASSWORD }
      rootFolder: /
      hubId: { property: ozg:hubId, secondaryType: ozg:herkunft }
      aktenzeichenProperty: eakte:aktenzeichen
defaultTargets:
  dms: eakte
leistungen:
  - use: hund-anmelden@1
    overrides:
      ablage:
        aktenplaneinheit: '22.15'
`;

describe.each(['browser', 'atompub'] as const)('directory check --connect by %s', (binding) => {
  const repository = new FakeCmis({ credentials: { user: 'hub', password: 'geheim' } });
  let folder: string;

  beforeAll(() => repository.start());
  afterAll(() => repository.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connect-'));
    const settings = `${repository.url(binding)}\n      binding: ${binding}`;
    for (const [name, text] of [
      ['sources.yaml', 'sources: []\n'],
      ['blueprints/hund-anmelden@1.yaml', BLUEPRINT],
      ['tenants/musterstadt.yaml', tenant(settings)],
    ] as const) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const check = (environment: Record<string, string> = { DMS_PASSWORD: 'geheim' }) =>
    checkConnections(folder, {
      targetKinds: { cmis: cmisSettings },
      secrets: secretReferences(environment),
      connectChecks: { cmis: cmisConnectCheck },
    });
  /** Replaces a text of a file; the findings, each as `file:line what stands there: message`. */
  const findingsWith = async (file: string, from: string, to: string) => {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
    await writeFile(
      path,
      text.replace(from, () => to),
    );
    return (await check()).findings;
  };
  const lineOf = async ({ file, line }: Finding) => (await readFile(join(folder, file), 'utf8')).split('\n')[line - 1];
  const blueprint = 'blueprints/hund-anmelden@1.yaml';
  const municipality = 'tenants/musterstadt.yaml';

  test('finds nothing wrong with what fits', async () => {
    expect(await check()).toEqual({ findings: [], asked: 1 });
    expect(repository.tree()).toEqual([]);
  });

  test.each([
    [blueprint, 'type: eakte:vorgang', 'type: eakte:akte', 'the repository has no type eakte:akte'],
    [blueprint, 'type: eakte:vorgang', 'type: eakte:dokument', 'eakte:dokument is no type of folders'],
    [blueprint, 'pathTypes: [cmis:folder]', 'pathTypes: [eakte:jahr]', 'no type eakte:jahr'],
    [blueprint, "eakte:betreff: '{{betreff}}'", "eakte:titel: '{{betreff}}'", 'no property eakte:titel'],
    [blueprint, "eakte:betreff: '{{betreff}}'", "eakte:aktenzeichen: '1'", 'written by the repository alone'],
    [
      blueprint,
      'eakte:eingang: { datetime: submittedAt }',
      "eakte:eingang: '{{submittedAt}}'",
      'of type datetime, not text',
    ],
    [blueprint, "eakte:beteiligte: ['{{applicant}}']", "eakte:beteiligte: '{{applicant}}'", 'several values'],
    [blueprint, 'eakte:papier: { boolean: false }', 'eakte:papier: [{ boolean: false }]', 'takes one value'],
    [blueprint, 'type: eakte:dokument', 'type: cmis:document', 'is not versionable'],
    [blueprint, 'Anlage: VersionableType', 'Anlage: Anlagentyp', 'no type Anlagentyp'],
    [blueprint, 'types: { Anlage: VersionableType }', 'properties: { eakte:dokumentart: Foto }', 'takes only Antrag'],
    [municipality, 'rootFolder: /', 'rootFolder: /Antraege', 'the repository has no such folder'],
    [municipality, 'repositoryId: A1', 'repositoryId: B2', 'HUB_CMIS_REPOSITORY_UNKNOWN'],
    [municipality, 'user: hub', 'user: kein-hub', 'HUB_CMIS_UNAUTHENTICATED'],
    [municipality, 'secondaryType: ozg:herkunft', 'secondaryType: ozg:quelle', 'no type ozg:quelle'],
    [municipality, 'property: ozg:hubId', 'property: ozg:eingegangen', 'of type datetime, not text'],
    [municipality, 'env:DMS_PASSWORD', 'env:NIRGENDS', 'no secret'],
  ])('names the line in %s for %s → %s', async (file, from, to, message) => {
    const findings = await findingsWith(file, from, to);
    const found = findings.find((finding) => finding.message.includes(message))!;
    expect(found ?? findings).toMatchObject({
      severity: 'error',
      file,
      message: expect.stringMatching(/^musterstadt\/eakte: /),
    });
    const written = to.split(/[:[{ ]/)[0]!;
    expect([message, await lineOf(found)]).toEqual([
      message,
      expect.stringMatching(to.startsWith('env:') ? /settings:/ : new RegExp(`${written}|type`)),
    ]);
  });

  test('a required property without a value is missed', async () => {
    const findings = await findingsWith(blueprint, "        eakte:betreff: '{{betreff}}'\n", '');
    expect(findings.map(({ message }) => message)).toEqual([
      'musterstadt/eakte: eakte:vorgang requires the property eakte:betreff',
    ]);
  });

  test('what the overrides of a municipality say is named there', async () => {
    const more = "aktenplaneinheit: '22.15'\n        cmis: { vorgang: { type: eakte:akte } }";
    const [finding] = await findingsWith(municipality, "aktenplaneinheit: '22.15'", more);
    expect(finding).toMatchObject({ file: municipality, message: expect.stringContaining('no type eakte:akte') });
    expect(await lineOf(finding!)).toContain('eakte:akte');
  });

  test('without an id of the hub, and without an Aktenzeichen, it works: a warning', async () => {
    const without = await findingsWith(
      municipality,
      '      hubId: { property: ozg:hubId, secondaryType: ozg:herkunft }\n',
      '',
    );
    expect(without).toEqual([expect.objectContaining({ severity: 'warning', file: municipality })]);
    const other = await findingsWith(municipality, 'eakte:aktenzeichen', 'eakte:zeichen');
    expect(other).toContainEqual(
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining('no Aktenzeichen') }),
    );
  });

  test('nothing is asked while the directory itself has errors', async () => {
    const before = repository.operations.length;
    await findingsWith(blueprint, '{{betreff}}', '{{titel}}');
    expect([(await check()).asked, repository.operations.length]).toEqual([0, before]);
  });
});
