import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { type ProviderLine, readProviderList } from './provider-list.ts';
import { reconciliationSettings } from './reconciliation-settings.ts';

const columns = {
  transactionId: 'Transaktion',
  kassenzeichen: 'Kassenzeichen',
  date: 'Datum',
  gross: 'Brutto',
  fee: 'Entgelt',
  net: 'Netto',
  payoutReference: 'Auszahlung',
  kind: 'Art',
};
const HEADER = 'Transaktion;Kassenzeichen;Datum;Brutto;Entgelt;Netto;Auszahlung;Art';

function profile(values: object = {}) {
  const settings = { iban: 'DE02 1203 0000 0000 2020 51', providerList: { columns, ...values } };
  return reconciliationSettings.parse(settings).providerList!;
}

async function read(content: string | Buffer, values: object = {}): Promise<ProviderLine[]> {
  const lines: ProviderLine[] = [];
  for await (const line of readProviderList(Readable.from([Buffer.from(content)]), profile(values))) lines.push(line);
  return lines;
}

describe('the list of the payment service', () => {
  test('is read by its profile: amounts in cents, days in Germany, refunds negative', async () => {
    const lines = await read(
      `${HEADER}\nT1;26-1;25.10.2026 23:59;1.234,50;0,35;1.234,15;AZ 7;Zahlung\nT2;26-2;26.10.2026;12,50;;-12,50;AZ 7;ERSTATTUNG\n` +
        `;;31.10.2026;;5,00;;AZ-7;Gebühr\nT4;26-4;01.11.2026;-10;3;;;Chargeback\n`,
    );
    const eur = (minor: number) => ({ minor, currency: 'EUR' });
    expect(lines.map(({ fingerprint: _, requestId: __, ...line }) => line)).toEqual([
      {
        line: 2,
        kind: 'PAYMENT',
        transactionId: 'T1',
        kassenzeichen: '26-1',
        day: '2026-10-25',
        gross: eur(123_450),
        fee: eur(35),
        net: eur(123_415),
        payoutReference: 'AZ7',
      },
      expect.objectContaining({ line: 3, kind: 'REFUND', gross: eur(-1250), fee: eur(0), net: eur(-1250) }),
      expect.objectContaining({
        line: 4,
        kind: 'FEE',
        gross: eur(0),
        fee: eur(500),
        net: eur(-500),
        payoutReference: 'AZ7',
      }),
      expect.objectContaining({ line: 5, kind: 'CHARGEBACK', gross: eur(-1000), fee: eur(300), net: eur(-1300) }),
    ]);
  });

  test.each([
    ['2026-10-25T21:59:59Z', '2026-10-25'],
    ['2026-10-25T22:59:59Z', '2026-10-25'],
    ['2026-10-25T23:00:00Z', '2026-10-26'],
    ['2026-03-28T23:30:00Z', '2026-03-29'],
    ['2026-03-29T21:59:59Z', '2026-03-29'],
    ['2026-03-29T22:00:00+00:00', '2026-03-30'],
  ])('counts the instant %s to the German day %s, also where the clocks change', async (instant, day) => {
    const [line] = await read(`${HEADER}\nT1;26-1;${instant};1,00;;;;\n`, { dateFormat: 'iso' });
    expect(line?.day).toBe(day);
  });

  test.each(['windows-1252', 'iso-8859-15'] as const)('may be in %s', async (encoding) => {
    const content = iconv.encode(`${HEADER}\nT1;26-1;01.09.2026;2,00 €;;;;Rückbelastung\n`, encoding);
    expect(await read(content, { encoding })).toMatchObject([{ kind: 'CHARGEBACK', gross: { minor: -200 } }]);
  });

  test('in another encoding than its profile says is refused where it shows', async () => {
    const content = iconv.encode(`${HEADER}\nT1;26-1;01.09.2026;2,00;;;;Rückbelastung\n`, 'windows-1252');
    await expect(read(content)).rejects.toMatchObject({
      code: 'HUB_EPAY_LIST_INVALID',
      places: [{ line: 2, field: 'Art', message: 'is not in the encoding of the profile' }],
    });
  });

  test('without a column of its profile is refused with the line of its header and the column', async () => {
    const content = `Stand vom Monatsende\n${HEADER.replace('Brutto', 'Betrag')}\nT1;26-1;01.09.2026;2,00;;;;\n`;
    await expect(read(content, { headerLine: 2 })).rejects.toMatchObject({
      code: 'HUB_EPAY_LIST_COLUMNS',
      places: [{ line: 2, field: 'Brutto', message: 'no such column (gross)' }],
    });
    await expect(read('')).rejects.toMatchObject({ code: 'HUB_EPAY_LIST_COLUMNS' });
  });

  test('with wrong cells is refused with line and column of each, and without what stands there', async () => {
    const wrong = [
      'T1;26-1;01.09.2026;12.50;;;;',
      'T2;26-2;31.06.2026;12,50;;;;',
      ';;01.09.2026;12,50;;;;',
      'T4;26-4;01.09.2026;12,505;;;;',
      'T5;26-5;01.09.2026;12,50;;;;Umbuchung',
      'T6;26-6;01.09.2026',
    ];
    const error = await read([HEADER, ...wrong].join('\r\n')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'HUB_EPAY_LIST_INVALID',
      places: [
        { line: 2, field: 'Brutto', message: 'is no amount with a decimal comma' },
        { line: 3, field: 'Datum' },
        { line: 4, field: 'Transaktion', message: 'nothing names the payment' },
        { line: 5, field: 'Brutto', message: 'is no amount of its currency' },
        { line: 6, field: 'Art', message: 'is none of the kinds of the profile' },
        { line: 7, message: 'the line ends before this column' },
      ],
    });
    expect(JSON.stringify((error as { places: unknown }).places)).not.toMatch(/12[.,]5|Umbuchung|31\.06/);
  });

  test('whose quotation marks are not closed is refused', async () => {
    await expect(read(`${HEADER}\n"T1;26-1;01.09.2026;1,00;;;;\n`)).rejects.toMatchObject({
      code: 'HUB_EPAY_LIST_INVALID',
    });
  });

  test('of 50,000 lines is read a piece at a time: no more is taken than is used', async () => {
    let taken = 0;
    const source = async function* () {
      yield Buffer.from(`${HEADER}\n`);
      for (; taken < 50_000; taken += 100) {
        const lines = Array.from({ length: 100 }, (_, n) => `T${taken + n};26-${taken + n};01.09.2026;1,00;;;;\n`);
        yield Buffer.from(lines.join(''));
      }
    };
    let count = 0;
    let ahead = 0;
    for await (const { line } of readProviderList(source(), profile())) {
      count += 1;
      ahead = Math.max(ahead, taken - line);
    }
    expect(count).toBe(50_000);
    expect(ahead).toBeLessThan(10_000);
  });
});

test.each([
  { iban: 'no iban' },
  { iban: 'DE02120300000000202051', payouts: { pattern: 'AUSZAHLUNG' } },
  { iban: 'DE02120300000000202051', payouts: { pattern: '(' } },
  // Right only without the flags that it is used with.
  { iban: 'DE02120300000000202051', payouts: { pattern: 'AZ\\-(\\d+)' } },
  { iban: 'DE02120300000000202051', providerList: { columns: { date: 'd', gross: 'g' } } },
  { iban: 'DE02120300000000202051', toleranceDays: { bank: -1 } },
])('settings that nothing could be compared by are refused', (settings) => {
  expect(reconciliationSettings.safeParse(settings).success).toBe(false);
});
