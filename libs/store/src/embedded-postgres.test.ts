import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { Database } from './database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { ensurePostmaster } from './postmaster.ts';
import { isAlive, workingFolder } from './process-identity.ts';
import { serverBinaries } from './server-binaries.ts';
import { openCluster } from './server-cluster.ts';
import { type ServerPlace, serverPlace } from './server-place.ts';
import { temporaryFolder } from './temporary-postgres.ts';

const asRoot = process.getuid?.() === 0;
const testAsRoot = asRoot ? test : test.skip;
if (!asRoot) process.stdout.write('SKIPPED embedded-postgres: the promises about root, which needs root\n');

let root: string;
let dataDir: string;
let said: string[];
const running: { pid: number }[] = [];

/** A cluster that is ready; most promises are not about how it comes to be. */
let made: string;

beforeAll(async () => {
  root = made = await temporaryFolder();
  dataDir = join(root, 'data');
  said = [];
  await mkdir(dataDir);
  await mkdir(join(root, 'spare'));
  await prepared();
}, 60_000);
afterAll(() => rm(made, { recursive: true }));

beforeEach(async () => {
  root = await temporaryFolder();
  dataDir = join(root, 'data');
  said = [];
  await mkdir(dataDir);
  await mkdir(join(root, 'spare'));
});

afterEach(async () => {
  for (const server of running.splice(0)) {
    if ('stop' in server) await (server as EmbeddedPostgres).stop();
    else if (await isAlive(server.pid)) await kill(server.pid);
  }
  await rm(root, { recursive: true });
});

const say = (line: string) => void said.push(line);

/** Gives the data directory a cluster as a first start would have left it. */
async function seed(): Promise<void> {
  await promisify(execFile)('cp', ['-a', join(made, 'data', '.'), dataDir]);
}

async function start(options: { packageFolder?: string } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir,
    logger: silentLogger,
    say,
    spareRoot: join(root, 'spare'),
    ...options,
  });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const database = Database.connect({ url, logger: silentLogger });
  try {
    return await database.open('public').query(text);
  } finally {
    await database.close();
  }
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while (await isAlive(pid)) await pause(5);
}

/** A server without a hub, as a hub that was killed leaves it. */
async function orphan(): Promise<{ place: ServerPlace; pid: number; port: number }> {
  const { place, binaries } = await prepared();
  const { pid, port } = await ensurePostmaster(place, binaries, undefined, say);
  running.push({ pid });
  return { place, pid, port };
}

async function prepared() {
  const place = await serverPlace(dataDir, join(root, 'spare'), say);
  const binaries = await serverBinaries({ account: place.account, spareRoot: join(root, 'spare'), say });
  await openCluster(place, binaries);
  return { place, binaries };
}

const pidFile = (place: ServerPlace) => join(place.cluster, 'postmaster.pid');

