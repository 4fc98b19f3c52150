import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { money } from '@ozg-hub/money';
import { canRun } from '@ozg-hub/testing/database';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import { type Notification, type NotificationEntry, camt054Schema, writeCamt054 } from './index.ts';
import { sampleNotification } from './sample-notification.ts';
import { hasStandard, sampleSchemas } from './sample-schemas.ts';

const withOfficial = canRun('shared', hasStandard, 'camt.054 official schema', '../shared/standards/iso20022');
const schemas = [camt054Schema, ...(withOfficial ? ['official/camt.054'] : [])];
let pool: XmlPool;

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await sampleSchemas(), timeoutMs: 60_000 });
});
afterAll(() => pool.close());

async function problem(xml: string, schema: string): Promise<string> {
  try {
    await pool.run({ document: new TextEncoder().encode(xml), schema });
    return 'none';
  } catch (error) {
    if (!isHubError(error)) throw error;
    return `${error.code} ${error.places.map(({ path, message }) => `${path} ${message}`).join('; ')}`;
  }
}

const entries = sampleNotification().entries;
const withEntry = (change: Partial<NotificationEntry>) =>
  sampleNotification({ entries: [{ ...entries[0]!, ...change }, ...entries.slice(1)] });

const good: readonly (readonly [what: string, notification: Notification])[] = [
  ['a payment, one with a fee, and a reversal', sampleNotification()],
  ['a day without entries', sampleNotification({ entries: [] })],
  ['an account without IBAN', sampleNotification({ account: { other: 'Giro 4711' } })],
  ['a file without number', sampleNotification({ sequence: undefined })],
  ['texts as long as they may be', withEntry({ endToEndId: 'ß'.repeat(35), remittance: ['😀'.repeat(140)] })],
  [
    'another currency',
    sampleNotification({ currency: 'JPY', entries: [{ ...entries[0]!, amount: money(1200, 'JPY') }] }),
  ],
  ['more going out than coming in', sampleNotification({ entries: entries.slice(2) })],
  ['a fee of nothing, and no code', withEntry({ fee: money(0, 'EUR'), code: {} })],
];

