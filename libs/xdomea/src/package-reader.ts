import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import zlib from 'node:zlib';
import { type Entry, type ZipFile, fromBufferPromise, openPromise } from 'yauzl';
import { xdomeaErrors } from './errors.ts';

export interface PackageLimits {
  readonly maxEntries: number;
  /** Bytes of one entry, unpacked. */
  readonly maxEntryBytes: number;
  /** Bytes of all entries, unpacked. */
  readonly maxTotalBytes: number;
  /** Unpacked to packed; entries up to 1 MiB unpacked are not asked. */
  readonly maxRatio: number;
}

export const defaultPackageLimits: PackageLimits = {
  maxEntries: 10_000,
  maxEntryBytes: 8 * 1024 ** 3,
  maxTotalBytes: 16 * 1024 ** 3,
  maxRatio: 1_000,
};

export interface PackageEntry {
  readonly name: string;
  /** Unpacked size in bytes. */
  readonly size: number;
}

/** A package that passed every check which its directory allows; contents are checked while they are read. */
export interface Package {
  readonly entries: readonly PackageEntry[];
  /** Content of an entry; fails on a wrong size or checksum. */
  stream(name: string): Promise<Readable>;
  /** Content of a small entry. @throws HUB_XDOMEA_PACKAGE_LIMIT above `maxBytes` */
  read(name: string, maxBytes: number): Promise<Buffer>;
  close(): void;
}

const refuse = (detail: string, cause?: unknown) => xdomeaErrors.HUB_XDOMEA_PACKAGE({ detail, cause });
const exceeds = (detail: string) => xdomeaErrors.HUB_XDOMEA_PACKAGE_LIMIT({ detail });

/** `flat`, as a package of xdomea is: no folders. `folders`: for other ZIP files. */
export type PackageLayout = 'flat' | 'folders';

/**
 * Opens a package from a file or from memory and refuses at once: folders, absolute names and traversal, names that
 * occur twice (also for a file system that ignores case), symbolic links, encryption, unusual compression, overlapping
 * entries, and bombs by count, size or ratio.
 * @throws HUB_XDOMEA_PACKAGE, HUB_XDOMEA_PACKAGE_LIMIT
 */
export async function openPackage(
  source: string | Uint8Array,
  limits: PackageLimits = defaultPackageLimits,
  layout: PackageLayout = 'flat',
): Promise<Package> {
  const zip = await openZip(source);
  try {
    if (zip.entryCount > limits.maxEntries) throw exceeds(`The package has more than ${limits.maxEntries} entries.`);
    const entries = await readDirectory(zip, limits, layout);
    return new OpenPackage(zip, entries);
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function openZip(source: string | Uint8Array): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true };
  try {
    if (typeof source === 'string') return await openPromise(source, options);
    const buffer = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    return await fromBufferPromise(buffer, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw refuse('The file is not a complete ZIP file.', error);
  }
}

async function readDirectory(zip: ZipFile, limits: PackageLimits, layout: PackageLayout): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const folded = new Set<string>();
  let total = 0;
  const iterator = zip.eachEntry();
  for (let position = 1; ; position++) {
    let next: IteratorResult<Entry>;
    try {
      next = await iterator.next();
    } catch (error) {
      // Of strong encryption the library says so by itself.
      if (/encrypt/.test((error as Error).message)) throw refuse(`Entry ${position} is encrypted.`, error);
      throw refuse(
        `The directory of the ZIP file is damaged, or entry ${position} has a name that is not allowed.`,
        error,
      );
    }
    if (next.done) break;
    const entry = next.value;
    if (layout === 'folders' && entry.fileName.endsWith('/')) continue;
    checkEntry(entry, position, limits, layout);
    total += entry.uncompressedSize;
    if (total > limits.maxTotalBytes) throw exceeds(`The package unpacks to more than ${limits.maxTotalBytes} bytes.`);
    const name = entry.fileName.normalize('NFC').toLowerCase();
    if (folded.has(name)) throw refuse(`Entry ${position} has the name of another entry.`);
    folded.add(name);
    entries.set(entry.fileName, entry);
  }
  checkOverlap([...entries.values()]);
  return entries;
}

function checkEntry(entry: Entry, position: number, limits: PackageLimits, layout: PackageLayout): void {
  const at = `Entry ${position}`;
  const steps = layout === 'flat' ? [entry.fileName] : entry.fileName.split('/');
  // oxlint-disable-next-line no-control-regex
  if (steps.some((step) => /[/\\\u0000-\u001F]/.test(step) || step === '..' || step === '.')) {
    throw refuse(`${at} lies in a folder or has a name that is not allowed; packages are flat.`);
  }
  if (entry.fileName === '' || /^[A-Za-z]:/.test(entry.fileName)) throw refuse(`${at} has a name that is not allowed.`);
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000) throw refuse(`${at} is a symbolic link.`);
  if (entry.isEncrypted()) throw refuse(`${at} is encrypted.`);
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    throw refuse(`${at} is compressed in an unusual way.`);
  if (entry.uncompressedSize > limits.maxEntryBytes) {
    throw exceeds(`${at} unpacks to more than ${limits.maxEntryBytes} bytes.`);
  }
  if (entry.uncompressedSize > 1024 ** 2 && entry.uncompressedSize > entry.compressedSize * limits.maxRatio) {
    throw exceeds(`${at} unpacks to more than ${limits.maxRatio} times its size.`);
  }
}

/** Entries that share bytes are how a small file unpacks to petabytes. */
function checkOverlap(entries: readonly Entry[]): void {
  const ordered = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let end = 0;
  for (const entry of ordered) {
    if (entry.relativeOffsetOfLocalHeader < end) throw refuse('Entries of the ZIP file overlap.');
    end = entry.relativeOffsetOfLocalHeader + 30 + entry.fileNameLength + entry.compressedSize;
  }
}

class OpenPackage implements Package {
  readonly entries: readonly PackageEntry[];

  constructor(
    private readonly zip: ZipFile,
    private readonly byName: ReadonlyMap<string, Entry>,
  ) {
    this.entries = [...byName.values()].map(({ fileName, uncompressedSize }) => ({
      name: fileName,
      size: uncompressedSize,
    }));
  }

  async stream(name: string): Promise<Readable> {
    const entry = this.byName.get(name);
    if (!entry) throw refuse('The package has no entry of this name.');
    const content = await this.zip.openReadStreamPromise(entry).catch((error: unknown) => {
      throw refuse('An entry of the ZIP file is damaged.', error);
    });
    const checked = checksum(entry.crc32);
    // The error reaches the reader through `checked`, which pipeline destroys with it.
    return pipeline(content, checked, () => undefined);
  }

  async read(name: string, maxBytes: number): Promise<Buffer> {
    const size = this.byName.get(name)?.uncompressedSize ?? 0;
    if (size > maxBytes) throw exceeds(`The entry is larger than ${maxBytes} bytes.`);
    const parts: Buffer[] = [];
    try {
      for await (const part of await this.stream(name)) parts.push(part as Buffer);
    } catch (error) {
      throw refuse('An entry of the ZIP file is damaged.', error);
    }
    return Buffer.concat(parts);
  }

  close(): void {
    this.zip.close();
  }
}

function checksum(expected: number): Transform {
  let crc = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      crc = zlib.crc32(chunk, crc);
      done(null, chunk);
    },
    flush(done) {
      if (crc === expected) done();
      else done(refuse('An entry of the ZIP file does not match its checksum.'));
    },
  });
}
