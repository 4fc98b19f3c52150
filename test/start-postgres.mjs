import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all tests: one PostgreSQL for the run; each test file makes a database of its own on it. */
export default async function startPostgres() {
  if (process.env.HUB_TEST_DATABASE_URL) return;
  const { startEmbeddedPostgres } = await import('../libs/store/dist/index.js');
  const { silentLogger } = await import('../libs/core/dist/index.js');
  const folder = await mkdtemp(join(tmpdir(), 'ozg-hub-tests-'));
  // As root the server runs as another user, who has to pass.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ dataDir: folder, logger: silentLogger });
  process.env.HUB_TEST_DATABASE_URL = server.url;
  globalThis.stopTestPostgres = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
