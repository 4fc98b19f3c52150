import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { money } from '@ozg-hub/money';
import { canRun } from '@ozg-hub/testing/database';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import { entriesOf, read } from './sample-message.ts';
import { hasStandard, sampleSchemas, standardFolder } from './sample-schemas.ts';
import { type SampleStatement, sampleCamt053, sampleEntry } from './sample.ts';

const withOfficial = canRun('shared', hasStandard, 'camt.053 official schema', '../shared/standards/iso20022');
const euro = (minor: number) => money(minor, 'EUR');

async function sampleText(statement: SampleStatement): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of sampleCamt053(statement)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

describe('the sample', () => {
  let pool: XmlPool;
  beforeAll(async () => {
    pool = createXmlPool({ workers: 1, schemas: await sampleSchemas(), timeoutMs: 60_000 });
  });
  afterAll(() => pool.close());

  const bulk = (index: number) => ({
    ...sampleEntry(index),
    amount: euro(4940),
    fee: euro(60),
    transactions: [
      { amount: euro(3000), endToEndId: 'A', creditorReference: 'A' },
      { amount: euro(2000), endToEndId: 'B' },
    ],
  });
  const statements: readonly (readonly [string, SampleStatement])[] = [
    ['nothing', { count: 0 }],
    ['credits', { count: 3 }],
    ['an overdrawn account', { count: 1, opening: euro(-5000) }],
    ['bulk bookings', { count: 2, entry: bulk }],
    [
      'debits, and what is pending',
      { count: 4, entry: (at) => ({ ...sampleEntry(at), direction: 'DBIT', status: at % 2 ? 'PDNG' : 'BOOK' }) },
    ],
  ];

  test.each(statements)('of %s is right by its own totals', async (_, sample) => {
    const { parts, error } = await read(await sampleText(sample));
    expect(error).toBeUndefined();
    expect(parts.at(-1)).toMatchObject({ totals: { entries: sample.count, balanced: true } });
  });

  const official = withOfficial ? test.each(statements) : test.skip.each(statements);
  official('of %s follows the official schema', async (_, sample) => {
    const document = new TextEncoder().encode(await sampleText(sample));
    await expect(pool.run({ document, schema: 'official/camt.053' })).resolves.toBeDefined();
  });

  (withOfficial ? test : test.skip)("a bank's camt.054 of the standards folder is read", async () => {
    const { parts, error } = await read(
      await readFile(join(standardFolder, 'example-minimal-camt054.001.08.xml'), 'utf8'),
    );
    expect(error).toBeUndefined();
    expect(entriesOf(parts)).toMatchObject([
      { reversal: false, transactions: [{ creditorReferences: ['4200000000061'] }] },
      { batches: [{ count: 2, total: euro(5000) }], charges: [{ amount: euro(60), included: true }] },
      { reversal: true, transactions: [{ returned: { reason: 'CHARGEBACK' } }] },
    ]);
  });
});
