import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { checkServer } from './connection.ts';
import { Database } from './database.ts';
import type { Store } from './store.port.ts';
import { temporaryPostgres } from './temporary-postgres.ts';

let server: Awaited<ReturnType<typeof temporaryPostgres>>;
let database: Database;
let store: Store;

beforeAll(async () => {
  server = await temporaryPostgres();
  database = Database.connect({ url: server.url, logger: silentLogger });
  await database.migrate([{ schema: 'demo', sets: [] }], 'auto');
  store = database.open('demo', { maxConnections: 1 });
  await store.query('CREATE TABLE item (id int PRIMARY KEY)');
}, 60_000);

afterAll(async () => {
  await database.close();
  await server.stop();
});

describe('what an operator mends is waited for, and nothing that was sent is blamed:', () => {
  test('a server that became a standby is left, and the next statement goes by a new connection', async () => {
    await store.query('SET default_transaction_read_only = on');
    const refused = store.query('INSERT INTO item VALUES ($1)', [1]);
    await expect(refused).rejects.toMatchObject({ code: 'HUB_STORE_UNREACHABLE', class: 'later' });
    await store.query('INSERT INTO item VALUES ($1)', [1]);
  });

  test('a standby is not taken at all', async () => {
    const standby = { query: async () => ({ rows: [{ version: '180000', standby: true }] }) };
    await expect(checkServer(standby as never)).rejects.toMatchObject({ code: 'HUB_STORE_UNREACHABLE' });
  });

  test('a right that was not granted', async () => {
    await store.query('CREATE ROLE stranger');
    await store.query('GRANT USAGE ON SCHEMA demo TO stranger');
    const refused = store.tx(async (tx) => {
      await tx.query('SET LOCAL ROLE stranger');
      await tx.query('SELECT FROM item WHERE id = $1', [1]);
    });
    await expect(refused).rejects.toMatchObject({ code: 'HUB_STORE_ACCESS', class: 'later' });
  });
});
