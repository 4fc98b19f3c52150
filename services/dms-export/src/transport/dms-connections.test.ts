import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FakeSftp } from '@ozg-hub/testing';
import { DmsConnections, type PlaceOf } from './dms-connections.ts';
import { type FilePlace, handOver } from './transport-settings.ts';

let root: string;
let server: FakeSftp;
let connections: DmsConnections;
let secretsAsked: number;
let password: string;
let more: object;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'connections-'));
  server = new FakeSftp({ root });
  await server.start();
  ({ password } = server);
  secretsAsked = 0;
  more = {};
  const connection = async () => {
    secretsAsked += 1;
    return { settings: { handOver: { ...place().place, password, ...more } } };
  };
  connections = new DmsConnections({ connection } as unknown as ConstructorParameters<typeof DmsConnections>[0]);
});
afterEach(async () => {
  connections.close();
  await server.stop();
  await rm(root, { recursive: true });
});

function place(more: object = {}): PlaceOf<FilePlace> {
  const { port, user, hostKey } = server;
  const settings = {
    by: 'sftp',
    host: '127.0.0.1',
    port,
    user,
    hostKey,
    password: 'env:PASSWORD',
    inbox: 'in',
    ...more,
  };
  return { tenant: 'musterstadt', target: 'eakte', under: 'handOver', place: handOver.parse(settings) as FilePlace };
}

test('one connection serves all deliveries of a target, and its secrets are looked up once', async () => {
  for (let delivery = 0; delivery < 5; delivery += 1) await connections.files(place()).list('.');
  expect([server.faults.logins, secretsAsked]).toEqual([1, 1]);
});

test('changed settings open another connection, and what uses the old one ends in peace', async () => {
  const before = connections.files(place());
  await before.list('.');
  const after = connections.files(place({ timeoutSeconds: 7 }));
  expect(after).not.toBe(before);
  await after.list('.');
  await before.list('.');
  expect(server.faults.logins).toBe(2);
  expect(connections.files(place({ timeoutSeconds: 7 }))).toBe(after);
});

test('a new connection looks its secrets up anew', async () => {
  const files = connections.files(place());
  password = 'not yet';
  await expect(files.list('.')).rejects.toMatchObject({ code: 'HUB_DMS_CREDENTIALS' });
  ({ password } = server);
  expect(await files.list('.')).toEqual([]);
});

test('a target that is given another transport meanwhile is not reached by the old one', async () => {
  const files = connections.files(place());
  more = { by: 'directory' };
  await expect(files.list('.')).rejects.toMatchObject({ code: 'HUB_DMS_UNREACHABLE', class: 'later' });
  expect(server.faults.logins).toBe(0);
});

test('all are closed at the end', async () => {
  await connections.files(place()).list('.');
  await connections.files(place({ timeoutSeconds: 7 })).list('.');
  expect(server.connections).toBe(2);
  connections.close();
  while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve));
});
