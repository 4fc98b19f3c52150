import { createHash } from 'node:crypto';
import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { xdomeaErrors } from './errors.ts';

/** A primary file on its way into a package. */
export interface PackageFile {
  /** Name in the package, from {@link primaryFileName}. */
  readonly name: string;
  /** Decides whether deflating pays; without it the file is stored as it is. */
  readonly mediaType?: string;
  /** Size in bytes where known; another size of the stream fails the package. */
  readonly size?: number;
  /** Called once, when it is this file's turn; the stream is read to its end or destroyed. */
  open(): Readable | Promise<Readable>;
}

export interface WritePackageOptions {
  /** Left out only where the ZIP is no xdomea package. */
  readonly message?: { readonly name: string; readonly xml: string };
  readonly files: Iterable<PackageFile> | AsyncIterable<PackageFile>;
  /**
   * Receives the package; ended, and destroyed on failure. Syncing and renaming are the caller's: with
   * `createWriteStream(path, { flush: true })` the file is synced and closed when this function returns.
   */
  readonly to: Writable;
  /** Time stamp of all entries; with the same input the package has the same bytes. Default: now. */
  readonly createdAt?: Date;
  /**
   * Deflates every file. For receivers that read the ZIP as a stream (Java's ZipInputStream): those refuse stored
   * entries whose size follows the content, and that is how a streamed package stores files.
   */
  readonly deflateAll?: boolean;
  readonly signal?: AbortSignal;
}

const DEFLATABLE =
  /^text\/|[/+](xml|json|rtf|postscript|bmp|tiff|msword|vnd\.ms-(excel|powerpoint|outlook|project)|svg)\b/;

/**
 * Writes a package: the message first, then the files, flat, names in UTF-8. Streams with constant memory; ZIP64 only
 * where a size or offset needs it.
 * @returns size and SHA-256 (lower-case hex) of the package
 * @throws HUB_XDOMEA_FILE_SIZE, or the error of a file's stream or of `to`
 */
export async function writePackage(options: WritePackageOptions): Promise<{ bytes: number; sha256: string }> {
  const mtime = options.createdAt ?? new Date();
  const zip = new ZipFile();
  const output = zip.outputStream as unknown as Readable;
  const hash = createHash('sha256');
  let bytes = 0;
  let reading: Readable | undefined;
  let finished = false;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const fail = (error: Error) => output.destroy(error);
  zip.on('error', fail);
  const written = pipeline(output, meter, options.to, { signal: options.signal });
  try {
    const { message } = options;
    if (message) zip.addBuffer(Buffer.from(message.xml), message.name, { mtime, compress: true });
    for await (const file of options.files) {
      const compress = options.deflateAll === true || DEFLATABLE.test(file.mediaType ?? '');
      zip.addReadStreamLazy(file.name, { mtime, compress }, (give) => {
        if (finished) return;
        void (async () => {
          const source = await file.open();
          const guarded = source.on('error', fail).pipe(sizeGuard(file.size, fail));
          reading = source;
          if (finished) source.destroy();
          give(null, guarded);
        })().catch(fail);
      });
    }
    zip.end();
  } catch (error) {
    fail(error as Error);
  }
  try {
    await written;
  } finally {
    finished = true;
    reading?.destroy();
  }
  return { bytes, sha256: hash.digest('hex') };
}

function sizeGuard(size: number | undefined, fail: (error: Error) => void): Transform {
  let seen = 0;
  const wrong = () => xdomeaErrors.HUB_XDOMEA_FILE_SIZE();
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (size !== undefined && seen > size) done(wrong());
      else done(null, chunk);
    },
    flush(done) {
      if (size !== undefined && seen !== size) done(wrong());
      else done();
    },
  });
  return guard.on('error', fail);
}