describe('the embedded server', () => {
  test('keeps what was committed, listens on 127.0.0.1 with a password only, and flushes to disk', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept (id int)');
    expect(
      await query(
        first.url,
        `SELECT current_setting('listen_addresses') AS addresses,
      current_setting('unix_socket_directories') AS sockets, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS commit, current_setting('server_encoding') AS encoding`,
      ),
    ).toEqual([{ addresses: '127.0.0.1', sockets: '', fsync: 'on', commit: 'on', encoding: 'UTF8' }]);
    const stranger = new URL(first.url);
    stranger.password = '';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toMatchObject({ name: 'HubError' });
    expect((await stat(join(first.dataDir, 'hub-password'))).mode & 0o777).toBe(0o600);
    await first.stop();
    expect(await isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'SELECT * FROM kept')).toEqual([]);
  }, 60_000);

  test('writes no value of a failed statement to its log', async () => {
    await seed();
    const server = await start();
    await query(server.url, "SELECT 'Erika Mustermann'::int").catch(() => undefined);
    await server.stop();
    expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('Mustermann');
  }, 60_000);

  test('is adopted when a killed hub left it running', async () => {
    await seed();
    const left = await orphan();
    const server = await start();
    expect([server.adopted, server.pid, new URL(server.url).port]).toEqual([true, left.pid, String(left.port)]);
    await query(server.url, 'SELECT 1');
    await server.stop();
    expect(await isAlive(left.pid)).toBe(false);
  }, 60_000);

  test('is adopted while it still recovers', async () => {
    await seed();
    const { place, binaries } = await prepared();
    const crashed = await ensurePostmaster(place, binaries, undefined, say);
    await kill(crashed.pid);
    const recovering = ensurePostmaster(place, binaries, undefined, say);
    let text = '';
    while (!/\n(starting|ready)/.test(text) || text.startsWith(`${crashed.pid}\n`)) {
      text = await readFile(pidFile(place), 'utf8').catch(() => '');
    }
    const pid = Number.parseInt(text, 10);
    process.kill(pid, 'SIGSTOP');
    // Only the stopped process writes the status, so that from here on it does not change.
    const ready = /\nready/.test(await readFile(pidFile(place), 'utf8'));
    const adopting = start();
    const tooEarly = await Promise.race([adopting.then(() => true), pause(300, false)]);
    expect(tooEarly).toBe(ready);
    process.kill(pid, 'SIGCONT');
    const server = await adopting;
    expect([server.adopted, server.pid, (await recovering).pid]).toEqual([true, pid, pid]);
    await query(server.url, 'SELECT 1');
  }, 60_000);

  test('starts although the pid of a dead server belongs to a foreign process by now', async () => {
    await seed();
    const { place, pid } = await orphan();
    const text = await readFile(pidFile(place), 'utf8');
    await kill(pid);
    const foreign = spawn('sleep', ['600'], { ...place.account });
    await once(foreign, 'spawn');
    await writeFile(pidFile(place), text.replace(/^\d+/, String(foreign.pid)));
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(await isAlive(foreign.pid!)).toBe(true);
    foreign.kill();
    await query(server.url, 'SELECT 1');
  }, 60_000);

  test('comes back under the same address when it is killed', async () => {
    await seed();
    const server = await start();
    const database = Database.connect({ url: server.url, logger: silentLogger });
    const store = database.open('public');
    await store.query('CREATE TABLE kept (id int)');
    const { pid } = server;
    await kill(pid);
    while (server.pid === pid) await pause(20);
    expect(await store.query('SELECT * FROM kept').catch(() => store.query('SELECT * FROM kept'))).toEqual([]);
    await database.close();
  }, 60_000);

  test('leaves nothing half-made behind a killed first start', async () => {
    await mkdir(join(dataDir, 'postgres-draft-000000'));
    await start();
    await expect(stat(join(dataDir, 'postgres-draft-000000'))).rejects.toMatchObject({ code: 'ENOENT' });
  }, 60_000);

  test('of another major version is refused with the commands that move the data', async () => {
    const cluster = join(dataDir, 'postgres');
    await mkdir(cluster);
    await writeFile(join(cluster, 'PG_VERSION'), '17\n');
    if (asRoot) await chown(cluster, 65_534, 65_534);
    const refused = await start().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'HUB_STORE_MAJOR_VERSION',
      message: expect.stringContaining('PostgreSQL 17'),
    });
    const { action } = (refused as { definition: { action: string } }).definition;
    for (const part of ['pg_dump', 'pg_restore', `mv ${cluster}`, 'hub-password']) expect(action).toContain(part);
  });

  testAsRoot(
    'runs under nobody, in a folder of its own',
    async () => {
      await seed();
      const server = await start();
      expect((await stat(`/proc/${server.pid}`)).uid).toBe(65_534);
      expect((await stat(dataDir)).uid).toBe(0);
      expect((await stat(server.dataDir)).mode & 0o777).toBe(0o700);
    },
    60_000,
  );

  testAsRoot(
    'puts its data elsewhere where a folder above is closed, says so, and finds it again',
    async () => {
      await chmod(dataDir, 0o700);
      const first = await start();
      expect(first.dataDir.startsWith(join(root, 'spare'))).toBe(true);
      expect(said.join()).toContain(`because ${dataDir} is closed`);
      expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
      await query(first.url, 'CREATE TABLE kept (id int)');
      await first.stop();
      await chmod(dataDir, 0o711);
      const second = await start();
      expect(second.dataDir).toBe(first.dataDir);
      await query(second.url, 'SELECT * FROM kept');
    },
    60_000,
  );

  testAsRoot(
    'does not begin anew where a folder above was closed later',
    async () => {
      await seed();
      await (await start()).stop();
      await chmod(dataDir, 0o700);
      await expect(start()).rejects.toMatchObject({ code: 'HUB_STORE_PLACE_CLOSED' });
    },
    60_000,
  );

  testAsRoot(
    'does not take over what a deleted data directory left',
    async () => {
      await chmod(dataDir, 0o700);
      const first = await start();
      await query(first.url, 'CREATE TABLE kept (id int)');
      await first.stop();
      await rm(dataDir, { recursive: true });
      await mkdir(dataDir, { mode: 0o700 });
      const second = await start();
      await expect(query(second.url, 'SELECT * FROM kept')).rejects.toMatchObject({ code: 'HUB_STORE_STATEMENT' });
      expect(said.join()).toContain('was set aside');
    },
    60_000,
  );

  testAsRoot(
    'does not trust a folder of someone else',
    async () => {
      await chmod(dataDir, 0o700);
      const first = await start();
      await first.stop();
      await chown(resolve(first.dataDir, '..'), 65_534, 65_534);
      await expect(start()).rejects.toMatchObject({ code: 'HUB_STORE_PLACE_FOREIGN' });
    },
    60_000,
  );
});

describe('its programs', () => {
  /** The installed package as it is without its install script. */
  async function unlinkedPackage(): Promise<string> {
    const { folder } = await serverBinaries({ account: undefined, spareRoot: root, say });
    const copy = join(root, 'package');
    await cp(resolve(folder, '..'), copy, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(await readFile(join(copy, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) await rm(join(copy, target), { force: true });
    return copy;
  }

  test('get the links between their libraries from the launcher', async () => {
    const packageFolder = await unlinkedPackage();
    const server = await start({ packageFolder });
    expect(server.binariesDir).toBe(join(packageFolder, 'native'));
    if (process.platform === 'linux') {
      expect(await readlink(join(packageFolder, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
      expect(await workingFolder(server.pid)).toBe(server.dataDir);
    }
  }, 60_000);

  testAsRoot(
    'are copied, links included, where the server cannot reach them, and the copy is used again',
    async () => {
      const packageFolder = await unlinkedPackage();
      await chmod(packageFolder, 0o700);
      const first = await start({ packageFolder });
      expect(first.binariesDir.startsWith(join(root, 'spare'))).toBe(true);
      expect(said.join()).toContain('programs run from');
      await first.stop();
      const { mtimeMs } = await stat(first.binariesDir);
      const second = await start({ packageFolder });
      expect((await stat(second.binariesDir)).mtimeMs).toBe(mtimeMs);
    },
    60_000,
  );
});
