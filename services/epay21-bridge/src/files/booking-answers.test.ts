import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readBookingAnswers } from './booking-answers.ts';

const PAYMENT = '01910000-0000-7000-8000-000000000011';
const EVENT = '01910000-0000-7000-8000-000000000014';
const HEADER = 'paymentId;eventId;outcome;document;code';

const read = (...lines: string[]) => readBookingAnswers(Readable.from([Buffer.from(lines.join('\r\n'))]));
const placesOf = async (...lines: string[]) => {
  const error = await read(...lines).catch((thrown: unknown) => thrown);
  return error as { code: string; places: unknown[] };
};

describe('answers of a finance system as CSV', () => {
  test('are read line by line, with or without a byte order mark and blank lines', async () => {
    const lines = [
      `${PAYMENT};${EVENT};ACCEPTED;RE-2026-4711;`,
      '',
      `${PAYMENT.toUpperCase()};${EVENT};REJECTED;;NO_KONTO`,
      '',
    ];
    const answers = [
      { paymentId: PAYMENT, eventId: EVENT, outcome: 'ACCEPTED', document: 'RE-2026-4711' },
      { paymentId: PAYMENT, eventId: EVENT, outcome: 'REJECTED', code: 'NO_KONTO' },
    ];
    expect(await read(HEADER, ...lines)).toEqual(answers);
    expect(await read(`\uFEFF${HEADER}`, ...lines)).toEqual(answers);
    expect(await read(HEADER)).toEqual([]);
  });

  test('are refused as a whole, by line and field and without a value, where one is wrong', async () => {
    const error = await placesOf(
      HEADER,
      `${PAYMENT};${EVENT};ACCEPTED;;`,
      `geheim;${EVENT};VIELLEICHT;;`,
      `${PAYMENT};${EVENT};REJECTED;;`,
      'x',
    );
    expect(error.code).toBe('HUB_EPAY_BOOKING_FILE');
    expect(error.places.slice(0, 4)).toEqual([
      { line: 3, field: 'paymentId', message: 'must be a UUID' },
      { line: 3, field: 'outcome', message: 'must be ACCEPTED or REJECTED' },
      { line: 4, field: 'code', message: 'must say why it was rejected' },
      { line: 5, field: 'line', message: 'must have 5 columns' },
    ]);
    expect(JSON.stringify(error.places)).not.toContain('geheim');
  });

  test.each([
    ['without its header', [`${PAYMENT};${EVENT};ACCEPTED;;`]],
    ['empty', ['']],
    ['with a quotation mark that is never closed', [HEADER, `"${PAYMENT};${EVENT};ACCEPTED;;`, 'x'.repeat(5_000)]],
  ])('are refused %s', async (_, lines) => {
    expect(await placesOf(...lines)).toMatchObject({ code: 'HUB_EPAY_BOOKING_FILE' });
  });

  test('are refused in another encoding', async () => {
    const source = Readable.from([Buffer.from(`${HEADER}\n${PAYMENT};${EVENT};ACCEPTED;M\xfcller;\n`, 'latin1')]);
    await expect(readBookingAnswers(source)).rejects.toMatchObject({ code: 'HUB_EPAY_BOOKING_FILE' });
  });

  test('tell 50 mistakes at most', async () => {
    const { places } = await placesOf(HEADER, ...Array.from({ length: 200 }, () => 'x;y;z;;'));
    expect(places).toHaveLength(50);
  });

  test('are refused beyond so many lines, and beyond so many bytes before more is read', async () => {
    const line = `${PAYMENT};${EVENT};ACCEPTED;;`;
    const source = (count: number) => Readable.from([Buffer.from([HEADER, ...Array(count).fill(line)].join('\n'))]);
    expect(await readBookingAnswers(source(10), { lines: 10 })).toHaveLength(10);
    const tooLarge = { code: 'HUB_EPAY_BOOKING_FILE_TOO_LARGE' };
    await expect(readBookingAnswers(source(11), { lines: 10 })).rejects.toMatchObject(tooLarge);
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 1;
        yield Buffer.alloc(1024, '\n');
      }
    }
    await expect(readBookingAnswers(endless(), { bytes: 20 * 1024 })).rejects.toMatchObject(tooLarge);
    expect(read).toBeLessThan(25);
  });
});
