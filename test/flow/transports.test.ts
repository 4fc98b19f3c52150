import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { FakeDms, FakeHttpInbox, FakeSftp, FakeWebDav } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { goodRequest } from './applications.ts';
import { type RunningHub, startHub } from './running-hub.ts';

const DIRECTORY = fileURLToPath(new URL('../../deploy/directory/', import.meta.url));
const SECRETS = { DMS_USER_PASSWORD: 'open sesame' };

// Each test starts a hub and waits for looks that are a second apart.
jest.setTimeout(60_000);

let pool: XmlPool;
let root: string;
let dms: FakeDms;
let hub: RunningHub;
beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'transports-'));
  const place = (name: string) => join(root, 'dms', name);
  dms = new FakeDms({ inbox: place('inbox'), outbox: place('replies'), taken: place('taken'), pool });
  await dms.start();
});
afterEach(async () => {
  await hub?.stop();
  await dms.stop();
  await rm(root, { recursive: true });
});

/** A hub whose Musterstadt reaches its DMS in another way than by a directory. */
async function startWith(handOver: object, replies: object): Promise<void> {
  const directory = join(root, 'directory');
  await cp(DIRECTORY, directory, { recursive: true });
  const file = join(directory, 'tenants', 'musterstadt.yaml');
  const yaml = (await readFile(file, 'utf8'))
    .replace(/handOver: \{.*\}/, `handOver: ${JSON.stringify(handOver)}`)
    .replace(/replies: \{.*\}/, `replies: ${JSON.stringify(replies)}`);
  await writeFile(file, yaml);
  hub = await startHub({ environment: { ...SECRETS, HUB_DIRECTORY: directory } });
}

async function expectFiled(): Promise<void> {
  const { status, json } = await hub.push(await (await goodRequest('CIV-1')).body());
  expect(status).toBe(202);
  const { deliveries } = await hub.submission(json.id, ({ state }) => state === 'COMPLETED');
  const [taken, ...more] = dms.ledger;
  expect(more).toEqual([]);
  expect(deliveries).toEqual([expect.objectContaining({ state: 'CONFIRMED', aktenzeichen: taken!.aktenzeichen })]);
}

async function doctorOf(target: string): Promise<string[]> {
  const { json } = await hub.request('GET', '/hub/ops/v1/doctor');
  const findings = json.findings as { level: string; subject: string; text: string }[];
  return findings.filter(({ subject }) => subject === target).map(({ level, text }) => `${level}: ${text}`);
}

