import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createWriteStream, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { openPackage } from './package-reader.ts';
import { type PackageFile, type WritePackageOptions, writePackage } from './package-writer.ts';

const message = {
  name: '11111111-2222-4333-8444-000000000001_FVDaten.SGOAblegen.0605.xml',
  xml: '<a>ä</a>'.repeat(500),
};
const createdAt = new Date('2026-08-21T10:00:00Z');
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdomea-package-'));
  path = join(folder, 'package.zip');
});
afterEach(() => rm(folder, { recursive: true }));

const write = (files: WritePackageOptions['files'], options: Partial<WritePackageOptions> = {}) =>
  writePackage({ message, files, to: createWriteStream(path), createdAt, ...options });

function file(name: string, content: Buffer | string, more: Partial<PackageFile> = {}): PackageFile {
  return { name, open: () => Readable.from([Buffer.from(content)]), ...more };
}

/** A stream of this many bytes that holds one chunk at a time. */
function large(bytes: number): Readable {
  const chunk = Buffer.alloc(64 * 1024, 0xa5);
  let left = bytes;
  return new Readable({
    read() {
      const size = Math.min(left, chunk.length);
      left -= size;
      this.push(size === 0 ? null : chunk.subarray(0, size));
    },
  });
}

describe('a written package', () => {
  test('has the message first, then the files in order, and every byte', async () => {
    const files = [
      file('b_Größe.pdf', 'B', { mediaType: 'application/pdf', size: 1 }),
      file('a.xml', '<x/>', { mediaType: 'text/xml' }),
    ];
    await write(files);
    const opened = await openPackage(path);
    expect(opened.entries.map(({ name }) => name)).toEqual([message.name, 'b_Größe.pdf', 'a.xml']);
    expect((await opened.read(message.name, 10_000)).toString()).toBe(message.xml);
    expect((await opened.read('b_Größe.pdf', 10)).toString()).toBe('B');
    opened.close();
  });

  test('is reported with its own size and hash, the same for the same input', async () => {
    const first = await write([file('a.pdf', 'A')]);
    const bytes = await readFile(path);
    expect(first).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect(await write([file('a.pdf', 'A')])).toEqual(first);
  });

  test('marks names as UTF-8, stores what is compressed already and deflates text', async () => {
    const content = 'text '.repeat(1000);
    await write([
      file('ü.jpg', content, { mediaType: 'image/jpeg' }),
      file('t.txt', content, { mediaType: 'text/plain; charset=utf-8' }),
    ]);
    const [, stored, deflated] = localHeaders(await readFile(path));
    expect([stored!.utf8, stored!.method, deflated!.method]).toEqual([true, 0, 8]);
  });

  test('has no stored entries where the receiver reads it as a stream', async () => {
    await write([file('a.jpg', 'A', { mediaType: 'image/jpeg' })], { deflateAll: true });
    expect(localHeaders(await readFile(path)).map(({ method }) => method)).toEqual([8, 8]);
  });

  test('takes its files one after the other, each opened when it is its turn', async () => {
    let open = 0;
    let most = 0;
    const counted = (name: string): PackageFile => ({
      name,
      open: () => {
        most = Math.max(most, ++open);
        return large(500_000).on('close', () => open--);
      },
    });
    await write(['a', 'b', 'c'].map(counted));
    expect(most).toBe(1);
  });

  test('streams: what was read of a file and is not written yet does not grow with its size', async () => {
    const bytes = 96 * 1024 * 1024;
    let taken = 0;
    let held = 0;
    const watched = large(bytes).on('data', (chunk: Buffer) => {
      taken += chunk.length;
      held = Math.max(held, taken - statSync(path).size);
    });
    watched.pause();
    await write([{ name: 'big.bin', size: bytes, open: () => watched }]);
    expect((await stat(path)).size).toBeGreaterThan(bytes);
    expect(held).toBeLessThan(2 * 1024 * 1024);
    const opened = await openPackage(path);
    let seen = 0;
    for await (const chunk of await opened.stream('big.bin')) seen += (chunk as Buffer).length;
    expect(seen).toBe(bytes);
    opened.close();
  });

  test('fails when a file is shorter or longer than announced', async () => {
    await expect(write([file('a', 'AB', { size: 3 })])).rejects.toMatchObject({ code: 'HUB_XDOMEA_FILE_SIZE' });
    await expect(write([file('a', 'AB', { size: 1 })])).rejects.toMatchObject({ code: 'HUB_XDOMEA_FILE_SIZE' });
  });

  test('fails with the error of a stream that breaks, that cannot be opened, or of the target', async () => {
    const broken = () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('A');
          throw new Error('disk gone');
        })(),
      );
    await expect(write([{ name: 'a', open: broken }])).rejects.toThrow('disk gone');
    await expect(write([{ name: 'a', open: () => Promise.reject(new Error('no such object')) }])).rejects.toThrow(
      'no such object',
    );
    const source = large(10_000_000);
    const nowhere = createWriteStream(join(folder, 'missing', 'x.zip'));
    await expect(write([{ name: 'a', open: () => source }], { to: nowhere })).rejects.toThrow('ENOENT');
  });

  test('ends and releases its source when it is aborted', async () => {
    const aborting = new AbortController();
    const source = large(1024 ** 3).once('data', () => aborting.abort());
    await expect(write([{ name: 'a', open: () => source.pause() }], { signal: aborting.signal })).rejects.toThrow(
      'aborted',
    );
    expect(source.destroyed).toBe(true);
  });
});

