import { FakeProcesses, OnlineService, startLoginProviders } from '@ozg-hub/all-in-one';
import { silentLogger } from '@ozg-hub/core';
import { Database, type Store } from '@ozg-hub/store';
import { freePort } from '@ozg-hub/testing/servers';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';

/** A hub with the identity service alone, fake BundID and fake MUK in processes of their own, and an online service here. */
export interface IdentityGround {
  readonly hub: Hub;
  readonly service: OnlineService;
  readonly store: Store;
  /** Of the fakes. */
  readonly providerPids: readonly number[];
  /** Folder with the hub's SAML keys, by provider. */
  readonly folder: string;
}

export async function onIdentityGround(
  settings: Readonly<Record<string, string>>,
  run: (ground: IdentityGround) => Promise<string[]>,
): Promise<string[]> {
  const folder = await newDataFolder('identity');
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const processes = new FakeProcesses();
  try {
    const { settings: own, clientSecret: secret } = await startLoginProviders(folder, url, processes);
    const hub = await startHub({
      folder,
      services: 'identity',
      settings: { HUB_HTTP_PORT: port, HUB_LOG_LEVEL: 'error', ...own, ...settings },
    });
    const database = Database.connect({ url: hub.databaseUrl, logger: silentLogger });
    const client = { id: 'formulare', secret, redirectUri: 'https://formulare.example.org/zurueck' };
    try {
      const store = database.open('identity', { maxConnections: 2 });
      const service = new OnlineService({ url, client });
      return await run({ hub, service, store, providerPids: processes.pids, folder });
    } finally {
      await database.close();
      await hub.stop();
    }
  } finally {
    await processes.stop();
    await removeDataFolder(folder);
  }
}
