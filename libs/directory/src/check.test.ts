import { describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { checkDirectory } from './check.ts';
import { sampleFolder } from './sample-folder.ts';

const targetKinds = { folder: z.strictObject({ inbox: z.string().startsWith('/'), password: z.string().optional() }) };

type Changes = Parameters<typeof sampleFolder>[0];

async function findings(changes: Changes, options: Parameters<typeof checkDirectory>[1] = { targetKinds }) {
  const folder = await sampleFolder(changes);
  try {
    return await checkDirectory(folder.path, options);
  } finally {
    await folder.remove();
  }
}

const musterstadt = 'tenants/musterstadt.yaml';
const beispielhausen = 'tenants/beispielhausen.yaml';
const hund = 'blueprints/hund-anmelden@1.yaml';

describe('checkDirectory', () => {
  test('finds nothing in a right directory', async () => {
    expect(await findings({})).toEqual([]);
  });

  test('finds nothing in the demo directory', async () => {
    const demo = fileURLToPath(new URL('../../../deploy/directory', import.meta.url));
    expect(await checkDirectory(demo)).toEqual([]);
  });

  test.each<[string, Changes, { file: string; line: number; path: string; message: RegExp | string }]>([
    [
      'an unknown key',
      { [musterstadt]: ['name: Musterstadt', 'nmae: Musterstadt\nname: Musterstadt'] },
      { file: musterstadt, line: 2, path: 'nmae', message: 'unknown key nmae' },
    ],
    [
      'an unknown key in depth',
      { [hund]: ["aktenplaneinheit: '22.14'", "aktenplaneinheit: '22.14'\n  aufbewahrung: { yaers: 3, years: 3 }"] },
      { file: hund, line: 8, path: 'ablage.aufbewahrung.yaers', message: 'unknown key yaers' },
    ],
    [
      'a missing key',
      { [hund]: ["  aktenplaneinheit: '22.14'\n", ''] },
      { file: hund, line: 6, path: 'ablage.aktenplaneinheit', message: /must be text|is missing/ },
    ],
    [
      'broken YAML',
      { [musterstadt]: ['name: Musterstadt', 'name: [Musterstadt'] },
      { file: musterstadt, line: 3, path: '', message: /^is not valid YAML/ },
    ],
    [
      'a key given twice',
      { [musterstadt]: ['name: Musterstadt', 'name: Musterstadt\nname: Musterdorf'] },
      { file: musterstadt, line: 3, path: '', message: /unique/ },
    ],
    [
      'a key that YAML takes for a number',
      { [musterstadt]: ["ags: '06999001'", 'ags: 06999001'] },
      { file: musterstadt, line: 4, path: 'ags[0].value', message: 'must be an AGS: 8 digits in quotes' },
    ],
    [
      'AGS and ARS of different places',
      { [musterstadt]: ["ags: '06999001'", "ags: '06999002'"] },
      { file: musterstadt, line: 4, path: 'ags[0]', message: 'AGS and ARS name different places' },
    ],
    [
      'a LeiKa key with a digit too few',
      { [hund]: ['99.999.002.101.000', '99.999.002.101.00'] },
      { file: hund, line: 4, path: 'leika[0]', message: /must be a LeiKa key/ },
    ],
    [
      'a period that ends before it begins',
      { [musterstadt]: ["validTo: '2025-12-31'", "validTo: '2024-12-31'\n    validFrom: '2025-01-01'"] },
      { file: musterstadt, line: 8, path: 'organisationseinheiten[1].validTo', message: /before validFrom/ },
    ],
    [
      'an unknown placeholder in the Betreff',
      { [hund]: ['{{applicant}}', '{{aplicant}}'] },
      { file: hund, line: 8, path: 'ablage.betreff', message: /unknown placeholder {{aplicant}}/ },
    ],
    [
      'a Betreff that shows what is omitted',
      { [hund]: ['{{applicant}}', '{{fachdaten.Bank.IBAN}}'] },
      { file: hund, line: 8, path: 'ablage.betreff', message: /shows Bank.IBAN, which omit keeps back/ },
    ],
    [
      'an unknown version of a blueprint',
      { 'bundles/basis.yaml': ['hund-anmelden@1', 'hund-anmelden@2'] },
      { file: 'bundles/basis.yaml', line: 3, path: 'leistungen[0]', message: 'there is no blueprint hund-anmelden@2' },
    ],
    [
      'an unknown bundle',
      { [musterstadt]: ['bundles: [basis]', 'bundles: [bassis]'] },
      { file: musterstadt, line: 16, path: 'bundles[0]', message: 'there is no bundle bassis' },
    ],
    [
      'an unknown profile',
      { 'sources.yaml': ['profile: civento-1.0', 'profile: civento-2.0'] },
      { file: 'sources.yaml', line: 3, path: 'sources[0].profile', message: 'there is no mapping profile civento-2.0' },
    ],
    [
      'a Leistung that goes to an unknown target',
      { [beispielhausen]: ['dms: akte', 'dms: atke'] },
      { file: beispielhausen, line: 20, path: 'leistungen[0].targets.dms', message: 'there is no target atke' },
    ],
    [
      'an unknown default target',
      { [musterstadt]: ['dms: eakte', 'dms: akten'] },
      { file: musterstadt, line: 15, path: 'defaultTargets.dms', message: 'there is no target akten' },
    ],
    [
      'an unknown purpose',
      { [musterstadt]: ['dms: eakte', 'dms: eakte\n  dsm: eakte'] },
      { file: musterstadt, line: 16, path: 'defaultTargets.dsm', message: /dsm|not a known key/ },
    ],
    [
      'a Leistung that is filed but has no target',
      { [musterstadt]: ['defaultTargets:\n  dms: eakte\n', ''] },
      { file: musterstadt, line: 14, path: 'bundles', message: /hund-anmelden@1 is filed .* no target/ },
    ],
    [
      'a wrong setting of a target',
      { [beispielhausen]: ['/srv/in', 'srv/in'] },
      { file: beispielhausen, line: 11, path: 'targets[0].settings.inbox', message: /start/ },
    ],
    [
      'an unknown setting of a target',
      { [beispielhausen]: ['inbox: /srv/in', 'inbox: /srv/in\n      outbox: /srv/out'] },
      { file: beispielhausen, line: 12, path: 'targets[0].settings.outbox', message: 'unknown key outbox' },
    ],
    [
      'an unknown placeholder in settings',
      { [musterstadt]: ['${data}', '${home}'] },
      { file: musterstadt, line: 12, path: 'targets[0].settings', message: 'unknown placeholder ${home}' },
    ],
    [
      'a secret given as a value',
      { [beispielhausen]: ['env:DMS_PASSWORD', 'geheim123'] },
      { file: beispielhausen, line: 12, path: 'targets[0].settings.password', message: 'holds a secret as a value' },
    ],
    [
      'a password in an address',
      { [beispielhausen]: ['/srv/in', 'https://hub:geheim123@dms.example/in'] },
      { file: beispielhausen, line: 11, path: 'targets[0].settings.inbox', message: 'holds a password in an address' },
    ],
    [
      'a unit of two tenants at one time',
      { [beispielhausen]: ["validFrom: '2026-01-01'", "validFrom: '2025-12-31'"] },
      {
        file: musterstadt,
        line: 7,
        path: 'organisationseinheiten[1].key',
        message: 'unit 00.00.WANDERT.1 belongs to tenant beispielhausen at the same time',
      },
    ],
    [
      'an unknown successor',
      { 'tenants/altdorf.yaml': ['tenant: beispielhausen', 'tenant: beispielhause'] },
      { file: 'tenants/altdorf.yaml', line: 6, path: 'succeededBy.tenant', message: /no tenant beispielhause/ },
    ],
    [
      'a succession in a circle',
      { 'tenants/altdorf.yaml': ['tenant: beispielhausen', 'tenant: altdorf'] },
      { file: 'tenants/altdorf.yaml', line: 6, path: 'succeededBy.tenant', message: /comes back to itself/ },
    ],
    [
      'a file under another name than its content',
      { 'tenants/altdorf.yaml': ['slug: altdorf', 'slug: altdorf-sued'] },
      { file: 'tenants/altdorf.yaml', line: 1, path: '', message: /does not bear the name/ },
    ],
    [
      'a slug used twice',
      {
        'tenants/kopie.yaml': 'slug: altdorf\nname: Kopie\n',
        'tenants/altdorf.yaml': 'slug: altdorf\nname: Altdorf\n',
      },
      { file: 'tenants/kopie.yaml', line: 1, path: 'slug', message: 'altdorf is already in tenants/altdorf.yaml' },
    ],
    [
      'a file that would not be read',
      { 'tenants/neu.yml': 'slug: neu\n' },
      { file: 'tenants/neu.yml', line: 1, path: '', message: 'would not be read' },
    ],
    [
      'an override that does not fit',
      { [beispielhausen]: ["aktenplaneinheit: '963'", 'aktenplaneinheit: 963'] },
      {
        file: beispielhausen,
        line: 17,
        path: 'leistungen[0].overrides.ablage.aktenplaneinheit',
        message: /must be text/,
      },
    ],
    [
      'an unknown key in an override',
      { [beispielhausen]: ["aktenplaneinheit: '963'", "aktenplanheinheit: '963'"] },
      {
        file: beispielhausen,
        line: 17,
        path: 'leistungen[0].overrides.ablage.aktenplanheinheit',
        message: /unknown key/,
      },
    ],
    [
      'an override of what makes the blueprint',
      { [beispielhausen]: ['overrides:\n', "overrides:\n      leika: '99999002101001'\n"] },
      { file: beispielhausen, line: 16, path: 'leistungen[0].overrides.leika', message: 'leika cannot be overridden' },
    ],
    [
      'two Leistungen with the same process key',
      { 'blueprints/wappen-verwenden@3.yaml': ['[Wappen]', '[HundAbmelden]'] },
      { file: beispielhausen, line: 21, path: 'leistungen[1]', message: /the same process key HundAbmelden/ },
    ],
    [
      'two Leistungen with one LeiKa key that cannot be told apart',
      {
        'blueprints/wappen-verwenden@3.yaml': `id: wappen-verwenden\nversion: 3\nname: W\nleika: '99999002101000'\n`,
      },
      { file: beispielhausen, line: 21, path: 'leistungen[1]', message: /cannot be told apart/ },
    ],
  ])('names file, line and path of %s', async (_what, changes, expected) => {
    const found = await findings(changes);
    const [first] = found.filter(({ path, line }) => path === expected.path && line === expected.line);
    expect(found.map(({ file, line, path, message }) => `${file}:${line} ${path} ${message}`).join('\n')).toContain(
      `${expected.file}:${expected.line} ${expected.path}`,
    );
    expect(first).toMatchObject({ severity: 'error', file: expected.file });
    expect(first!.message).toMatch(expected.message);
  });

  test('never quotes a secret', async () => {
    const found = await findings({ [beispielhausen]: ['env:DMS_PASSWORD', 'geheim123'] });
    expect(JSON.stringify(found)).not.toContain('geheim123');
  });

  test('tells every error of the whole directory at once, and none that only follows from another', async () => {
    const found = await findings({
      [hund]: ['99.999.002.101.000', '1'],
      [musterstadt]: ["ags: '06999001'", "ags: '1'"],
      'tenants/beispielhausen.yaml': 'slug: [',
      'sources.yaml': ['civento-1.0', 'civento-2.0'],
    });
    expect(new Set(found.map(({ file }) => file))).toEqual(
      new Set([hund, musterstadt, beispielhausen, 'sources.yaml']),
    );
  });

  test('an unknown kind of target is a warning, and an error where all kinds are known', async () => {
    const change: Changes = { [musterstadt]: ['kind: folder', 'kind: foldr'] };
    expect(await findings(change)).toMatchObject([{ severity: 'warning', line: 11, fix: 'did you mean folder?' }]);
    expect(await findings(change, { targetKinds, allKinds: true })).toMatchObject([{ severity: 'error' }]);
  });

  test('checks profiles by the schema given', async () => {
    const profileSchema = z.strictObject({ id: z.string(), root: z.string() });
    expect(await findings({}, { profileSchema })).toMatchObject([
      { file: 'profiles/civento-1.0.yaml', path: 'root', message: 'is missing' },
    ]);
  });

  test('says what to do when the folder is missing', async () => {
    const found = await checkDirectory('/does/not/exist');
    expect(found).toMatchObject([{ severity: 'error', fix: expect.stringContaining('HUB_DIRECTORY') }]);
  });

  test('refuses aliases that unfold without bound', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i += 1) {
      const [before, name] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)];
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    const found = await findings({ 'tenants/bombe.yaml': bomb.join('\n') });
    expect(found).toMatchObject([{ file: 'tenants/bombe.yaml', message: 'has too many aliases' }]);
  });
});
