import { describe, expect, test } from '@jest/globals';
import { money } from '@ozg-hub/money';
import { writeCamt054 } from './index.ts';
import { ACCOUNT, balance, batch, entriesOf, entry, message, read, statement } from './sample-message.ts';
import { sampleNotification } from './sample-notification.ts';

const euro = (minor: number) => money(minor, 'EUR');

/** Everything that this lib reads of one entry. */
const FULL_ENTRY = `<Ntry>
  <NtryRef>1</NtryRef><Amt Ccy="EUR">49.40</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd>
  <Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>2026-11-20T23:30:00+01:00</DtTm></BookgDt><ValDt><Dt>2026-11-21</Dt></ValDt>
  <AcctSvcrRef>BANK1</AcctSvcrRef>
  <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>NTRF+166</Cd><Issr>DK</Issr></Prtry></BkTxCd>
  <Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.60</TtlChrgsAndTaxAmt>
    <Rcrd><Amt Ccy="EUR">0.60</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd><Tp><Prtry><Id>DISAGIO</Id></Prtry></Tp></Rcrd></Chrgs>
  <NtryDtls>
    <Btch><MsgId>B1</MsgId><PmtInfId>SETTLEMENT-2026-11-19</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="EUR">50.00</TtlAmt></Btch>
    <TxDtls>
      <Refs><AcctSvcrRef>T1</AcctSvcrRef><PmtInfId>P1</PmtInfId><InstrId>I1</InstrId><EndToEndId>4200000000072</EndToEndId><TxId>X1</TxId><MndtId>M1</MndtId>
        <Prtry><Tp>PAYID</Tp><Ref>34d4</Ref></Prtry></Refs>
      <Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
      <Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.30</TtlChrgsAndTaxAmt></Chrgs>
      <RltdPties><Dbtr><Pty><Nm>Erika Mustermann</Nm></Pty></Dbtr></RltdPties>
      <RmtInf><Ustrd> Parkausweis </Ustrd><Ustrd>und mehr</Ustrd><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>
    </TxDtls>
    <TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">20.00</Amt></TxAmt></AmtDtls>
      <RtrInf><Rsn><Cd>MD06</Cd></Rsn><AddtlInf>Rückgabe</AddtlInf></RtrInf></TxDtls>
  </NtryDtls>
  <AddtlNtryInf>Sammelgutschrift</AddtlNtryInf>
</Ntry>`;
const FULL = message(
  `<Stmt><Id>S1</Id><ElctrncSeqNb>231</ElctrncSeqNb><CreDtTm>2026-11-20T22:00:00</CreDtTm>
   <FrToDt><FrDtTm>2026-11-20T00:00:00</FrDtTm><ToDtTm>2026-11-20T23:59:59</ToDtTm></FrToDt><CpyDplctInd>DUPL</CpyDplctInd>
   ${ACCOUNT}${balance('PRCD', '10.00')}${balance('CLAV', '1.00')}${balance('CLBD', '59.40')}
   <TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>49.4</Sum><TtlNetNtry><Amt>49.40</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries></TxsSummry>
   ${FULL_ENTRY}<AddtlStmtInf>Ende</AddtlStmtInf></Stmt>`,
);

