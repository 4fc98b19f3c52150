/** Waiting times after failures in a row. */
export interface Backoff {
  /** Milliseconds after the first failure. */
  readonly firstMs: number;
  /** Upper bound in milliseconds. */
  readonly maxMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 100, maxMs: 30_000 };

/** Doubles with each failure from 1 on, up to the bound, less a random part of up to a quarter. */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: () => number = Math.random): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full * (1 - random() / 4);
}

/** Resolves after the time, or at once when the signal aborts; never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