describe('an application is filed, and the answer is read,', () => {
  test('by SFTP', async () => {
    const server = new FakeSftp({ root: join(root, 'dms') });
    await server.start();
    const { port, user, hostKey } = server;
    const place = { by: 'sftp', host: '127.0.0.1', port, user, hostKey, password: 'env:DMS_USER_PASSWORD' };
    await startWith({ ...place, inbox: 'inbox' }, { ...place, folder: 'replies', pollSeconds: 1 });
    await expectFiled();
    expect(await doctorOf('musterstadt/eakte')).toEqual(
      expect.arrayContaining(['ok: inbox of the DMS can be written', 'ok: reply directory can be read and emptied']),
    );
    await server.stop();
  });

  test('by SFTP once, though the line is cut in the middle of the package and after the hand-over', async () => {
    const server = new FakeSftp({ root: join(root, 'dms') });
    await server.start();
    const { port, user, hostKey } = server;
    const place = { by: 'sftp', host: '127.0.0.1', port, user, hostKey, password: 'env:DMS_USER_PASSWORD' };
    await startWith({ ...place, inbox: 'inbox' }, { by: 'directory', folder: join(root, 'dms', 'replies') });
    Object.assign(server.faults, { cutAfterBytes: 3_000, loseAnswerOf: 'RENAME', loseAnswerBelow: 'inbox' });
    await expectFiled();
    expect(server.faults).toMatchObject({ cutAfterBytes: undefined, loseAnswerOf: undefined });
    await server.stop();
  });

  test('by WebDAV', async () => {
    const server = new FakeWebDav({
      root: join(root, 'dms'),
      authorization: `Basic ${btoa(`hub:${SECRETS.DMS_USER_PASSWORD}`)}`,
    });
    await server.start();
    const authentication = { by: 'basic', user: 'hub', password: 'env:DMS_USER_PASSWORD' };
    const place = { by: 'webdav', url: server.url, authentication };
    await startWith({ ...place, inbox: 'inbox' }, { ...place, folder: 'replies', pollSeconds: 1 });
    await expectFiled();
    await server.stop();
  });

  test('by HTTP, both ways', async () => {
    const server = new FakeHttpInbox({
      root: join(root, 'dms', 'inbox'),
      authorization: `Bearer ${SECRETS.DMS_USER_PASSWORD}`,
    });
    await server.start();
    const authentication = { by: 'bearer', token: 'env:DMS_USER_PASSWORD' };
    await startWith({ by: 'http', url: server.url, authentication }, { by: 'http' });
    const { key } = await hub.key({ scopes: ['reply'], tenants: ['musterstadt'] });
    const answering = new AbortController();
    const posting = postReplies(key, answering.signal);
    await expectFiled();
    answering.abort();
    const answers = await posting;
    expect(answers.map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
    await server.stop();
  });
});

describe('a posted reply', () => {
  test('is taken from its own municipality only, and refused where it says nothing to this hub', async () => {
    await startWith({ by: 'directory', inbox: join(root, 'dms', 'inbox') }, { by: 'http' });
    const foreign = await hub.key({ scopes: ['reply'], tenants: ['beispielhausen'] });
    expect(await post(foreign.key, '<x/>')).toMatchObject({ status: 403, code: 'HUB_KEY_TENANT' });
    const { key } = await hub.key({ scopes: ['reply'], tenants: ['musterstadt'] });
    expect(await post(key, '<x/>')).toMatchObject({ code: 'HUB_XML_INVALID' });
    expect(await post(key, '<!DOCTYPE x><x/>')).toMatchObject({ code: 'HUB_XML_DOCTYPE' });
    expect(await post(key, 'PK\u0003\u0004 and no more')).toMatchObject({ code: expect.stringMatching(/^HUB_X/) });
    const { json } = await hub.push(await (await goodRequest('CIV-1')).body());
    await dms.settled(1);
    const [name] = (await readdir(join(root, 'dms', 'replies'))).filter((one) => one.endsWith('.xml'));
    const reply = await readFile(join(root, 'dms', 'replies', name!), 'utf8');
    const stranger = reply.replaceAll(dms.ledger[0]!.prozessId!, '0198c0de-ffff-7000-8000-000000000001');
    expect(await post(key, stranger)).toMatchObject({ status: 404, code: 'HUB_DMS_REPLY_UNKNOWN' });
    await hub.submission(json.id, ({ deliveries }) => deliveries[0]?.state === 'AWAITING_RECEIPT');
    expect(await post(key, reply)).toMatchObject({ status: 200, outcome: 'applied' });
    expect(await post(key, reply)).toMatchObject({ status: 200, outcome: 'duplicate' });
  });
});

async function post(key: string, body: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/xml' };
  const { status, json } = await hub.request('POST', '/dms-export/v1/replies/musterstadt/eakte', { headers, body });
  return { ...json, status };
}

/** What a DMS does that calls: posts each reply until it is taken. */
async function postReplies(key: string, signal: AbortSignal): Promise<Record<string, unknown>[]> {
  const replies = join(root, 'dms', 'replies');
  await mkdir(replies, { recursive: true });
  const answers: Record<string, unknown>[] = [];
  while (!signal.aborted) {
    for (const name of (await readdir(replies)).filter((one) => /^[^.].*\.xml$/.test(one)).toSorted()) {
      answers.push(await post(key, await readFile(join(replies, name), 'utf8')));
      await rm(join(replies, name));
    }
    await pause(20);
  }
  return answers;
}
