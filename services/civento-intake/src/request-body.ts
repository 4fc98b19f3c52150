import type { Readable } from 'node:stream';
import { intakeErrors } from './errors.ts';

export interface BodyLimits {
  /** Of the whole body. */
  readonly totalBytes: number;
  /** Ends the reading at once; its reason is thrown. */
  readonly signal: AbortSignal;
}

/**
 * The body of a request as it arrives, read only as fast as it is asked for. The body itself stays open, so that its
 * sender can still be answered.
 * @throws HUB_INTAKE_ABORTED, HUB_INTAKE_TOO_LARGE, and the reason of the signal
 */
export async function* requestBody(body: Readable, limits: BodyLimits): AsyncGenerator<Buffer, void, undefined> {
  const { signal, totalBytes } = limits;
  let received = 0;
  // What goes wrong is seen in `errored`; without a listener the event would end the process.
  body.on('error', () => undefined);
  for (;;) {
    signal.throwIfAborted();
    const chunk = body.read() as Buffer | null;
    if (chunk !== null) {
      received += chunk.length;
      if (received > totalBytes) throw intakeErrors.HUB_INTAKE_TOO_LARGE({ detail: 'The request is too large.' });
      yield chunk;
    } else if (body.readableEnded) return;
    else if (body.destroyed) throw intakeErrors.HUB_INTAKE_ABORTED({ cause: body.errored });
    else await change(body, signal);
  }
}

const CHANGES = ['readable', 'end', 'error', 'close'] as const;

/** Resolves when the stream has bytes or has come to an end, one way or the other. */
function change(body: Readable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = () => {
      for (const event of CHANGES) body.off(event, over);
      signal.removeEventListener('abort', over);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    for (const event of CHANGES) body.on(event, over);
    signal.addEventListener('abort', over);
  });
}
