import { parentPort, workerData } from 'node:worker_threads';
import type { SchemaCatalogue } from './catalogue.ts';
import { Engine } from './engine.ts';
import { Failure } from './failure.ts';
import { type Answer, READY, type Task } from './wire.ts';

/** Entry of a pool's worker: one task at a time, one answer each. */
async function work(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('xml.worker runs in a worker thread only');
  const engine = await Engine.create(workerData as SchemaCatalogue);
  const answer = (message: Answer) => port.postMessage(message);
  port.on('message', ({ document, maxBytes, plan }: Task) => {
    try {
      const { rootName, canonicalSha256, value } = engine.run(document, maxBytes, plan);
      const json = value === undefined ? undefined : JSON.stringify(value);
      answer({ rootName, canonicalSha256, json, heapBytes: engine.heapBytes });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      answer({
        failure: { code: error.code, places: error.places, detail: error.detail },
        heapBytes: engine.heapBytes,
      });
    }
  });
  port.postMessage(READY);
}

await work();
