import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all tests: one PostgreSQL for the run; each test file makes a database of its own on it. */
export default async function startPostgres() {
  if (process.env.HUB_TEST_DATABASE_URL) return;
  const { Database, startEmbeddedPostgres } = await import('../libs/store/dist/index.js');
  const { silentLogger } = await import('../libs/core/dist/index.js');
  const folder = await mkdtemp(join(tmpdir(), 'ozg-hub-tests-'));
  // As root the server runs as another user, who has to pass.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ dataDir: folder, logger: silentLogger });
  process.env.HUB_TEST_DATABASE_URL = server.url;
  // What is lost with the machine is lost with the run.
  const database = Database.connect({ url: server.url, logger: silentLogger });
  const store = database.open('public');
  for (const setting of ['fsync = off', 'full_page_writes = off', 'autovacuum_naptime = 600']) {
    await store.query(`ALTER SYSTEM SET ${setting}`);
  }
  await store.query('SELECT pg_reload_conf()');
  await database.close();
  globalThis.stopTestPostgres = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
