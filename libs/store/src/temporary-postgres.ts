import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@ozg-hub/core';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

/** A folder that every account may pass through; the caller removes it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ozg-hub-store-'));
  await chmod(folder, 0o711);
  return folder;
}

/** A server of its own for one test file; `stop` removes its data. */
export async function temporaryPostgres(): Promise<Pick<EmbeddedPostgres, 'url' | 'stop'>> {
  const dataDir = await temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir, logger: silentLogger });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
