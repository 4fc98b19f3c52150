import { describe, expect, test } from '@jest/globals';
import { type MessageInventory, inventoryOf } from './message-inventory.ts';
import { assertProcessRules, checkProcessRules } from './process-rules.ts';
import { sampleMessages } from './sample-messages.ts';
import { sampleForContainer, sampleSgoAblegen } from './sample.ts';

const good = inventoryOf(sampleSgoAblegen());
const names = good.dateien.map(({ dateiname }) => dateiname);
const datei = { dateiname: '11111111-2222-4333-8444-000000000077_x.pdf', code: '018' };

/** A change that breaks one rule, and the rule. */
const broken: readonly (readonly [string, Partial<MessageInventory>, readonly string[], string])[] = [
  ['a file that is not in the package', {}, names.slice(1), 'file-missing'],
  ['a file that the message does not name', {}, [...names, 'Thumbs.db'], 'file-not-named'],
  ['an ID used twice', { ids: [...good.ids, { id: good.ids[0]!.id.toUpperCase() }] }, names, 'id-repeated'],
  ['one file named twice', { dateien: [...good.dateien, good.dateien[0]!] }, names, 'file-name-repeated'],
  ['a name that Windows refuses', { dateien: [{ ...datei, dateiname: 'a?.pdf' }] }, ['a?.pdf'], 'file-name-unsafe'],
  ['another format without a name', { dateien: [{ ...datei, code: '100' }] }, [datei.dateiname], 'sonstiger-name'],
  [
    'a name for a listed format',
    { dateien: [{ ...datei, sonstigerName: 'PDF' }] },
    [datei.dateiname],
    'sonstiger-name',
  ],
  ['a Stapellaenge that is wrong', { stapellaenge: 2 }, names, 'stapel'],
  ['two objects without Stapel', { objekte: [...good.objekte, ...good.objekte], stapellaenge: 2 }, names, 'stapel'],
  ['a Stapel without numbers', { stapel: true }, names, 'stapel'],
  ['a missing Ablageort', { objekte: [{ needsAblageort: true }] }, names, 'ablageort'],
  ['a number used twice in a container', { container: [{ nummern: ['1', '1'] }] }, names, 'number-in-container'],
  ['numbers at some objects only', { container: [{ nummern: ['1', undefined] }] }, names, 'number-in-container'],
  ['an empty element', { leereElemente: [{ name: 'Betreff' }] }, names, 'empty-element'],
];

describe('process rules', () => {
  test('find nothing in a good message and its package', () => {
    expect(checkProcessRules(sampleSgoAblegen(), names)).toEqual([]);
    const container = sampleForContainer();
    expect(
      checkProcessRules(
        container,
        inventoryOf(container).dateien.map(({ dateiname }) => dateiname),
      ),
    ).toEqual([]);
    expect(names).toHaveLength(4);
  });

  test.each(broken)('find %s', (_name, change, files, rule) => {
    expect(checkProcessRules({ ...good, ...change }, files).map((finding) => finding.rule)).toEqual([rule]);
  });

  test('of 2.4 leave the number in a container free', () => {
    const numbered = { ...good, container: [{ nummern: ['1', '1', undefined] }] };
    expect(checkProcessRules(numbered, names)).toHaveLength(1);
    expect(checkProcessRules({ ...numbered, generation: 2 }, names)).toEqual([]);
  });

  test('say the line where a document was read', () => {
    const leereElemente = [{ name: 'Betreff', line: 17 }];
    expect(checkProcessRules({ ...good, leereElemente }, names)).toEqual([
      { rule: 'empty-element', path: '//Betreff', line: 17, message: expect.any(String) },
    ]);
  });

  test('find nothing in any message that the hub writes', () => {
    for (const [name, message] of sampleMessages())
      expect([name, checkProcessRules(message, undefined)]).toEqual([name, []]);
  });

  test('can be checked without a package', () => {
    expect(checkProcessRules(sampleSgoAblegen(), undefined)).toEqual([]);
  });

  test('asserted, throw all places and no file name', () => {
    expect(() => assertProcessRules(sampleSgoAblegen(), names.slice(2))).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_PROCESS_RULE',
        places: [
          { path: 'Primaerdokument[1]/Dateiname', message: 'names a file that is not in the package' },
          { path: 'Primaerdokument[2]/Dateiname', message: 'names a file that is not in the package' },
        ],
      }),
    );
  });
});
