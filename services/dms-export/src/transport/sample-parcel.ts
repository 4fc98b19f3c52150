import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Parcel } from './package-transport.port.ts';

/** For tests: a parcel of so many bytes, which its writer may break off. */
export class SampleParcel implements Parcel {
  readonly name = 'parcel_FVDaten.SGOAblegen.0605.zip';
  readonly mediaType = 'application/zip';
  readonly contentKey = '0123456789abcdef'.repeat(2);
  readonly content: Buffer;
  /** How often it was written. */
  written = 0;
  /** Called with the bytes written so far. */
  reached: ((bytes: number) => unknown) | undefined;

  constructor(
    bytes = 3_000_000,
    private readonly failAfter = Number.POSITIVE_INFINITY,
  ) {
    this.content = Buffer.alloc(bytes, 'parcel ');
    for (let at = 0; at < bytes; at += 4096) this.content.writeUInt32BE(at, Math.min(at, bytes - 4));
  }

  async write(to: Writable): Promise<{ bytes: number; sha256: string }> {
    this.written += 1;
    const broken = new Promise<never>((_resolve, reject) => to.once('error', reject));
    const closed = new Promise<void>((resolve) => to.once('close', resolve));
    broken.catch(() => undefined);
    for (let at = 0; at < this.content.length; at += 50_000) {
      if (at >= this.failAfter) {
        to.destroy();
        throw new Error('the source broke');
      }
      this.reached?.(at);
      if (to.write(this.content.subarray(at, at + 50_000))) continue;
      await Promise.race([broken, closed, new Promise<void>((resolve) => to.once('drain', resolve))]);
      if (to.destroyed && !to.writableFinished) throw to.errored ?? new Error('the target broke');
    }
    const finished = new Promise<void>((resolve) => to.once('finish', resolve));
    to.end();
    await Promise.race([broken, finished, closed]);
    if (!to.writableFinished) throw to.errored ?? new Error('the target broke');
    return { bytes: this.content.length, sha256: createHash('sha256').update(this.content).digest('hex') };
  }
}
