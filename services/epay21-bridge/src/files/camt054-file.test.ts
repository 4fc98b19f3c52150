import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { money } from '@ozg-hub/money';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { camt054File } from './camt054-file.ts';
import { type Camt054Profile, fileProfile } from './file-profile.ts';
import type { Posting } from './posting.ts';
import { sampleFacts, samplePosting, sampleReversal } from './sample-posting.ts';

const profile = fileProfile.parse({
  profile: 'camt054',
  id: 'camt',
  into: { by: 'directory', folder: '/camt' },
  iban: 'DE02120300000000202051',
}) as Camt054Profile;

let xml: XmlPool;
beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../../schemas/', import.meta.url)));
  xml = createXmlPool({ workers: 1, schemas });
});
afterAll(() => xml.close());

const file = (...postings: Posting[]) => camt054File(profile, sampleFacts(postings), postings, xml);
const textOf = async (...postings: Posting[]) => (await file(...postings)).toString();

describe('postings as camt.054', () => {
  test('are an advice that passes the schema: pending, with Kassenzeichen, fee and control totals', async () => {
    const text = await textOf(samplePosting());
    expect(text).toContain('<IBAN>DE02120300000000202051</IBAN>');
    expect(text).toContain('<Cd>PDNG</Cd>');
    expect(text).toContain('<Amt Ccy="EUR">30.70</Amt>');
    expect(text).toContain('<CdtDbtInd>CRDT</CdtDbtInd>');
    expect(text).toContain('<EndToEndId>2600000483-7</EndToEndId>');
    expect(text).toContain('<BookgDt><Dt>2026-11-20</Dt></BookgDt>');
    expect(text).toContain('<Amt Ccy="EUR">0.35</Amt>');
    expect(text).toMatch(/<TxsSummry>.*<Sum>30\.70<\/Sum>/s);
  });

  test('are a message of their own, whatever other municipalities send the same receiver', async () => {
    const of = (id: string) => camt054File(profile, { ...sampleFacts([]), id }, [samplePosting()], xml).then(String);
    const ids = ['01910000-0000-7000-8000-0000000000f1', '01910000-0000-7000-8000-0000000000f2'];
    const [one, other] = (await Promise.all(ids.map(of))).map((text) => /<MsgId>(.*?)</.exec(text)?.[1]);
    expect([one, other]).toEqual(['019100000000700080000000000000f1', '019100000000700080000000000000f2']);
  });

  test('take back what went back, naming the original', async () => {
    const text = await textOf(sampleReversal(samplePosting(), money(1000, 'EUR')));
    expect(text).toContain('<RvslInd>true</RvslInd>');
    expect(text).toContain('<CdtDbtInd>DBIT</CdtDbtInd>');
    expect(text).toContain('Original 01910000-0000-7000-8000-0000000000e1');
  });

  test('are the same bytes each time, and pass without an entry too', async () => {
    const [came, back] = [samplePosting(), sampleReversal(samplePosting())];
    expect(await file(came, back)).toEqual(await file(came, back));
    expect((await file()).length).toBeGreaterThan(0);
  });

  test('keep a transaction number that is too long for camt out rather than cut it', async () => {
    expect(await textOf(samplePosting({ transactionId: 'T'.repeat(36) }))).not.toContain('TTTT');
  });

  test('are refused with the place where a Kassenzeichen is too long', async () => {
    await expect(file(samplePosting({ kassenzeichen: '1'.repeat(36) }))).rejects.toMatchObject({
      code: 'HUB_CAMT_VALUE',
    });
  });
});
