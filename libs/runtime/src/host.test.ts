import { EventEmitter, once } from 'node:events';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { deliveryChanged } from '@ozg-hub/events';
import { outbox } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { runningFile, tokenFile } from './data-files.ts';
import { type RunningHost, startServices } from './host.ts';
import { run } from './run.ts';
import { SECRET, SampleWorld, sampleFolder, sampleService } from './sample-service.ts';
import type { ServiceContext, ServiceDefinition } from './service-definition.ts';

let database: TestDatabase;
let folder: string;
let running: RunningHost[];
let world: SampleWorld;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await sampleFolder();
  running = [];
  world = new SampleWorld();
});
afterEach(async () => {
  world.finish();
  await Promise.all(running.map((host) => host.stop()));
  await rm(folder, { recursive: true, force: true });
});

const sample = (name = 'sample', wire?: (context: ServiceContext) => void) => sampleService(name, world, wire);

const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  HUB_DATABASE_URL: database.url,
  HUB_DATA_DIR: join(folder, 'data'),
  HUB_DIRECTORY: join(folder, 'directory'),
  HUB_HTTP_PORT: '0',
  HUB_XML_WORKERS: '1',
  HUB_LOG_FILE: join(folder, 'hub.log'),
  ...more,
});

async function start(
  services: readonly ServiceDefinition[] = [sample()],
  more: NodeJS.ProcessEnv = {},
): Promise<RunningHost> {
  const host = await startServices(services, { environment: environment(more), version: '1.2.3' });
  running.push(host);
  return host;
}

const ask = (host: RunningHost, path: string, init: RequestInit = {}) =>
  fetch(host.url + path, {
    ...init,
    headers: { authorization: `Bearer ${host.operatorToken}`, ...(init.headers as Record<string, string>) },
  });

describe('one port', () => {
  test('serves every service by its path, and what belongs to the host', async () => {
    const host = await start([sample('one'), sample('two')]);
    expect(await (await ask(host, '/one/v1/open')).json()).toEqual({ name: 'one' });
    expect(await (await ask(host, '/two/v1/open?x=1')).json()).toEqual({ name: 'two' });
    expect((await fetch(`${host.url}/health/ready`)).status).toBe(200);
    expect((await ask(host, '/onetwo/v1/open')).status).toBe(404);
  });

  test('serves the chosen services only, and refuses a name that does not exist', async () => {
    const host = await start([sample('one'), sample('two')], { HUB_SERVICES: 'two' });
    expect((await ask(host, '/one/v1/open')).status).toBe(404);
    expect((await ask(host, '/two/v1/open')).status).toBe(200);
    await expect(start([sample('one')], { HUB_SERVICES: 'one,tow' })).rejects.toMatchObject({
      code: 'HUB_CONFIG_INVALID',
      message: expect.stringContaining('there are one'),
    });
  });

  test('that is taken is said plainly, and everything opened before is closed again', async () => {
    const { port } = new URL((await start()).url);
    await expect(start([sample()], { HUB_HTTP_PORT: port, HUB_DATA_DIR: join(folder, 'other') })).rejects.toMatchObject(
      {
        code: 'HUB_HTTP_PORT',
        message: expect.stringContaining('another process listens there'),
      },
    );
    expect(world.order).toEqual(['started']);
    await expect(stat(join(folder, 'other', 'hub.json'))).rejects.toThrow('ENOENT');
  });
});

