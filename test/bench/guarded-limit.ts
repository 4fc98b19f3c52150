import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { LIMIT_SCHEMA, type LimitPlan } from './limit-plan.ts';
import { serveLimit } from './limit-server.ts';
import { type WrittenRows, rowsOf } from './written-rows.ts';

/**
 * Fastify, as many XML worker threads as the hub, AES-256-GCM over the bytes that the hub encrypts, and one commit of
 * the same rows and bytes, in one statement.
 */
const plan = JSON.parse(process.argv[2]!) as LimitPlan;
const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: plan.connections });
const bySize = await writtenRows();

const workers = Array.from({ length: plan.workers }, () => {
  const worker = new Worker(new URL('./xsd.worker.js', import.meta.url), { workerData: plan.schema });
  const waiting = new Map<number, () => void>();
  worker.on('message', (id: number) => {
    waiting.get(id)?.();
    waiting.delete(id);
  });
  worker.on('error', (error) => {
    throw error;
  });
  return { worker, waiting };
});
let turn = 0;

await serveLimit(async (received) => {
  const { length } = received;
  turn += 1;
  const number = turn;
  await check(number, new Uint8Array(received));
  const id = randomUUID();
  const rows = bySize.get(length);
  if (!rows) throw new Error('The hub has not written an application of this size yet.');
  const { name, text, values } = rows.statement({ id, content: encrypted(received, rows.contentBytes), number });
  await pool.query({ name, text, values });
  return id;
});

async function check(id: number, document: Uint8Array<ArrayBuffer>): Promise<void> {
  const { worker, waiting } = workers[id % workers.length]!;
  await new Promise<void>((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, document }, [document.buffer]);
  });
}

/** As many bytes as the hub's object has. */
function encrypted(document: Buffer, bytes: number): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), nonce, { authTagLength: 16 });
  const head = bytes - 28;
  const plain = document.length >= head ? document.subarray(0, head) : Buffer.concat([document], head);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

async function writtenRows(): Promise<Map<number, WrittenRows>> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ bytes: number; id: string }>(
      `SELECT bytes, id::text FROM ${LIMIT_SCHEMA}.example`,
    );
    const found = new Map<number, WrittenRows>();
    for (const { bytes, id } of rows) found.set(bytes, await rowsOf(client, id));
    return found;
  } finally {
    client.release();
  }
}
