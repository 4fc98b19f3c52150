import { describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { z } from 'zod';
import { checkFolder } from './check.ts';
import { diffMeaning } from './meaning.ts';
import { sampleFolder } from './sample-folder.ts';
import { Snapshot, type SnapshotOptions } from './snapshot.ts';

async function snapshot(
  changes: Parameters<typeof sampleFolder>[0] = {},
  options: SnapshotOptions & { readonly today?: string } = {},
): Promise<Snapshot> {
  const folder = await sampleFolder(changes);
  const { findings, content } = await checkFolder(folder.path, {});
  await folder.remove();
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  const now = new Date(`${options.today ?? '2026-06-01'}T10:00:00Z`);
  return new Snapshot('sha256-test', content, { clock: { now: () => now }, ...options });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isHubError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

const LEIKA = '99999002101000';

describe('resolve', () => {
  test('finds municipality and blueprint, however the LeiKa key is written', async () => {
    const directory = await snapshot();
    for (const leika of [LEIKA, '99.999.002.101.000', ' 99 999 002 101 000  ']) {
      const resolved = directory.resolve({ organisationseinheit: '00.00.MUS.1', leika });
      expect(resolved).toMatchObject({
        directoryVersion: 'sha256-test',
        leistung: LEIKA,
        tenant: { slug: 'musterstadt' },
        blueprint: { ref: 'hund-anmelden@1', expects: ['dms'] },
        targets: { dms: 'eakte' },
      });
    }
  });

  test('derives a missing LeiKa key from the process key: the exact one first, then the longest beginning', async () => {
    const directory = await snapshot({
      'blueprints/wappen-verwenden@3.yaml': ['[Wappen]', "['HundWappen*']"],
    });
    const leistung = (prozessschluessel: string) =>
      directory.resolve({ organisationseinheit: '00.00.BSP.1', leika: ' ', prozessschluessel }).leistung;
    expect(leistung('HundAnmelden')).toBe(LEIKA);
    expect(leistung('HundAbmelden')).toBe(LEIKA);
    expect(leistung('HundWappenZeigen')).toBe('99999003001000');
  });

  test('tells two Leistungen of one LeiKa key apart by the process key', async () => {
    const directory = await snapshot({
      'blueprints/wappen-verwenden@3.yaml': ["['99999003001000', '99999003001001']", `'${LEIKA}'`],
    });
    const request = { organisationseinheit: '00.00.BSP.1', leika: LEIKA };
    expect(directory.resolve({ ...request, prozessschluessel: 'Wappen' }).blueprint.id).toBe('wappen-verwenden');
    expect(directory.resolve({ ...request, prozessschluessel: 'HundX' }).blueprint.id).toBe('hund-anmelden');
    expect(codeOf(() => directory.resolve(request))).toBe('HUB_DIRECTORY_LEISTUNG_NOT_OFFERED');
  });

  test.each([
    ['an unknown unit', { organisationseinheit: '00.00.XXX.1', leika: LEIKA }, 'UNKNOWN_UNIT'],
    [
      'a LeiKa key of no blueprint',
      { organisationseinheit: '00.00.MUS.1', leika: '99123456789012' },
      'UNKNOWN_LEISTUNG',
    ],
    ['what is no LeiKa key', { organisationseinheit: '00.00.MUS.1', leika: 'Erika Muster' }, 'UNKNOWN_LEISTUNG'],
    ['a Leistung of others', { organisationseinheit: '00.00.MUS.1', leika: '99999003001001' }, 'LEISTUNG_NOT_OFFERED'],
    [
      'a process of others',
      { organisationseinheit: '00.00.MUS.1', prozessschluessel: 'Wappen' },
      'LEISTUNG_NOT_OFFERED',
    ],
    ['an unknown process', { organisationseinheit: '00.00.MUS.1', prozessschluessel: 'Katze' }, 'NO_LEISTUNG_KEY'],
    ['neither key', { organisationseinheit: '00.00.MUS.1' }, 'NO_LEISTUNG_KEY'],
  ])('refuses %s with its own code', async (_what, request, code) => {
    const directory = await snapshot();
    expect(codeOf(() => directory.resolve(request))).toBe(`HUB_DIRECTORY_${code}`);
  });

  test('errors quote keys, and nothing that does not look like one', async () => {
    const directory = await snapshot();
    expect(() => directory.resolve({ organisationseinheit: '00.00.XXX.1' })).toThrow(/00\.00\.XXX\.1/);
    expect(() => directory.resolve({ organisationseinheit: 'Erika Mustermann' })).toThrow(/^(?!.*Erika)/);
  });

  test('a unit belongs to the municipality of the day, in Hessen', async () => {
    const slugOn = async (now: string) => {
      const directory = await snapshot({}, { clock: { now: () => new Date(now) } });
      return directory.tenantOfUnit('00.00.WANDERT.1')?.slug;
    };
    expect(await slugOn('2025-12-31T22:59:59Z')).toBe('musterstadt');
    expect(await slugOn('2025-12-31T23:00:00Z')).toBe('beispielhausen');
  });

  test('new submissions for a merged municipality belong to its successor from that day', async () => {
    const before = await snapshot({}, { today: '2025-12-31' });
    expect(before.tenantOfUnit('00.00.ALT.1')?.slug).toBe('altdorf');
    const after = await snapshot({}, { today: '2026-01-01' });
    expect(after.resolve({ organisationseinheit: '00.00.ALT.1', leika: LEIKA }).tenant.slug).toBe('beispielhausen');
  });

  test('a blueprint takes only the mapping profiles it names', async () => {
    const directory = await snapshot({
      'blueprints/wappen-verwenden@3.yaml': ['name: Wappen', 'name: Wappen\nprofiles: [civento-1.0]'],
    });
    const request = { organisationseinheit: '00.00.BSP.1', leika: '99999003001000' };
    expect(directory.resolve({ ...request, profile: 'civento-1.0' }).blueprint.id).toBe('wappen-verwenden');
    expect(codeOf(() => directory.resolve({ ...request, profile: 'other' }))).toBe(
      'HUB_DIRECTORY_LEISTUNG_NOT_OFFERED',
    );
  });
});

describe('blueprint', () => {
  test('merges overrides deeply and keeps the blueprint of others as it is', async () => {
    const directory = await snapshot();
    expect(directory.blueprint('hund-anmelden@1', 'beispielhausen')).toMatchObject({
      ablage: {
        aktenplaneinheit: '963',
        betreff: 'Hundesteuer {{applicant}}',
        documentTypes: { Antragsdokument: 'Antrag', Anlage: 'Nachweis' },
      },
      retention: { months: 6 },
    });
    expect(directory.blueprint('hund-anmelden@1', 'musterstadt')).toMatchObject({
      ablage: { aktenplaneinheit: '22.14', documentTypes: { Anlage: 'Nachweis' } },
      retention: { months: 12 },
    });
  });

  test('null in an override removes: a Leistung without filing expects no dms', async () => {
    const directory = await snapshot({
      'tenants/beispielhausen.yaml': [
        "      ablage:\n        aktenplaneinheit: '963'\n        documentTypes: { Antragsdokument: Antrag }\n",
        '      ablage: null\n',
      ],
    });
    expect(directory.blueprint('hund-anmelden@1', 'beispielhausen').expects).toEqual([]);
  });

  test('an own entry replaces that of a bundle', async () => {
    const directory = await snapshot({
      'tenants/beispielhausen.yaml': ['leistungen:', 'bundles: [basis]\nleistungen:'],
    });
    expect(directory.blueprint('hund-anmelden@1', 'beispielhausen').ablage?.aktenplaneinheit).toBe('963');
  });

  test('differences of meaning between two versions are told by path', async () => {
    const before = await snapshot();
    const after = await snapshot({ 'blueprints/hund-anmelden@1.yaml': ["'22.14'", "'22.15'"] });
    const request = { organisationseinheit: '00.00.MUS.1', leika: LEIKA };
    expect(diffMeaning(before.resolve(request), before.resolve(request))).toEqual([]);
    expect(diffMeaning(before.resolve(request), after.resolve(request))).toEqual([
      { path: 'blueprint.ablage.aktenplaneinheit', before: '22.14', after: '22.15' },
    ]);
  });
});

describe('target', () => {
  test('has its placeholders filled, its settings as the kind wants them, and defaults', async () => {
    const targetKinds = { folder: z.object({ inbox: z.string(), marker: z.boolean().default(false) }) };
    const directory = await snapshot({}, { placeholders: { data: '/var/hub' }, targetKinds });
    expect(directory.target('musterstadt', 'eakte')).toEqual({
      id: 'eakte',
      tenant: 'musterstadt',
      kind: 'folder',
      settings: { inbox: '/var/hub/in', marker: false },
      concurrency: 4,
      dueAfter: { receiptHours: 24, resultWorkingDays: 5 },
      parkedLane: 'hold',
      quirks: {},
    });
  });

  test('an unknown target or tenant has its own code', async () => {
    const directory = await snapshot();
    expect(codeOf(() => directory.target('musterstadt', 'x'))).toBe('HUB_DIRECTORY_UNKNOWN_TARGET');
    expect(codeOf(() => directory.target('nirgends', 'x'))).toBe('HUB_DIRECTORY_UNKNOWN_TENANT');
  });
});
