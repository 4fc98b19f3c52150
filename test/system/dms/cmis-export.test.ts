import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CmisConnection, connectCmis, textOf } from '@ozg-hub/cmis';
import { checkConnections, secretReferences } from '@ozg-hub/directory';
import { dmsExport } from '@ozg-hub/dms-export';
import { type ApplicationSpec, applicationRequest, canRun, samplePdf } from '@ozg-hub/testing';
import { type OpenCmis, hasOpenCmisTools, startOpenCmis } from '@ozg-hub/testing/servers';
import { LosingProxy } from './losing-proxy.ts';
import { dog, file } from '../../flow/applications.ts';
import { type RunningHub, startHub } from '../../flow/running-hub.ts';

const UNIT = '00.00.MUS.01000002';
const profile = fileURLToPath(new URL('../../../deploy/directory/profiles/civento-1.0.yaml', import.meta.url));
const runs = canRun('system', hasOpenCmisTools(), 'dms/cmis-export', 'Java, Maven and unzip for the OpenCMIS server');

const BLUEPRINT = `id: hund-anmelden
version: 1
name: Anmeldung eines Hundes
sample: true
leika: '99.999.002.101.000'
prozessschluessel: ['AnmeldungHund*']
ablage:
  aktenplaneinheit: '22.14.03'
  betreff: 'Hundesteuer {{applicant}}'
  cmis:
    path: '{{aktenplaneinheit}}/{{submittedAt.year}}'
    vorgang:
      secondaryTypes: [MySecondaryType]
      properties: { SecondaryIntegerProp: { integer: laufendeNummer } }
      access:
        - { principal: hub, permissions: ['cmis:all'] }
        - { principal: anyone, permissions: ['cmis:all'], revoke: true }
    documents:
      type: VersionableType
      versioningState: major
      secondaryTypes: [MySecondaryType]
      properties:
        SecondaryIntegerProp: { integer: laufendeNummer }
        VersionedStringProp: '{{documentType}}'
`;

const tenant = (binding: string, url: string, more: string) => `slug: musterstadt
name: Stadt Musterstadt
organisationseinheiten:
  - { key: ${UNIT}, name: Steueramt }
targets:
  - id: eakte
    kind: cmis
    settings:
      binding: ${binding}
      url: ${url}
      repositoryId: A1
      rootFolder: /
      authentication: { by: basic, user: hub, password: env:DMS_PASSWORD }
      hubId: { property: SecondaryStringProp, secondaryType: MySecondaryType }
      aktenzeichenProperty: cmis:objectId
${more}defaultTargets: { dms: eakte }
leistungen:
  - hund-anmelden@1
policy: { notScanned: release }
`;

let server: OpenCmis;
beforeAll(async () => {
  if (runs) server = await startOpenCmis();
});
afterAll(async () => await server?.stop());

