import { describe, expect, test } from '@jest/globals';
import { bareReference, referencesIn } from './bank-references.ts';

describe('references in texts of a bank', () => {
  test.each([
    'KZ: 2600000483-7',
    '2600000483 - 7',
    'kz/2600000483-7/Parken',
    '26000 00483-7',
    'SVWZ+26000004837',
    'DE02 1203 0000 0000 2020 51 2600000483-7',
    'DE021203000000002020512600000483-7',
    '03.09.2026 2600000483-7 10:15 Uhr',
    'DE12 2600000483-7',
  ])('are found however the payer wrote them: %s', (text) => {
    expect(referencesIn([text])).toContain(bareReference('2600000483-7'));
  });

  test.each([
    'Max Mustermann Musterstr. 12',
    'DE02120300000000202051',
    'DE02 1203 0000 0000 2020 51',
    'IBAN: de02 1203 0000 0000 2020 51 Danke',
    'IBANDE02 1203 0000 0000 2020 51',
    'DE02 12030000 0000202051 Danke',
    'DE0212030000000 0202051',
    'AT61 1904 3002 3457 3201',
    'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
    'geb. 03.09.1980',
    'geb. 3.9.80, 14:05 Uhr',
    'geb. 3. 9. 1980',
    'geb. 03/09/1980 oder 1980-09-03',
    '2026-11-20T10:15:30.120+01:00',
    undefined,
  ])('are neither names nor streets, nor IBANs, dates or times: %s', (text) => {
    expect(referencesIn([text])).toEqual([]);
  });

  test.each(['2026-09-03-0001', '03.09.26.17', '12.13.2026', '26-09-03'])(
    'may be numbers that only look like a date: %s',
    (text) => {
      expect(referencesIn([text])).toEqual([bareReference(text)]);
    },
  );

  test('may be numbers in groups that only look like an IBAN, by their check digits', () => {
    expect(referencesIn(['DE03 1203 0000 0000 2020 51'])).toContain('1203');
  });

  test('are not joined across what was left out', () => {
    expect(referencesIn(['26001 03.09.1980 00483'])).toEqual(['26001', '00483']);
  });

  test('are 40 at most', () => {
    expect(referencesIn([Array.from({ length: 500 }, (_, n) => 10_000 + n).join(' ')])).toHaveLength(40);
  });
});
