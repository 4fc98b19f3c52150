import { describe, expect, test } from '@jest/globals';
import { money } from '@ozg-hub/money';
import { type StatementPart, readCamt053 } from './index.ts';
import { balance, batch, entriesOf, entry, message, read, statement } from './sample-message.ts';

const euro = (minor: number) => money(minor, 'EUR');

describe('a statement', () => {
  const summary = (name: string, content: string) => `<TxsSummry><${name}>${content}</${name}></TxsSummry>`;
  const differing: readonly (readonly [what: string, content: string, path: string])[] = [
    [
      'a closing balance that is not what comes out',
      balance('OPBD', '1.00') + balance('CLBD', '3.01') + entry('2.00'),
      '',
    ],
    ['an entry that is missing', balance('OPBD', '1.00') + balance('CLBD', '3.00'), ''],
    ['a debit taken for a credit', balance('OPBD', '5.00') + balance('CLBD', '7.00') + entry('2.00', 'DBIT'), ''],
    [
      'a number of entries',
      summary('TtlNtries', '<NbOfNtries>2</NbOfNtries>') + entry('2.00'),
      '/TxsSummry/TtlNtries/NbOfNtries',
    ],
    ['a sum', summary('TtlNtries', '<Sum>2.01</Sum>') + entry('2.00'), '/TxsSummry/TtlNtries/Sum'],
    [
      'a net total in the other direction',
      summary('TtlNtries', '<TtlNetNtry><Amt>2.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>') + entry('2.00'),
      '/TxsSummry/TtlNtries/TtlNetNtry',
    ],
    [
      'a number of credits',
      summary('TtlCdtNtries', '<NbOfNtries>0</NbOfNtries>') + entry('2.00'),
      '/TxsSummry/TtlCdtNtries/NbOfNtries',
    ],
    ['a sum of debits', summary('TtlDbtNtries', '<Sum>2.00</Sum>') + entry('2.00'), '/TxsSummry/TtlDbtNtries/Sum'],
    ['a sum of nothing', summary('TtlNtries', '<Sum>0.01</Sum>'), '/TxsSummry/TtlNtries/Sum'],
    ['a number in a batch', entry('3.00', 'CRDT', { rest: batch('<NbOfTxs>3</NbOfTxs>', '1.00', '2.00') }), '/Ntry[1]'],
    ['a batch', entry('3.00', 'CRDT', { rest: batch('<TtlAmt Ccy="EUR">3.01</TtlAmt>', '1.00', '2.00') }), '/Ntry[1]'],
  ];
  test.each(differing)('gives everything and then refuses %s', async (_, content, path) => {
    const { parts, error } = await read(message(statement(content)));
    expect(parts.at(-1)?.kind).toBe('end');
    expect(error).toMatchObject({
      code: 'HUB_CAMT_TOTALS',
      places: [{ path: `/Document/BkToCstmrStmt/Stmt[1]${path}`, line: 1 }],
    });
  });

  test('tells the differences of all statements at once', async () => {
    const wrong = statement(balance('OPBD', '1.00') + balance('CLBD', '1.00') + entry('2.00'));
    const { error } = await read(message(wrong, statement(entry('1.00')), wrong));
    expect(error).toMatchObject({
      places: [{ path: '/Document/BkToCstmrStmt/Stmt[1]' }, { path: '/Document/BkToCstmrStmt/Stmt[3]' }],
    });
  });

  test('accepts a batch whose transactions the bank leaves out', async () => {
    const rest = batch('<NbOfTxs>3</NbOfTxs><TtlAmt Ccy="EUR">3.00</TtlAmt>');
    const { parts, error } = await read(message(statement(entry('3.00', 'CRDT', { rest }))));
    expect(error).toBeUndefined();
    expect(entriesOf(parts)[0]).toMatchObject({ batches: [{ count: 3, total: euro(300) }], transactions: [] });
  });

  test('of 50,000 entries is held nowhere: each is given before the second next is asked for', async () => {
    const count = 50_000;
    const piece = entry('1.00', 'CRDT', { rest: batch('<NbOfTxs>1</NbOfTxs>', '1.00') });
    let asked = 0;
    async function* source() {
      const [start = '', end = ''] = message(statement(`${balance('OPBD', '0')}${balance('CLBD', '50000')}|`)).split(
        '|',
      );
      yield Buffer.from(start);
      for (asked = 1; asked <= count; asked += 1) yield Buffer.from(piece);
      yield Buffer.from(end);
    }
    let given = 0;
    let ahead = 0;
    let last: StatementPart | undefined;
    for await (const part of readCamt053(source())) {
      last = part;
      if (part.kind !== 'entry') continue;
      given += 1;
      ahead = Math.max(ahead, asked - given);
    }
    expect(last).toMatchObject({ totals: { entries: count, booked: count, balanced: true } });
    expect(ahead).toBeLessThanOrEqual(1);
  }, 120_000);
});