(runs ? describe : describe.skip).each([
  ['browser', 'browser', ''],
  ['browser', 'csrf', '      csrfHeader: X-CSRF-Token\n'],
  ['atompub', 'atompub', ''],
] as const)('OpenCMIS in-memory server 1.1.0 by %s (%s)', (binding, entry, more) => {
  let hub: RunningHub;
  let proxy: LosingProxy;
  let cmis: CmisConnection;
  let directory: string;
  let number = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'directory-'));
    proxy = await LosingProxy.before(new URL(server.url(entry)));
    for (const [name, text] of [
      ['sources.yaml', 'sources:\n  - { id: civento, profile: civento-1.0 }\n'],
      ['profiles/civento-1.0.yaml', await readFile(profile, 'utf8')],
      ['blueprints/hund-anmelden@1.yaml', BLUEPRINT],
      ['tenants/musterstadt.yaml', tenant(binding, proxy.through(server.url(entry)), more)],
    ] as const) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    hub = await startHub({ environment: { HUB_DIRECTORY: directory, DMS_PASSWORD: 'hub' } });
    cmis = connectCmis({
      binding,
      url: server.url(binding),
      authentication: { kind: 'basic', user: 'hub', password: 'hub' },
    });
  });
  afterAll(async () => {
    cmis?.close();
    await hub?.stop();
    await proxy?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const submit = async (spec: Partial<ApplicationSpec> = {}, files = ['antrag']) => {
    const vorgang = `FALL-${(number += 1)}`;
    const parts = await Promise.all(files.map(async (part) => file(part, await samplePdf(part, ['Text']))));
    const { status, json } = await hub.push((await applicationRequest(dog({ vorgang, ...spec }), parts)).body());
    expect(status).toBe(202);
    return { id: json.id as string, vorgang };
  };
  /** The delivery of a submission that was filed, and the folder it lies in. */
  const filed = async ({ id }: { readonly id: string }) => {
    const { deliveries } = await hub.submission(id, ({ state }) => state === 'COMPLETED');
    expect(deliveries).toEqual([expect.objectContaining({ state: 'CONFIRMED' })]);
    const folder = await cmis.object(deliveries[0].aktenzeichen as string);
    return { folder, documents: (await cmis.children(folder.id)).items };
  };

  test('the rules fit the types of the repository, and a wrong one is found', async () => {
    const check = () =>
      checkConnections(directory, {
        targetKinds: dmsExport.targetKinds,
        connectChecks: dmsExport.connectChecks!,
        placeholders: { data: '/data' },
        secrets: secretReferences({ DMS_PASSWORD: 'hub' }),
      });
    expect(await check()).toEqual({ findings: [], asked: 1 });
    const path = join(directory, 'blueprints/hund-anmelden@1.yaml');
    await writeFile(
      path,
      BLUEPRINT.replace('VersionableType', 'KeinTyp').replace('SecondaryIntegerProp: {', 'Nummer: {'),
    );
    const messages = (await check()).findings.map(({ line, message }) => `${line} ${message}`);
    await writeFile(path, BLUEPRINT);
    expect(messages).toEqual([
      expect.stringMatching(/^14 .*cmis:folder has no property Nummer/),
      expect.stringMatching(/^1\d .*requires the property SecondaryIntegerProp/),
      expect.stringMatching(/^19 .*no type KeinTyp/),
    ]);
  });

  test('an application becomes a folder with versioned documents, ids and access', async () => {
    const { folder, documents } = await filed(await submit({}, ['antrag', 'nachweis']));
    expect(folder).toMatchObject({ typeId: 'cmis:folder', secondaryTypeIds: ['MySecondaryType'] });
    expect(folder.path).toMatch(/^\/22\.14\.03\/\d{4}\/Hundesteuer /);
    expect(textOf(folder.properties, 'SecondaryStringProp')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await cmis.accessControl(folder.id)).toEqual([
      { principal: 'hub', permissions: ['cmis:all'], isDirect: true },
    ]);
    expect(documents.map(({ name }) => name).toSorted()).toEqual([
      'Antragsdaten.xml',
      'Zwölfender antrag.pdf',
      'Zwölfender nachweis.pdf',
    ]);
    for (const { id, name } of documents) {
      const document = await cmis.object(id);
      expect(document).toMatchObject({ typeId: 'VersionableType', version: { isMajor: true, label: '1.0' } });
      const { stream } = await cmis.contentStream(id);
      const content = await buffer(stream);
      expect([name, content.length]).toEqual([name, document.contentLength]);
    }
  });

  test('two citizens of one name on one day, handed over at once, get two folders', async () => {
    const both = await Promise.all([submit(), submit()]);
    const [one, other] = [await filed(both[0]), await filed(both[1])];
    expect(one.folder.id).not.toBe(other.folder.id);
    expect(one.folder.name).not.toBe(other.folder.name);
    expect([one.documents.length, other.documents.length]).toEqual([2, 2]);
  });

  test('names that OpenCMIS refuses become names that it takes', async () => {
    const applicant = { kind: 'natuerlich' as const, vornamen: 'A/b\\c:d*e?f"g<h>i|j', familienname: 'ü'.repeat(180) };
    const { folder, documents } = await filed(await submit({ applicant }));
    expect(Buffer.byteLength(folder.name)).toBeLessThanOrEqual(255);
    expect(documents).toHaveLength(2);
  });

  test('an answer that is lost, or a request that never arrived, ends in one folder with each document once', async () => {
    // Folders of the path are there: the folder of the Vorgang, two documents, access.
    for (const [nth, effect] of [1, 2, 3, 4].flatMap((each) => [[each, true] as const, [each, false] as const])) {
      const applicant = {
        kind: 'natuerlich' as const,
        vornamen: 'Vera',
        familienname: `Verlust ${entry} ${nth} ${effect}`,
      };
      proxy.lose(nth, effect);
      const { folder, documents } = await filed(await submit({ applicant }));
      expect([nth, effect, proxy.lost, documents.length]).toEqual([nth, effect, true, 2]);
      const [parent] = await cmis.parents(folder.id);
      const alike = (await cmis.children(parent!.folder.id, { maxItems: 1000 })).items.filter(({ name }) =>
        name.includes(applicant.familienname),
      );
      expect(alike.map(({ id }) => id)).toEqual([folder.id]);
    }
  });

  test('what comes later lies in the same folder', async () => {
    const first = await submit();
    const { folder } = await filed(first);
    const later = await submit({ hauptvorgang: first.vorgang, art: 'NACHREICHUNG', fachdaten: [] });
    const { documents } = await filed(later);
    expect(documents.map(({ name }) => name)).toContain('Zwölfender antrag (2).pdf');
    expect((await cmis.children(folder.id)).items).toHaveLength(documents.length);
  });
});
