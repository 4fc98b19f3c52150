import { buffer } from 'node:stream/consumers';
import { sampleCamt053 } from '@ozg-hub/camt/samples';
import { money, parseDecimal, sum } from '@ozg-hub/money';

const IBAN = 'DE02120300000000202051';
const names = [
  ...['transactionId', 'requestId', 'kassenzeichen', 'date', 'gross', 'fee', 'net', 'currency'],
  'payoutReference',
];
/** The list as the fake ePay21 writes it. */
const providerList = {
  columns: Object.fromEntries(names.map((name) => [name, name])),
  dateFormat: 'yyyy-MM-dd',
  decimalComma: false,
};

/** Settings by which a municipality compares the fake ePay21 and a bank. */
export const reconciliation = { iban: IBAN, providerList, payouts: { pattern: 'AUSZAHLUNG (\\S+)' } };

/** A statement with the payouts of a list. */
export async function statementOf(list: string, on: string): Promise<Buffer> {
  const rows = list.split('\r\n').slice(1, -1);
  const cells = rows.map((row) => row.split(';'));
  const payouts = [...new Set(cells.map((row) => row[8]!))];
  const entry = (index: number) => ({
    reference: String(index + 1),
    amount: sum(
      cells.filter((row) => row[8] === payouts[index]).map((row) => parseDecimal(row[5]!, 'EUR')),
      'EUR',
    ),
    direction: 'CRDT' as const,
    bookedOn: on,
    endToEndId: 'NOTPROVIDED',
    remittance: [`ePay21 AUSZAHLUNG ${payouts[index]}`],
  });
  const opening = money(0, 'EUR');
  return await buffer(sampleCamt053({ iban: IBAN, on, opening, count: payouts.length, entry }));
}
