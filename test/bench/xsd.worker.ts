import { parentPort, workerData } from 'node:worker_threads';
import { xsdCheck } from './xsd-check.ts';

const port = parentPort!;
const check = xsdCheck(workerData as string);
port.on('message', ({ id, document }: { id: number; document: Uint8Array }) => {
  check(document);
  port.postMessage(id);
});