describe('writeCamt054', () => {
  test.each(good)('writes %s as our profile and the official schema have it', async (_, notification) => {
    const xml = writeCamt054(notification);
    for (const schema of schemas) expect(await problem(xml, schema)).toBe('none');
  });

  test('writes the same bytes again, and nothing of the moment', () => {
    expect(writeCamt054(sampleNotification())).toBe(writeCamt054(sampleNotification()));
    expect(writeCamt054(sampleNotification())).toContain('<CreDtTm>2026-11-21T05:00:00Z</CreDtTm>');
  });

  test('marks every entry as pending: BOOK belongs to the bank', () => {
    const statuses = writeCamt054(sampleNotification()).match(/<Sts>.*?<\/Sts>/g);
    expect(statuses).toEqual(Array(3).fill('<Sts><Cd>PDNG</Cd></Sts>'));
  });

  test('carries control totals of all, of credits and of debits', () => {
    expect(writeCamt054(sampleNotification())).toContain(
      '<TxsSummry>' +
        '<TtlNtries><NbOfNtries>3</NbOfNtries><Sum>54.00</Sum>' +
        '<TtlNetNtry><Amt>30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>' +
        '<TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>42.00</Sum></TtlCdtNtries>' +
        '<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>12.00</Sum></TtlDbtNtries>' +
        '</TxsSummry>',
    );
  });

  test('keeps gross and fee apart, and says of a reversal what it is', () => {
    const xml = writeCamt054(sampleNotification());
    expect(xml).toContain(
      '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.36</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">0.36</Amt>' +
        '<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>false</ChrgInclInd><Tp><Prtry><Id>DISAGIO</Id></Prtry></Tp></Rcrd></Chrgs>',
    );
    expect(xml).toContain('<NtryRef>2</NtryRef><Amt Ccy="EUR">30.00</Amt>');
    expect(xml).toContain('<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>');
    expect(xml).toContain('<RtrInf><Rsn><Prtry>CHARGEBACK</Prtry></Rsn>');
  });

  const entry = '/Document/BkToCstmrDbtCdtNtfctn[1]/Ntfctn[1]/Ntry[1]';
  const head = '/Document/BkToCstmrDbtCdtNtfctn[1]/Ntfctn[1]';
  const refused: readonly (readonly [what: string, notification: Notification, path: string])[] = [
    [
      'a Kassenzeichen of 36 characters, which is never cut',
      withEntry({ creditorReference: '4'.repeat(36) }),
      `${entry}/NtryDtls[1]/TxDtls[1]/RmtInf[1]/Strd[1]/CdtrRefInf[1]/Ref[1]`,
    ],
    [
      'an EndToEndId of 36',
      withEntry({ endToEndId: '4'.repeat(36) }),
      `${entry}/NtryDtls[1]/TxDtls[1]/Refs[1]/EndToEndId[1]`,
    ],
    ['an empty EndToEndId', withEntry({ endToEndId: '' }), `${entry}/NtryDtls[1]/TxDtls[1]/Refs[1]/EndToEndId[1]`],
    ['a blank at an end', withEntry({ reference: '1 ' }), `${entry}/NtryRef[1]`],
    [
      'a second line in one',
      withEntry({ remittance: ['a', 'b\nc'] }),
      `${entry}/NtryDtls[1]/TxDtls[1]/RmtInf[1]/Ustrd[2]`,
    ],
    [
      'a remittance of 141 characters',
      withEntry({ remittance: ['x'.repeat(141)] }),
      `${entry}/NtryDtls[1]/TxDtls[1]/RmtInf[1]/Ustrd[1]`,
    ],
    ['an amount of nothing', withEntry({ amount: money(0, 'EUR') }), `${entry}/Amt[1]`],
    ['a negative amount', withEntry({ amount: money(-1, 'EUR') }), `${entry}/Amt[1]`],
    ['another currency', withEntry({ amount: money(1, 'CHF') }), `${entry}/Amt[1]`],
    ['a negative fee', withEntry({ fee: money(-1, 'EUR') }), `${entry}/Chrgs[1]`],
    ['a day that there is not', withEntry({ bookedOn: '2026-02-29' }), `${entry}/BookgDt[1]/Dt[1]`],
    ['half a code', withEntry({ code: { domain: 'PMNT', family: 'RCDT' } }), `${entry}/BkTxCd[1]`],
    [
      'a code in small letters',
      withEntry({ code: { domain: 'pmnt', family: 'RCDT', subFamily: 'ESCT' } }),
      `${entry}/BkTxCd[1]/Domn[1]/Cd[1]`,
    ],
    [
      'a reference given twice',
      sampleNotification({ entries: [entries[0]!, entries[0]!] }),
      `${head}/Ntry[2]/NtryRef[1]`,
    ],
    [
      'an IBAN with blanks',
      sampleNotification({ account: { iban: 'DE02 1203 0000' } }),
      `${head}/Acct[1]/Id[1]/IBAN[1]`,
    ],
    [
      'a number of 35 places',
      sampleNotification({ account: { other: '4'.repeat(35) } }),
      `${head}/Acct[1]/Id[1]/Othr[1]/Id[1]`,
    ],
    ['an id of 36 characters', sampleNotification({ id: 'x'.repeat(36) }), `${head}/Id[1]`],
    ['no time', sampleNotification({ createdAt: new Date(Number.NaN) }), `${head}/CreDtTm[1]`],
    ['half a number', sampleNotification({ sequence: 1.5 }), `${head}/ElctrncSeqNb[1]`],
  ];
  test.each(refused)('refuses %s, and says where', (_, notification, path) => {
    expect(() => writeCamt054(notification)).toThrow(
      expect.objectContaining({ code: 'HUB_CAMT_VALUE', places: [expect.objectContaining({ path })] }),
    );
  });

  test('never quotes what it refuses', () => {
    const message = (change: Partial<NotificationEntry>): string => {
      try {
        return writeCamt054(withEntry(change));
      } catch (error) {
        return `${String(error)} ${JSON.stringify(error)}`;
      }
    };
    expect(message({ remittance: [`Mustermann ${'x'.repeat(140)}`] })).not.toContain('Mustermann');
  });
});

