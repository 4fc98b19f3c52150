import { Readable } from 'node:stream';

/** How much of a refused request is still read, and for how long, so that its sender gets to read the answer. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_MS = 5_000;

/**
 * An answer whose sender may still be writing: given out at once, and ended only when the rest of the request was read
 * and forgotten. To close earlier would reset the connection under the sender before it has read the answer.
 */
export function answerBeforeRest(answer: Buffer, body: Readable): Readable {
  return Readable.from(
    (async function* () {
      yield answer;
      await discardRest(body);
    })(),
    { objectMode: false },
  );
}

/** Reads on and forgets; gives up after a while. */
function discardRest(body: Readable): Promise<void> {
  if (body.readableEnded || body.destroyed) return Promise.resolve();
  return new Promise((done) => {
    let left = MOST_BYTES;
    const over = () => {
      clearTimeout(deadline);
      body.off('data', count).pause();
      for (const event of ENDS) body.off(event, over);
      done();
    };
    const deadline = setTimeout(over, MOST_MS);
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) over();
    };
    for (const event of ENDS) body.once(event, over);
    body.on('data', count).resume();
  });
}

const ENDS = ['end', 'close', 'error'] as const;
