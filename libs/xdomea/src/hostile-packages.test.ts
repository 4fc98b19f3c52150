import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import { checkFile } from './check-file.ts';
import { messageFileName, packageName } from './package-names.ts';
import { defaultPackageLimits, openPackage } from './package-reader.ts';
import { sampleSchemas } from './sample-schemas.ts';
import { sampleSgoAblegen } from './sample.ts';
import { type SampleZipEntry, sampleZip } from './sample-zip.ts';
import { asMessage, writeMessage } from './write-message.ts';

const sample = asMessage(sampleSgoAblegen());
const { name: nachricht, xml } = writeMessage(sample);
const message: SampleZipEntry = { name: messageFileName(sample.prozessId, nachricht), content: Buffer.from(xml) };
const plain = (name: string): SampleZipEntry => ({ name, content: Buffer.from('x') });
const zeros = (name: string, mebibytes: number): SampleZipEntry => ({
  name,
  content: Buffer.alloc(mebibytes * 1024 ** 2),
  method: 8,
});

let pool: XmlPool;
let folder: string;
let path: string;

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await sampleSchemas(), timeoutMs: 60_000 });
});
afterAll(() => pool.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdomea-hostile-'));
  path = join(folder, packageName(sample.prozessId, nachricht));
});
afterEach(() => rm(folder, { recursive: true }));

const check = () => checkFile(pool, path, { official: new Set() });

describe('a package that somebody made to harm is refused by its directory alone', () => {
  const hostile: readonly (readonly [what: string, entries: readonly SampleZipEntry[], says: RegExp])[] = [
    ['that leaves the folder', [plain('../x.pdf')], /name that is not allowed/],
    ['with an absolute name', [plain('/etc/passwd')], /name that is not allowed/],
    ['with a drive', [plain('C:x.pdf')], /name that is not allowed/],
    ['in a folder', [plain('a/x.pdf')], /lies in a folder/],
    ['without a name', [plain('')], /name that is not allowed/],
    ['of a name that ends before its end', [plain('x.pdf\0.exe')], /name that is not allowed/],
    ['that occurs twice', [plain('x.pdf'), plain('x.pdf')], /name of another entry/],
    ['that Windows takes for another', [plain('x.pdf'), plain('X.PDF')], /name of another entry/],
    ['that is encrypted', [{ ...plain('x.pdf'), flags: 0x801, method: 8 }], /encrypted/],
    ['that is encrypted as a whole', [{ ...plain('x.pdf'), flags: 0x841, method: 8 }], /encrypted/],
    ['packed by a method nobody else reads', [{ ...plain('x.pdf'), method: 12 }], /unusual way/],
    ['that is a link', [{ ...plain('x.pdf'), mode: 0o120777 }], /symbolic link/],
    ['that unpacks to more than 1000 times its size', [zeros('bomb.txt', 32)], /1000 times its size/],
  ];
  test.each(hostile)('an entry %s', async (_what, entries, says) => {
    await writeFile(path, sampleZip([message, ...entries]));
    const { verdict, findings } = await check();
    expect(verdict).toBe('invalid');
    expect(findings).toEqual([
      { subject: 'package', rule: 'package', severity: 'error', message: expect.stringMatching(says) },
    ]);
  });

  test('more entries than anybody sends', async () => {
    const many = Array.from({ length: defaultPackageLimits.maxEntries }, (_, n) => plain(`${n}.txt`));
    await writeFile(path, sampleZip([message, ...many]));
    expect((await check()).findings).toMatchObject([{ rule: 'package', message: /more than 10000 entries/ }]);
  });

  test('an entry, or all together, that unpack to more than a disk is expected to hold', async () => {
    const refused = { code: 'HUB_XDOMEA_PACKAGE_LIMIT' };
    const bytes = sampleZip([
      { ...plain('x'), content: Buffer.alloc(600) },
      { ...plain('y'), content: Buffer.alloc(600) },
    ]);
    await expect(openPackage(bytes, { ...defaultPackageLimits, maxEntryBytes: 599 })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('Entry 1 unpacks to more than 599'),
    });
    await expect(openPackage(bytes, { ...defaultPackageLimits, maxTotalBytes: 1199 })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('The package unpacks to more than 1199'),
    });
    (await openPackage(bytes, { ...defaultPackageLimits, maxEntryBytes: 600, maxTotalBytes: 1200 })).close();
  });
});

describe('a package whose directory lies is refused when it is read', () => {
  test.each([
    ['shorter', 99_999],
    ['longer', 100_001],
  ])('about a size, %s than it is', async (_which, size) => {
    const content = randomBytes(100_000);
    await writeFile(path, sampleZip([message, { name: 'x.txt', content, method: 8, size }]));
    expect((await check()).findings).toContainEqual(
      expect.objectContaining({ rule: 'file-damaged', severity: 'error', file: 'x.txt' }),
    );
  });

  test('about the size of the message, before much of it is in memory', async () => {
    const content = Buffer.alloc(64 * 1024 ** 2, '<a/>');
    await writeFile(path, sampleZip([{ ...message, content, method: 8, size: 1000 }]));
    const { verdict, findings } = await check();
    expect([verdict, findings]).toEqual(['invalid', [expect.objectContaining({ rule: 'package' })]]);
  });

  test('a small entry is only read up to the size that was allowed', async () => {
    const opened = await openPackage(sampleZip([plain('a')]));
    await expect(opened.read('a', 0)).rejects.toMatchObject({ code: 'HUB_XDOMEA_PACKAGE_LIMIT' });
    opened.close();
  });
});