describe('a hub that runs', () => {
  test('says where, and gives this machine’s operator a key; both readable by this user only', async () => {
    const host = await start();
    const files = [runningFile(host.config), tokenFile(host.config)];
    for (const file of files) expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(files[0]!, 'utf8'))).toEqual({ url: host.url, pid: process.pid });
    expect(await readFile(files[1]!, 'utf8')).toBe(host.operatorToken);
    await host.stop();
    await expect(stat(files[0]!)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(files[1]!, host.operatorToken, { mode: 0o644 });
    expect((await stat(join(folder, 'data'))).mode & 0o077).toBe(0);
  });

  test('keeps the operator’s key over a restart, and makes another where it was revoked', async () => {
    const first = await start();
    await first.stop();
    const second = await start();
    expect(second.operatorToken).toBe(first.operatorToken);
    const id = second.operatorToken.split('_')[1]!;
    await ask(second, `/hub/ops/v1/keys/${id}`, { method: 'DELETE' });
    await second.stop();
    const third = await start();
    expect(third.operatorToken).not.toBe(first.operatorToken);
    expect((await ask(third, '/hub/ops/v1/doctor')).status).toBe(200);
  });

  test('stays ready although its events wait: the probe names it, doctor says what to do', async () => {
    const host = await start([sample('waiting')]);
    expect(await (await fetch(`${host.url}/health/ready`)).json()).toMatchObject({ state: 'up' });
    await database.database.open('waiting', { maxConnections: 1 }).query(
      `INSERT INTO outbox (id, topic, key, headers, value, created_at)
       VALUES (gen_random_uuid(), 'nobody.knows.v1', 'k', '{}', '', now() - interval '3 minutes')`,
    );
    const ready = await fetch(`${host.url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { state: 'degraded', checks: { database: { state: 'up' }, outbox: { state: 'degraded', code: 'OVERDUE' } } },
    ]);
    const { findings } = (await (await ask(host, '/hub/ops/v1/doctor')).json()) as { findings: object[] };
    expect(findings).toContainEqual({
      service: 'hub',
      level: 'problem',
      subject: 'outbox waiting',
      text: expect.stringMatching(/^1 events wait, the oldest for 3 min.*; see that the bus answers/),
    });
  });

  test('finds what is wrong with itself, each check for itself', async () => {
    const host = await start(
      [
        sample('sample', (context) => {
          context.diagnose(async () => [{ level: 'ok', subject: 'sample', text: 'fine' }]);
          context.diagnose(async () => {
            throw new Error(SECRET);
          });
        }),
      ],
      { HUB_DISK_WARN_MIB: '10000000' },
    );
    const report = (await (await ask(host, '/hub/ops/v1/doctor')).json()) as { findings: Record<string, string>[] };
    const line = (subject: string) => report.findings.find((finding) => finding['subject'] === subject);
    expect(report).toMatchObject({ ok: false, version: '1.2.3' });
    expect(line('database')).toMatchObject({ service: 'hub', level: 'ok' });
    expect(line('data directory')).toMatchObject({ level: 'problem', text: expect.stringContaining('less than') });
    expect(line('outbox sample')).toMatchObject({ level: 'ok', text: '0 events wait' });
    expect(line('sample')).toMatchObject({ service: 'sample', level: 'ok' });
    expect(line('check')).toMatchObject({ service: 'sample', level: 'problem' });
    expect(line('process')).toBeUndefined();
    expect(JSON.stringify(report)).not.toContain(SECRET);
  });
});

describe('a hub that stops', () => {
  test('finishes what it began, and answers 503 to what comes meanwhile', async () => {
    const host = await start();
    const slow = ask(host, '/sample/v1/slow');
    await world.slowBegan;
    const stopping = host.stop();
    const refused = await untilRefused(host);
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
      503,
      '5',
      'close',
    ]);
    expect(await refused.json()).toMatchObject({ code: 'HUB_STOPPING' });
    expect((await fetch(`${host.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${host.url}/health/ready`)).status).toBe(503);
    // Nothing new is begun meanwhile.
    expect(world.order).toEqual(['started', 'stopped']);
    world.finish();
    expect((await slow).status).toBe(200);
    await stopping;
    expect(host.abandoned).toEqual([]);
    await expect(fetch(`${host.url}/health/live`)).rejects.toThrow('fetch failed');
  });

  test('tells whoever comes while its work ends when to come again, and does not just vanish', async () => {
    let ended: () => void = () => undefined;
    const working = sample('sample', (context) => {
      const stop = () => new Promise<void>((resolve) => (ended = resolve));
      context.background({ name: 'working', start: () => undefined, stop });
    });
    const host = await start([working]);
    const stopping = host.stop();
    for (let times = 0; times < 3; times += 1) {
      const { status, headers } = await untilRefused(host);
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    }
    ended();
    await stopping;
  });

  test('waits no longer than it may', async () => {
    const host = await start([sample()], { HUB_STOP_SECONDS: '1' });
    const request = httpRequest(`${host.url}/sample/v1/slow`);
    const cut = once(request, 'error');
    request.end();
    await world.slowBegan;
    await host.stop();
    expect(await cut).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
    expect([host.abandoned[0], world.order]).toEqual(['requests', ['started', 'stopped']]);
  });

  test('publishes what its last work left in the outbox', async () => {
    const writing = sample('writing', (context) => {
      const record = { id: newId(), topic: deliveryChanged.topic, key: 'k', headers: {}, value: Buffer.from('') };
      const stop = () => context.store.tx((tx) => outbox.append(tx, [record]));
      context.background({ name: 'writing', start: () => undefined, stop });
    });
    await (await start([{ ...writing, publishes: [deliveryChanged] }])).stop();
    const store = database.database.open('writing', { maxConnections: 1 });
    expect(await store.query('SELECT published_at IS NOT NULL AS published FROM outbox')).toEqual([
      { published: true },
    ]);
    await store.close();
  });

  test('stops the rest also where one part does not', async () => {
    const stuck = sample('sample', (context) => {
      context.background({ name: 'stuck', start: () => undefined, stop: () => new Promise(() => undefined) });
      context.background({ name: 'broken', start: () => undefined, stop: () => Promise.reject(new Error('no')) });
      context.background({
        name: 'good',
        start: () => undefined,
        stop: async () => void world.order.push('good stopped'),
      });
    });
    const host = await start([stuck], { HUB_STOP_SECONDS: '1' });
    await host.stop();
    expect([...world.order, ...host.abandoned]).toEqual(expect.arrayContaining(['good stopped', 'broken', 'stuck']));
    const log = await readFile(join(folder, 'hub.log'), 'utf8');
    expect(log).toContain('did not stop in time');
    expect(log).toContain('did not stop cleanly');
  });

  test('may be told so twice', async () => {
    const host = await start();
    await Promise.all([host.stop(), host.stop()]);
    expect(world.order).toEqual(['started', 'stopped']);
  });

  test('a start that fails half-way leaves nothing running', async () => {
    const failing = sample('failing', (context) => {
      context.background({
        name: 'first',
        start: () => void world.order.push('first'),
        stop: async () => void world.order.push('first stopped'),
      });
      context.background({
        name: 'second',
        start: () => Promise.reject(new Error('cannot')),
        stop: async () => void world.order.push('never started'),
      });
    });
    await expect(start([failing])).rejects.toThrow('cannot');
    expect(world.order).toEqual(['first', 'first stopped']);
  });
});

describe('a process that is told to stop', () => {
  const stuck = () =>
    sample('sample', (context) => {
      context.background({ name: 'stuck', start: () => undefined, stop: () => new Promise(() => undefined) });
    });

  /** Runs the service in a process of the test's own. */
  async function runs(service: ServiceDefinition, more: NodeJS.ProcessEnv = {}) {
    const exits: number[] = [];
    const told = Object.assign(new EventEmitter(), {
      stderr: { write: (text: string) => void world.order.push(text) },
      exit: (code: number) => void exits.push(code),
    });
    let host: RunningHost;
    let code: Promise<number>;
    await new Promise<void>((ready) => {
      const onReady = (ran: RunningHost) => (running.push(ran), (host = ran), ready());
      code = run([service], { environment: environment(more), version: '1.2.3', process: told as never, onReady });
    });
    return { host: host!, code: code!, told, exits };
  }

  test('ends with 0 when everything stopped in order', async () => {
    const { told, code, exits } = await runs(sample());
    told.emit('SIGTERM', 'SIGTERM');
    expect([await code, exits, told.eventNames()]).toEqual([0, [], []]);
  });

  test('ends with 1 and names what did not stop in time', async () => {
    const { told, code, exits } = await runs(stuck(), { HUB_STOP_SECONDS: '1' });
    told.emit('SIGINT', 'SIGINT');
    await code;
    expect(exits).toEqual([1]);
    expect(world.order[0]).toContain('abandoned: stuck');
  });

  test('ends at once when it is told a second time, by whichever signal', async () => {
    const { told, exits, host } = await runs(stuck(), { HUB_STOP_SECONDS: '1' });
    told.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([]);
    told.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([143]);
    await host.stop();
  });
});

test('a process that gets SIGHUP reads its directory again; one with errors makes it degraded, and it runs on', async () => {
  const told = Object.assign(new EventEmitter(), { stderr: process.stderr, exit: () => undefined });
  const host = await new Promise<RunningHost>((onReady) => {
    const settings = environment({ HUB_DIRECTORY_POLL_SECONDS: '0' });
    void run([sample()], { environment: settings, version: '1.2.3', process: told as never, onReady });
  });
  running.push(host);
  const headers = { authorization: `Bearer ${host.operatorToken}` };
  const version = async () => {
    const answer = await fetch(`${host.url}/hub/ops/v1/directory`, { headers });
    return ((await answer.json()) as { version: string }).version;
  };
  const before = await version();
  const tenant = 'slug: neustadt\nname: Neustadt\norganisationseinheiten: [{ key: 00.00.2 }]\n';
  await writeFile(join(folder, 'directory', 'tenants', 'neustadt.yaml'), tenant);
  told.emit('SIGHUP', 'SIGHUP');
  while ((await version()) === before);
  const health = async () => {
    const answer = await ask(host, '/health/ready');
    const { checks } = (await answer.json()) as { checks: Record<string, object> };
    return [answer.status, checks['directory']];
  };
  expect(await health()).toEqual([200, { state: 'up' }]);
  await writeFile(join(folder, 'directory', 'tenants', 'neustadt.yaml'), 'slug: [');
  told.emit('SIGHUP', 'SIGHUP');
  const refused = [200, { state: 'degraded', code: 'HUB_DIRECTORY_INVALID' }];
  while (JSON.stringify(await health()) !== JSON.stringify(refused));
});

describe('a data directory', () => {
  test('that another process took over ends the hub: two never work on one', async () => {
    const dataDir = join(folder, 'embedded');
    let fatal: (error: Error) => void = () => undefined;
    const ended = new Promise<Error>((resolve) => (fatal = resolve));
    const host = await startServices([sample()], {
      environment: {
        HUB_DATA_DIR: dataDir,
        HUB_DIRECTORY: join(folder, 'directory'),
        HUB_HTTP_PORT: '0',
        HUB_XML_WORKERS: '1',
        HUB_LOG_FILE: join(folder, 'hub.log'),
      },
      version: '1.2.3',
      onFatal: (error) => fatal(error),
    });
    running.push(host);
    // As a process does that waited in vain for a sign of life, from another container.
    await rename(join(dataDir, 'hub-lock-1.json'), join(dataDir, 'hub-lock-2.json'));
    expect(await ended).toMatchObject({ code: 'HUB_DATA_DIR_IN_USE' });
  }, 60_000);
});

describe('a hub that only reads', () => {
  test('answers without a port, and starts no work', async () => {
    const host = await startServices([sample()], {
      environment: {
        HUB_DATABASE_URL: database.url,
        HUB_DATA_DIR: join(folder, 'data'),
        HUB_DIRECTORY: join(folder, 'directory'),
        HUB_LOG_LEVEL: 'error',
      },
      mode: 'read',
      version: '1.2.3',
    });
    running.push(host);
    const headers = { authorization: `Bearer ${host.operatorToken}` };
    const doctor = await host.inject({ method: 'GET', url: '/hub/ops/v1/doctor', headers });
    expect(doctor.status).toBe(200);
    expect(doctor.body).toContain('no hub runs on this data directory');
    expect([host.url, world.order]).toEqual(['', []]);
    await expect(stat(runningFile(host.config))).rejects.toThrow('ENOENT');
  });
});

async function untilRefused(host: RunningHost): Promise<Response> {
  for (;;) {
    const answer = await ask(host, '/sample/v1/open');
    if (answer.status === 503) return answer;
    await answer.body?.cancel();
  }
}
