import { describe, expect, test } from '@jest/globals';
import { HubError } from '@ozg-hub/core';
import { money } from '@ozg-hub/money';
import iconv from 'iconv-lite';
import { csvFile } from './csv-file.ts';
import { type CsvProfile, fileProfile } from './file-profile.ts';
import type { Posting } from './posting.ts';
import { sampleFacts, sampleItem, samplePosting, sampleReversal } from './sample-posting.ts';

const columns = [
  { header: 'Kassenzeichen', field: 'kassenzeichen' },
  { header: 'Betrag', field: 'gross' },
];
const profile = (of: object) =>
  fileProfile.parse({
    profile: 'csv',
    id: 'hkr',
    into: { by: 'directory', folder: '/finanzen' },
    columns,
    ...of,
  }) as CsvProfile;
const bytes = (of: object, ...postings: Posting[]) => csvFile(profile(of), sampleFacts(postings), postings);
const written = (of: object, ...postings: Posting[]) => bytes(of, ...postings).toString();
/** What one text becomes in its cell. */
const cellOf = (text: string, of: object = {}) =>
  written({ columns: [{ field: 'purpose' }], headers: false, lineEnd: 'lf', ...of }, samplePosting({ purpose: text }));
const thrownBy = (work: () => unknown): HubError => {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const parking = sampleItem('30.70');
const plaque = sampleItem('11.90', {
  id: 'plakette',
  taxRate: '19.00',
  description: 'Plakette "grün"; für hinten',
  booking: { sachkonto: '5120' },
});

describe('a posting file as CSV', () => {
  test('has what the profile says: constants, templates, days and amounts as people here write them', () => {
    const all = [
      { header: 'Satzart', text: 'E' },
      { header: 'Datum', field: 'businessDay' },
      { header: 'bezahlt', field: 'paidAt' },
      { header: 'Text', template: '{{kassenzeichen}}/{{item.description}}' },
      { header: 'Brutto', field: 'gross' },
      { header: 'Steuer', field: 'tax' },
      { header: 'Satz', field: 'taxRate' },
      { header: 'Entgelt', field: 'fee' },
      { header: 'S/H', field: 'sign' },
      { header: 'Sachkonto', field: 'booking.sachkonto' },
    ];
    expect(written({ columns: all }, samplePosting({ items: [parking, plaque] }))).toBe(
      [
        'Satzart;Datum;bezahlt;Text;Brutto;Steuer;Satz;Entgelt;S/H;Sachkonto',
        'E;20.11.2026;20.11.2026 10:14:58;2600000483-7/Bewohnerparkausweis, 1 Jahr;30,70;0,00;0,00;0,35;H;5110',
        'E;20.11.2026;20.11.2026 10:14:58;"2600000483-7/Plakette ""grün""; für hinten";11,90;1,90;19,00;;H;5120',
        '',
      ].join('\r\n'),
    );
  });

  test('has one line for each payment where the profile says so, with the sums of its items', () => {
    const sums = [{ field: 'gross' }, { field: 'net' }, { field: 'tax' }, { field: 'booking.sachkonto' }];
    const of = { columns: sums, linePer: 'payment', headers: false, decimal: 'point', lineEnd: 'lf' };
    expect(written(of, samplePosting({ items: [parking, plaque] }))).toBe('42.60;40.70;1.90;5110\n');
  });

  test('tells what went back by a minus, or by the sign alone, and names the original', () => {
    const back = sampleReversal(samplePosting());
    const of = {
      columns: [{ field: 'gross' }, { field: 'sign' }, { field: 'reversal' }, { field: 'originalEventId' }],
      headers: false,
      lineEnd: 'lf',
    };
    const original = '01910000-0000-7000-8000-0000000000e1';
    expect(written(of, back)).toBe(`-30,70;S;REFUND;${original}\n`);
    const signs = { settled: '+', reversed: '-' };
    expect(written({ ...of, reversals: 'sign', signs }, back)).toBe(`30,70;-;REFUND;${original}\n`);
  });

  test('spreads what went back in part over the items, so that the lines add up', () => {
    const back = sampleReversal(samplePosting({ items: [parking, plaque] }), money(1001, 'EUR'));
    const of = { columns: [{ field: 'item.id' }, { field: 'gross' }, { field: 'tax' }], headers: false, lineEnd: 'lf' };
    expect(written(of, back)).toBe('ausweis;-7,22;0,00\nplakette;-2,79;-0,45\n');
  });

  test('carries its control totals where the profile has lines for them', () => {
    const came = samplePosting({ items: [parking, plaque] });
    const back = { ...sampleReversal(samplePosting()), businessDay: came.businessDay };
    const of = {
      columns: [{ field: 'lineNumber' }],
      headers: false,
      lineEnd: 'lf',
      headerLines: [[{ text: 'KOPF' }, { field: 'fileNumber' }, { field: 'createdAt' }]],
      trailerLines: [
        [{ text: 'ENDE' }, { field: 'lines' }, { field: 'postings' }, { field: 'gross' }],
        [{ field: 'reversed' }, { field: 'fee' }, { field: 'net' }, { template: '{{tenant}}/{{businessDay}}' }],
      ],
    };
    expect(written(of, came, back)).toBe(
      'KOPF;7;21.11.2026 00:30:00\n1\n2\n3\nENDE;3;2;42,60\n30,70;0,35;11,55;musterstadt/20.11.2026\n',
    );
  });

  test('is the same bytes for the same postings', () => {
    const [came, back] = [samplePosting(), sampleReversal(samplePosting())];
    expect(bytes({}, came, back)).toEqual(bytes({}, came, back));
  });
});

describe('a cell that a spreadsheet would run', () => {
  test.each(['=1+1', '+49', '-2', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])(
    '%j is text behind an apostrophe',
    (text) => {
      expect(cellOf(text)).toBe(`'${text.replace(/\s/, ' ')}\n`);
    },
  );

  test('is guarded where a template puts it together too', () => {
    expect(cellOf('=1', { columns: [{ template: '{{purpose}} {{item.id}}' }] })).toBe("'=1 ausweis\n");
  });

  test('is guarded by a blank, refused by line and column, or let through, as the profile says', () => {
    expect(cellOf('=1', { guard: 'space' })).toBe(' =1\n');
    expect(cellOf('=1', { guard: 'off' })).toBe('=1\n');
    const refused = thrownBy(() => cellOf('=1', { guard: 'refuse' }));
    expect(refused.code).toBe('HUB_EPAY_FILE_FORMULA');
    expect(refused.places).toEqual([{ line: 1, field: 'column 1', message: 'begins as a formula does' }]);
  });

  test('does not count where it is an amount or a constant of the profile', () => {
    const of = { columns: [{ field: 'gross' }, { text: '-' }], headers: false, lineEnd: 'lf' };
    expect(written(of, sampleReversal(samplePosting()))).toBe('-30,70;-\n');
  });
});

describe('the characters of a file', () => {
  test('are of the encoding that the profile names', () => {
    const umlauts = 'Gebühr für Łódź – 5 €';
    const text = (set: string) => iconv.decode(bytesOf('Gebühr 5 €', set), set);
    expect(text('windows-1252')).toBe('Gebühr 5 €\n');
    expect(text('iso-8859-15')).toBe('Gebühr 5 €\n');
    expect(bytesOf(umlauts, 'windows-1252', 'transliterate').toString('latin1')).toContain('Gebühr für Lódz');
  });

  test('that the encoding lacks are refused by line and column, and never quoted', () => {
    const refused = thrownBy(() => bytesOf('Gebühr Łódź', 'windows-1252'));
    expect(refused.code).toBe('HUB_EPAY_FILE_CHARACTERS');
    expect(refused.places).toEqual([{ line: 1, field: 'column 1', message: 'character 8 is not in windows-1252' }]);
    expect(JSON.stringify(refused.places) + refused.message).not.toContain('Ł');
  });

  test('written with combining accents are the same as composed ones', () => {
    expect(iconv.decode(bytesOf('Gebu\u0308hr', 'windows-1252'), 'windows-1252')).toBe('Gebühr\n');
  });

  test('begin with a byte order mark where the profile wants one', () => {
    expect([...bytes({ byteOrderMark: true }, samplePosting()).subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  });

  function bytesOf(purpose: string, encoding: string, characters = 'refuse') {
    const of = { columns: [{ field: 'purpose' }], headers: false, lineEnd: 'lf', encoding, characters };
    return bytes(of, samplePosting({ purpose }));
  }
});

describe('a text that is too long', () => {
  test('is refused by line and column', () => {
    const refused = thrownBy(() =>
      written({ columns: [{ header: 'KZ', field: 'kassenzeichen', maxLength: 5 }] }, samplePosting()),
    );
    expect(refused.code).toBe('HUB_EPAY_FILE_VALUE');
    expect(refused.places).toEqual([{ line: 2, field: 'KZ', message: 'has more than 5 characters' }]);
  });

  test('is cut where the profile allows it', () => {
    expect(cellOf('Parkausweis', { columns: [{ field: 'purpose', maxLength: 4, cut: true }] })).toBe('Park\n');
  });
});

test('line breaks in a text never break a line', () => {
  expect(cellOf('eins\r\nzwei')).toBe('eins zwei\n');
});

describe('a profile', () => {
  const problems = (of: object) =>
    fileProfile.safeParse({ profile: 'csv', id: 'x', into: { by: 'directory', folder: '/f' }, columns, ...of }).error
      ?.issues[0]?.message;

  test('with an unknown field or placeholder is refused', () => {
    expect(problems({ columns: [{ field: 'betrag' }] })).toContain('known fields are');
    expect(problems({ columns: [{ template: '{{betrag}}' }] })).toBeDefined();
  });

  test('is closed at half past midnight at the earliest, and its files have numbers', () => {
    expect(problems({ closeAt: '00:29' })).toBe('must be 00:30 to 23:59');
    expect(problems({ closeAt: '00:30' })).toBeUndefined();
    expect(problems({ fileName: '{{day}}.csv' })).toContain('must have {{number}}');
    expect(problems({ fileName: '../{{number}}.csv' })).toContain('may have letters');
  });
});