describe('a package is refused when it has', () => {
  /** Writes a ZIP with names as given: yazl refuses bad ones itself, so they are put in afterwards, same length. */
  async function zip(names: readonly string[], change: (bytes: Buffer) => void = () => undefined): Promise<Buffer> {
    const made = new ZipFile();
    for (const [index, name] of names.entries()) {
      made.addBuffer(Buffer.from('x'), placeholder(name, index), { compress: false, mtime: createdAt });
    }
    made.end();
    await pipeline(made.outputStream, createWriteStream(path));
    const bytes = await readFile(path);
    for (const [index, name] of names.entries()) replaceAll(bytes, placeholder(name, index), name);
    change(bytes);
    return bytes;
  }
  const placeholder = (name: string, index: number) => String.fromCharCode(97 + index).repeat(Buffer.byteLength(name));

  const names: readonly (readonly [string, readonly string[]])[] = [
    ['traversal', ['../etc/passwd']],
    ['an absolute name', ['/etc/passwd']],
    ['a drive letter', ['C:\\x.txt']],
    ['a backslash', ['a\\b.txt']],
    ['a folder', ['folder/a.txt']],
    ['a folder entry', ['folder/']],
    ['the same name twice', ['a.txt', 'a.txt']],
    ['two names that differ in case only', ['Ä.txt', 'ä.txt']],
    ['two names that differ in Unicode form only', ['\u00e4.txt', 'a\u0308.txt']],
  ];
  test.each(names)('%s', async (_name, entries) => {
    await expect(openPackage(await zip(entries))).rejects.toMatchObject({ code: 'HUB_XDOMEA_PACKAGE' });
  });

  test('an encrypted entry', async () => {
    await write([]);
    const bytes = patch(await readFile(path), [[CENTRAL, 8, 0x0809]]);
    const refused = { code: 'HUB_XDOMEA_PACKAGE', message: expect.stringContaining('encrypted') };
    await expect(openPackage(bytes)).rejects.toMatchObject(refused);
  });

  test('a symbolic link', async () => {
    const bytes = await zip(['a.txt'], (all) => patch(all, [[CENTRAL, 40, 0o120777]]));
    await expect(openPackage(bytes)).rejects.toMatchObject({ message: expect.stringContaining('symbolic link') });
  });

  test('entries that share bytes', async () => {
    const bytes = await zip(['a.txt', 'b.txt'], (all) => {
      all.writeUInt32LE(0, all.indexOf(CENTRAL, all.indexOf(CENTRAL) + 1) + 42);
    });
    await expect(openPackage(bytes)).rejects.toMatchObject({ message: expect.stringContaining('overlap') });
  });

  test('content that does not match its checksum', async () => {
    const bytes = await zip(['a.txt'], (all) => replaceAll(all, 'a.txtx', 'a.txty'));
    const opened = await openPackage(bytes);
    await expect(opened.read('a.txt', 10)).rejects.toMatchObject({ code: 'HUB_XDOMEA_PACKAGE' });
    opened.close();
  });

  test('an end that is missing, and anything that is no ZIP', async () => {
    await write([file('a', 'A')]);
    const bytes = await readFile(path);
    await expect(openPackage(bytes.subarray(0, bytes.length - 30))).rejects.toMatchObject({
      code: 'HUB_XDOMEA_PACKAGE',
    });
    await expect(openPackage(Buffer.from('<xml/>'))).rejects.toMatchObject({ code: 'HUB_XDOMEA_PACKAGE' });
  });

  test('a file that cannot be read is another error than a bad package', async () => {
    await expect(openPackage(join(folder, 'missing.zip'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

const CENTRAL = Buffer.from([0x50, 0x4b, 1, 2]);

function localHeaders(bytes: Buffer): { utf8: boolean; method: number }[] {
  const headers = [];
  for (let at = bytes.indexOf(CENTRAL); at !== -1; at = bytes.indexOf(CENTRAL, at + 1)) {
    headers.push({ utf8: (bytes.readUInt16LE(at + 8) & 0x800) !== 0, method: bytes.readUInt16LE(at + 10) });
  }
  return headers;
}

function patch(bytes: Buffer, changes: readonly (readonly [Buffer, number, number])[]): Buffer {
  for (const [signature, offset, value] of changes) bytes.writeUInt16LE(value, bytes.indexOf(signature) + offset);
  return bytes;
}

function replaceAll(bytes: Buffer, from: string, to: string): void {
  for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
}
