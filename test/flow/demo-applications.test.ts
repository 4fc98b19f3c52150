import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { demoApplications, demoDms, demoRepositories, otherCases } from '@ozg-hub/all-in-one';
import { isHubError, silentLogger } from '@ozg-hub/core';
import { Directory, directoryMigrations } from '@ozg-hub/directory';
import { dmsExport } from '@ozg-hub/dms-export';
import { type ApplicationRequest, type TestDatabase, applicationRequest, testDatabase } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';

const root = fileURLToPath(new URL('../../', import.meta.url));
let pool: XmlPool;
let db: TestDatabase;
let directory: Directory;

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await loadCatalogue(`${root}schemas`) });
  db = await testDatabase([directoryMigrations]);
  directory = await Directory.load({
    folder: `${root}deploy/directory`,
    store: db.database.open('directory'),
    logger: silentLogger,
    placeholders: { data: '/data' },
    targetKinds: dmsExport.targetKinds,
  });
});
afterAll(async () => {
  await pool.close();
  await db.drop();
});

async function validate({ xml }: ApplicationRequest) {
  try {
    await pool.run({ document: new TextEncoder().encode(xml), schema: 'civento/1.0' });
    return { code: undefined, places: [] };
  } catch (error) {
    if (isHubError(error)) return { code: error.code, places: error.places };
    throw error;
  }
}

describe.each(demoApplications.map((application) => [application.title, application] as const))(
  '%s',
  (_, application) => {
    const { spec, arrives } = application;

    test('is valid, with an Antragsdokument as PDF/A and every file announced by size and hash', async () => {
      const files = await application.files();
      const request = await applicationRequest(spec, files);
      expect(await validate(request)).toEqual({ code: undefined, places: [] });
      const [antrag, ...others] = files;
      expect([antrag!.role, ...others.map(({ role }) => role)]).toEqual([
        'Antragsdokument',
        ...others.map(() => 'Anlage'),
      ]);
      expect(Buffer.from(antrag!.content as Uint8Array).toString('latin1')).toContain('<pdfaid:part>2</pdfaid:part>');
      expect(request.xml.match(/<SHA256>/g)).toHaveLength(files.length);
    });

    test('belongs where the demo says, by unit, LeiKa key and process key', () => {
      const snapshot = directory.current();
      const { organisationseinheit, prozessschluessel, leika } = spec;
      const { tenant, leistung, blueprint, targets } = snapshot.resolve({
        organisationseinheit,
        prozessschluessel,
        leika,
      });
      expect({ tenant: tenant.slug, leistung }).toEqual({ tenant: arrives.tenant, leistung: arrives.leistung });
      expect(blueprint.name).toContain(application.title);
      const { settings, kind } = snapshot.target(tenant.slug, targets.dms!);
      expect(kind).toBe(arrives.byCmis ? 'cmis' : 'xdomea');
      if (arrives.byCmis) {
        const { user, references } = demoRepositories.find(({ folder }) => folder === arrives.dms)!;
        const authentication = { by: 'basic', user, password: `env:${references.password}` };
        expect(settings).toMatchObject({ url: `env:${references.url}`, authentication });
        return;
      }
      expect(settings).toMatchObject({
        handOver: { inbox: `/data/dms/${arrives.dms}/inbox` },
        replies: { folder: `/data/dms/${arrives.dms}/replies` },
        receiptWanted: arrives.receipt,
      });
      const dms = demoDms.find(({ folder }) => folder === arrives.dms)!;
      expect(settings['aktenzeichenParameter']).toContain(dms.parameter);
    });
  },
);

describe('the applications together', () => {
  test('use every data type of civento, natural and legal persons, three municipalities', () => {
    const xmlTypes = new Set<string>();
    const collect = (fields: readonly { type: string; fields?: unknown; items?: unknown }[]): void => {
      for (const each of fields) {
        xmlTypes.add(each.type);
        if (each.fields) collect(each.fields as never);
        for (const item of (each.items as never[] | undefined) ?? []) collect(item);
      }
    };
    for (const { spec } of demoApplications) for (const { fields } of spec.fachdaten ?? []) collect(fields);
    expect([...xmlTypes].toSorted()).toEqual([
      'ADRESSDATENSATZ',
      'ANLAGEN',
      'BOOLEAN',
      'CHOICE',
      'DATE',
      'INTEGER',
      'LIST',
      'OBJECT',
      'PERSONENDATENSATZ',
      'STRING',
    ]);
    expect(new Set(demoApplications.map(({ spec }) => spec.applicant.kind))).toEqual(
      new Set(['natuerlich', 'juristisch']),
    );
    expect(new Set(demoApplications.map(({ arrives }) => arrives.tenant)).size).toBeGreaterThanOrEqual(3);
  });

  test('have two files of one name in one application, a plan of 40 MiB and names with umlauts and ß', async () => {
    const all = await Promise.all(demoApplications.map((application) => application.files()));
    const names = all.map((files) => files.map(({ fileName }) => fileName));
    expect(names.some((of) => new Set(of).size < of.length)).toBe(true);
    expect(names.flat().join()).toMatch(/ß.*ü|ü.*ß/s);
    expect(new Set(all.flat().map(({ mediaType }) => mediaType))).toEqual(
      new Set(['application/pdf', 'image/png', 'image/jpeg']),
    );
    const requests = await Promise.all(
      demoApplications.map(async ({ spec }, index) => applicationRequest(spec, all[index]!)),
    );
    expect(requests.some(({ xml }) => xml.includes(`<Groesse>${40 * 1024 * 1024}</Groesse>`))).toBe(true);
  });

  test('come with a LeiKa key dotted and with blanks, plain, and missing', () => {
    const keys = demoApplications.map(({ spec }) => spec.leika);
    expect(keys).toContain(undefined);
    expect(keys.some((key) => /^[\d.]+ +$/.test(key ?? ''))).toBe(true);
    expect(keys.some((key) => /^\d{14}$/.test(key ?? ''))).toBe(true);
  });
});

test('the other cases are a repetition, another content, three mistakes with places, an unknown unit, and two logins amiss', async () => {
  const [again, changed, invalid, unknown, ...amiss] = await otherCases();
  const original = await applicationRequest(again!.sameAs!.spec, await again!.sameAs!.files());
  expect(again!.request.xml).toBe(original.xml);
  expect((await validate(changed!.request)).code).toBeUndefined();
  expect(changed!.request.xml).not.toBe(original.xml);
  const { code, places } = await validate(invalid!.request);
  expect([code, places.map(({ path }) => path)]).toEqual([
    invalid!.code,
    ['/Antrag/Vorgang/LaufendeNummer', '/Antrag/Vorgang/Eingangszeitpunkt', '/Antrag/Leistungsschluessel'],
  ]);
  expect((await validate(unknown!.request)).code).toBeUndefined();
  const unit = /<Organisationseinheit>(.*)<\/Organisationseinheit>/.exec(unknown!.request.xml)![1]!;
  expect(directory.current().tenantOfUnit(unit)).toBeUndefined();
  const known = demoApplications.map(({ spec }) => spec.vorgang);
  for (const { request, proofOf } of amiss) {
    expect((await validate(request)).code).toBeUndefined();
    expect(known).not.toContain(/<Ident>(.*)<\/Ident>/.exec(request.xml)![1]!);
    if (proofOf) expect(proofOf.signsIn).toBeDefined();
  }
  expect(amiss.map(({ proofOf }) => proofOf !== undefined)).toEqual([false, true]);
});
