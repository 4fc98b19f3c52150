import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { newSpan } from '@ozg-hub/core';
import type { DeliveryWork, Json } from '@ozg-hub/delivery';
import type { Parcel } from './package-transport.port.ts';

export interface SampleWorkOptions {
  readonly fence?: number;
  /** Name of the step before which the process dies. */
  readonly dieBefore?: string;
  /** Name of the step after which it dies, before its result is stored. */
  readonly dieAfter?: string;
}

/** For tests: an exchange whose steps are kept as the engine keeps them. */
export class SampleExchange {
  readonly steps = new Map<string, Json>();

  constructor(readonly id = '0198c0de-1111-7000-8000-000000000001') {}

  work({ fence = 1, dieBefore, dieAfter }: SampleWorkOptions = {}): DeliveryWork {
    const { id, steps } = this;
    return {
      delivery: { tenant: 'musterstadt', target: 'eakte', fence } as DeliveryWork['delivery'],
      exchange: { id, number: 1 },
      settings: { kind: 'xdomea' },
      step: async (name, run) => {
        if (!steps.has(name)) {
          if (name === dieBefore) throw new Error(`died before ${name}`);
          const result = await run();
          if (name === dieAfter) throw new Error(`died after ${name}`);
          steps.set(name, JSON.parse(JSON.stringify(result)) as Json);
        }
        return steps.get(name) as never;
      },
      stored: (name) => steps.get(name) as never,
      signal: new AbortController().signal,
      failpoints: { hit: () => undefined },
      trace: newSpan(),
      extendLease: async () => undefined,
    };
  }
}

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
