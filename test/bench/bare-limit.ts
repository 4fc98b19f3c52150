import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { LIMIT_SCHEMA, type LimitPlan } from './limit-plan.ts';
import { serveLimit } from './limit-server.ts';
import { xsdCheck } from './xsd-check.ts';

/** One thread: fastify, validation in the same thread, one commit of one row with the document. */
const plan = JSON.parse(process.argv[2]!) as LimitPlan;
const check = xsdCheck(plan.schema);
const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: plan.connections });
await pool.query(`CREATE TABLE ${LIMIT_SCHEMA}.document (
  id uuid PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now(), content bytea NOT NULL)`);
await pool.query(`ALTER TABLE ${LIMIT_SCHEMA}.document ALTER COLUMN content SET STORAGE EXTERNAL`);

await serveLimit(async (document) => {
  check(document);
  const id = randomUUID();
  await pool.query({
    name: 'store',
    text: `INSERT INTO ${LIMIT_SCHEMA}.document (id, content) VALUES ($1, $2)`,
    values: [id, document],
  });
  return id;
});