describe('our profile of camt.054', () => {
  type Broken = readonly [what: string, find: string | RegExp, put: string];
  const broken: readonly Broken[] = [
    ['no MsgId', /<MsgId>.*?<\/MsgId>/, ''],
    ['no Ntfctn/Id', /(<Ntfctn>)<Id>.*?<\/Id>/, '$1'],
    ['no account', /<Acct>.*?<\/Acct>/, ''],
    ['an account of two kinds', /(<\/IBAN>)/, '$1<Othr><Id>1</Id></Othr>'],
    ['an IBAN in small letters', '<IBAN>DE', '<IBAN>de'],
    ['no status', /<Sts>.*?<\/Sts>/, ''],
    ['a status as text, as in 001.02', /<Sts>.*?<\/Sts>/, '<Sts>PDNG</Sts>'],
    ['no amount', /<Amt Ccy="EUR">12.00<\/Amt>/, ''],
    ['an amount without currency', '<Amt Ccy="EUR">', '<Amt>'],
    ['a negative amount', '<Amt Ccy="EUR">12', '<Amt Ccy="EUR">-12'],
    ['an amount with a comma', '<Amt Ccy="EUR">12.00', '<Amt Ccy="EUR">12,00'],
    ['an amount of six decimals', '<Amt Ccy="EUR">12.00', '<Amt Ccy="EUR">12.000001'],
    ['an amount of nineteen digits', '<Amt Ccy="EUR">12.00', '<Amt Ccy="EUR">1234567890123456789'],
    ['a currency of two letters', 'Ccy="EUR"', 'Ccy="EU"'],
    ['a direction of its own', '<CdtDbtInd>CRDT', '<CdtDbtInd>CREDIT'],
    ['a reversal indicator that is none', '<RvslInd>true', '<RvslInd>yes'],
    ['no bank transaction code', /<BkTxCd>.*?<\/BkTxCd>/, ''],
    ['a code of five letters', '<Cd>PMNT</Cd>', '<Cd>PAYMT</Cd>'],
    ['no sub-family', /<SubFmlyCd>.*?<\/SubFmlyCd>/, ''],
    ['a booking day with time', '<BookgDt><Dt>2026-11-20', '<BookgDt><Dt>2026-11-20T00:00:00'],
    ['a day that there is not', '<BookgDt><Dt>2026-11-20', '<BookgDt><Dt>2026-11-31'],
    ['a time that there is not', '<CreDtTm>2026-11-21T05', '<CreDtTm>2026-11-21T25'],
    ['half a number of entries', '<NbOfNtries>3', '<NbOfNtries>3.5'],
    ['a sum with a comma', '<Sum>54.00', '<Sum>54,00'],
    ['an EndToEndId of 36 characters', /(<EndToEndId>)\d+/, `$1${'4'.repeat(36)}`],
    ['an empty EndToEndId', /(<EndToEndId>)\d+/, '$1'],
    ['a reference without kind', /<Tp>PAYID<\/Tp>/, ''],
    ['a Kassenzeichen of 36 characters', /(<\/Tp><Ref>)4200000000061/, `$1${'4'.repeat(36)}`],
    ['a remittance of 141 characters', '<Ustrd>', `<Ustrd>${'x'.repeat(141)}`],
    ['a reason of 36 characters', '<Rsn><Prtry>', `<Rsn><Prtry>${'x'.repeat(36)}`],
    ['information of 106 characters', '<AddtlInf>', `<AddtlInf>${'x'.repeat(106)}`],
    ['an element in the wrong place', /(<NtryRef>1<\/NtryRef>)(<Amt .*?<\/Amt>)/, '$2$1'],
    ['an unknown element', '<NtryRef>', '<Neu>1</Neu><NtryRef>'],
    ['text between elements', '<NtryRef>', 'text<NtryRef>'],
    ['an unknown attribute', '<Ntfctn>', '<Ntfctn neu="1">'],
    ['another version', /camt\.054\.001\.08/, 'camt.054.001.02'],
    ['two messages', /(<BkToCstmrDbtCdtNtfctn>.*<\/BkToCstmrDbtCdtNtfctn>)/, '$1$1'],
  ];
  test.each(broken)('refuses %s, as the official schema does', async (_, find, put) => {
    const xml = writeCamt054(sampleNotification());
    const changed = xml.replace(find, put);
    expect(changed).not.toBe(xml);
    for (const schema of schemas) expect(await problem(changed, schema)).toMatch(/^HUB_XML_INVALID/);
  });

  const stricter: readonly Broken[] = [
    ['an entry that claims to be booked', '<Cd>PDNG</Cd>', '<Cd>BOOK</Cd>'],
    ['an entry without reference', '<NtryRef>1</NtryRef>', ''],
    ['an amount of nothing', '<Amt Ccy="EUR">12.00', '<Amt Ccy="EUR">0.00'],
    ['no control totals', /<TxsSummry>.*?<\/TxsSummry>/, ''],
    ['a blank at an end', '<NtryRef>1', '<NtryRef>1 '],
  ];
  test.each(stricter)('refuses %s, which the official schema would let pass', async (_, find, put) => {
    const xml = writeCamt054(sampleNotification());
    const changed = xml.replace(find, put);
    expect(changed).not.toBe(xml);
    expect(await problem(changed, camt054Schema)).toMatch(/^HUB_XML_INVALID/);
    if (withOfficial) expect(await problem(changed, 'official/camt.054')).toBe('none');
  });
});