describe('readCamt053', () => {
  test('gives head, entries and totals of a statement, and nothing about payers', async () => {
    const { parts, error } = await read(FULL);
    expect(error).toBeUndefined();
    expect(parts.map(({ kind }) => kind)).toEqual(['head', 'entry', 'end']);
    expect(parts[0]).toEqual({
      kind: 'head',
      head: {
        message: 'camt.053',
        messageId: 'M1',
        createdAt: '2026-11-20T22:00:00+01:00',
        id: 'S1',
        sequence: '231',
        account: { iban: 'DE02120300000000202051' },
        currency: 'EUR',
        from: '2026-11-20T00:00:00',
        to: '2026-11-20T23:59:59',
        copy: 'DUPL',
        opening: { amount: euro(1000), on: '2026-11-20' },
        closing: { amount: euro(5940), on: '2026-11-20' },
      },
    });
    expect(parts[1]).toEqual({
      kind: 'entry',
      entry: {
        position: 1,
        amount: euro(4940),
        direction: 'CRDT',
        status: 'BOOK',
        reversal: false,
        bookedOn: '2026-11-20',
        valueOn: '2026-11-21',
        reference: '1',
        bankReference: 'BANK1',
        code: { domain: 'PMNT', family: 'RCDT', subFamily: 'ESCT', proprietary: 'NTRF+166', issuer: 'DK' },
        charges: [{ amount: euro(60), direction: 'DBIT', included: true, type: 'DISAGIO' }],
        batches: [{ messageId: 'B1', paymentInformationId: 'SETTLEMENT-2026-11-19', count: 2, total: euro(5000) }],
        transactions: [
          {
            amount: euro(3000),
            direction: 'CRDT',
            endToEndId: '4200000000072',
            bankReference: 'T1',
            paymentInformationId: 'P1',
            instructionId: 'I1',
            transactionId: 'X1',
            mandateId: 'M1',
            references: [{ type: 'PAYID', reference: '34d4' }],
            creditorReferences: ['RF18539007547034'],
            remittance: ['Parkausweis', 'und mehr'],
            charges: [{ amount: euro(30), direction: 'DBIT' }],
          },
          {
            amount: euro(2000),
            direction: 'CRDT',
            references: [],
            creditorReferences: [],
            remittance: [],
            charges: [],
            returned: { reason: 'MD06', information: ['Rückgabe'] },
          },
        ],
        information: 'Sammelgutschrift',
      },
    });
    expect(parts[2]).toEqual({
      kind: 'end',
      totals: { id: 'S1', entries: 1, booked: 1, credits: euro(4940), debits: euro(0), balanced: true },
    });
    expect(JSON.stringify(parts)).not.toContain('Mustermann');
  });

  test('reads what writeCamt054 writes', async () => {
    const { parts, error } = await read(writeCamt054(sampleNotification()));
    expect(error).toBeUndefined();
    expect(parts[0]).toMatchObject({
      head: { message: 'camt.054', messageId: 'HUB-20261121-000001', sequence: '17', currency: 'EUR' },
    });
    expect(entriesOf(parts)).toMatchObject([
      {
        amount: euro(1200),
        direction: 'CRDT',
        status: 'PDNG',
        reversal: false,
        bankReference: '2026112000001',
        transactions: [{ endToEndId: '4200000000061', creditorReferences: ['4200000000061'] }],
      },
      { amount: euro(3000), charges: [{ amount: euro(36), included: false }] },
      {
        amount: euro(1200),
        direction: 'DBIT',
        reversal: true,
        transactions: [{ returned: { reason: 'CHARGEBACK', information: ['Rückbuchung der Kartenzahlung'] } }],
      },
    ]);
    expect(parts.at(-1)).toMatchObject({ totals: { entries: 3, booked: 0, balanced: false } });
  });

  test('starts the transactions of each entry anew, in the direction of their entry', async () => {
    const details = '<NtryDtls><TxDtls><Refs><EndToEndId>A</EndToEndId></Refs></TxDtls></NtryDtls>';
    const { parts } = await read(
      message(
        statement(entry('1.00', 'CRDT', { rest: details }) + entry('2.00') + entry('3.00', 'DBIT', { rest: details })),
      ),
    );
    expect(
      entriesOf(parts).map(({ position, transactions }) => [position, transactions.map((each) => each.direction)]),
    ).toEqual([
      [1, ['CRDT']],
      [2, []],
      [3, ['DBIT']],
    ]);
  });

  test('reads several statements in one message, one after the other', async () => {
    const one = statement(balance('OPBD', '1.00') + balance('CLBD', '3.00') + entry('2.00'));
    const { parts, error } = await read(message(one, one.replace('S1', 'S2')));
    expect(error).toBeUndefined();
    expect(parts.map(({ kind }) => kind)).toEqual(['head', 'entry', 'end', 'head', 'entry', 'end']);
    expect(entriesOf(parts).map(({ position }) => position)).toEqual([1, 1]);
  });

  test('takes interim balances for those of a page', async () => {
    const page = (number: number, last: boolean) =>
      `<StmtPgntn><PgNb>${number}</PgNb><LastPgInd>${last}</LastPgInd></StmtPgntn>`;
    const { parts, error } = await read(
      message(
        statement(balance('OPBD', '1.00') + balance('ITBD', '3.00') + entry('2.00'), page(1, false)),
        statement(balance('ITBD', '3.00') + balance('ITBD', '2.50') + entry('0.50', 'DBIT'), page(2, false)),
        statement(balance('ITBD', '2.50') + balance('CLBD', '3.00', 'DBIT') + entry('5.50', 'DBIT'), page(3, true)),
      ),
    );
    expect(error).toBeUndefined();
    expect(parts.filter(({ kind }) => kind === 'end')).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ totals: expect.objectContaining({ balanced: true }) })),
    );
    expect(parts.at(-3)).toMatchObject({ head: { page: { number: 3, last: true }, closing: { amount: euro(-300) } } });
  });

  test('counts only what is booked into the balance', async () => {
    const content =
      entry('2.00') + entry('9.00', 'CRDT', { status: 'PDNG' }) + entry('9.00', 'DBIT', { status: 'INFO' });
    const { parts, error } = await read(
      message(statement(balance('OPBD', '1.00') + balance('CLBD', '3.00') + content)),
    );
    expect(error).toBeUndefined();
    expect(parts.at(-1)).toMatchObject({
      totals: { entries: 3, booked: 1, credits: euro(1100), debits: euro(900), balanced: true },
    });
  });

  test.each([
    ['12', 1200],
    ['12.', 1200],
    ['.5', 50],
    ['+0012.500000', 1250],
    [' 0.00 ', 0],
  ])('reads the amount %j as the schema means it', async (written, minor) => {
    expect(entriesOf((await read(message(statement(entry(written))))).parts)[0]?.amount).toEqual(euro(minor));
  });

  const inside = (name: string) => (xml: string) => xml.replace(new RegExp(`<${name}( [^>]*)?>.*?</${name}>`), '');
  const one = message(statement(balance('OPBD', '1.00') + balance('CLBD', '3.00') + entry('2.00')));
  const place = '/Document/BkToCstmrStmt/Stmt[1]';
  const refused: readonly (readonly [what: string, document: string, path: string])[] = [
    ['no Stmt/Id', one.replace('<Stmt><Id>S1</Id>', '<Stmt>'), place],
    ['no account', inside('Acct')(one), place],
    ['no head of the message', inside('GrpHdr')(one), place],
    ['no statement', inside('Stmt')(one), '/Document/BkToCstmrStmt'],
    ['no status', inside('Sts')(one), `${place}/Ntry[1]`],
    ['a status as in 001.02', one.replace('<Sts><Cd>BOOK</Cd></Sts>', '<Sts>BOOK</Sts>'), `${place}/Ntry[1]/Sts`],
    ['no bank transaction code', one.replace('<BkTxCd/>', ''), `${place}/Ntry[1]`],
    ['an amount finer than a cent', one.replace('>2.00<', '>2.001<'), `${place}/Ntry[1]/Amt`],
    ['an amount with a comma', one.replace('>2.00<', '>2,00<'), `${place}/Ntry[1]/Amt`],
    ['a negative amount', one.replace('>2.00<', '>-2.00<'), `${place}/Ntry[1]/Amt`],
    ['an endless number', one.replace('>2.00<', `>${'0'.repeat(60_000)}x<`), `${place}/Ntry[1]/Amt`],
    ['more than can be counted', one.replace('>2.00<', '>123456789012345678<'), `${place}/Ntry[1]/Amt`],
    ['no currency', one.replace('<Ntry><Amt Ccy="EUR">', '<Ntry><Amt>'), `${place}/Ntry[1]/Amt`],
    [
      'an entry in another currency',
      message(statement(entry('1.00') + entry('1.00', 'CRDT', { currency: 'CHF' }))),
      `${place}/Ntry[2]/Amt`,
    ],
    [
      'a direction of its own',
      one.replace('<CdtDbtInd>CRDT</CdtDbtInd><Sts>', '<CdtDbtInd>C</CdtDbtInd><Sts>'),
      `${place}/Ntry[1]/CdtDbtInd`,
    ],
    [
      'a day that there is not',
      one.replace('<BkTxCd/>', '<BookgDt><Dt>2026-02-30</Dt></BookgDt><BkTxCd/>'),
      `${place}/Ntry[1]/BookgDt/Dt`,
    ],
    [
      'balances in two currencies',
      message(statement(balance('OPBD', '1') + balance('CLBD', '1', 'CRDT', 'CHF'))),
      `${place}/Bal[2]`,
    ],
    ['an entry outside a statement', message(entry('1.00')), '/Document/BkToCstmrStmt/Stmt[0]/Ntry[1]'],
  ];
  test.each(refused)('refuses %s, and says where', async (_, document, path) => {
    const { error } = await read(document);
    expect(error).toMatchObject({ code: 'HUB_CAMT_VALUE', places: [expect.objectContaining({ path })] });
  });

  test.each([
    ['version 001.02', 'camt.053.001.02', 'HUB_CAMT_VERSION'],
    ['a later version', 'camt.053.001.13', 'HUB_CAMT_VERSION'],
    ['an earlier notification', 'camt.054.001.02', 'HUB_CAMT_VERSION'],
    ['an intraday report', 'camt.052.001.08', 'HUB_CAMT_MESSAGE'],
    ['an order', 'pain.001.001.09', 'HUB_CAMT_MESSAGE'],
  ])('refuses %s by its own code, before anything is given', async (_, name, code) => {
    const { parts, error } = await read(FULL.replace('camt.053.001.08', name));
    expect(parts).toEqual([]);
    expect(error).toMatchObject({ code });
  });

  test.each([
    ['a DOCTYPE', `<!DOCTYPE Document>${FULL}`, 'HUB_XML_DOCTYPE'],
    ['a message that is cut off', FULL.slice(0, -20), 'HUB_XML_MALFORMED'],
    ['another document', '<html/>', 'HUB_CAMT_MESSAGE'],
    ['a name of a property as namespace', '<Document xmlns="constructor"/>', 'HUB_CAMT_MESSAGE'],
  ])('refuses %s', async (_, document, code) => {
    expect((await read(document)).error).toMatchObject({ code });
  });

  test('never quotes what it refuses', async () => {
    const { error } = await read(one.replace('>2.00<', '>Mustermann<'));
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('Mustermann');
  });

  test('refuses an entry of more transactions than allowed', async () => {
    const rest = batch('', '1.00', '1.00', '1.00');
    const document = message(statement(entry('3.00', 'CRDT', { rest }) + entry('3.00', 'CRDT', { rest })));
    expect((await read(document, { mostTransactions: 2 })).error).toMatchObject({ code: 'HUB_CAMT_LIMIT' });
    expect((await read(document, { mostTransactions: 3 })).error).toBeUndefined();
  });
});
