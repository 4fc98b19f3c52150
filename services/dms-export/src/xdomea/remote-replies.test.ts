import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import type { Directory } from '@ozg-hub/directory';
import { FakeSftp, FakeWebDav } from '@ozg-hub/testing';
import { dmsErrors } from '../errors.ts';
import { sampleSettings } from '../sample-envelope.ts';
import { DmsConnections } from '../transport/dms-connections.ts';
import { LocalFiles } from '../transport/local-files.adapter.ts';
import { ReplyPickup } from './reply-pickup.ts';
import type { AcceptedReply } from './reply-acceptance.ts';
import type { XdomeaSettings } from './xdomea-settings.ts';

type Replies = Parameters<typeof sampleSettings>[0] extends { replies?: infer R } | undefined ? R : never;

/** All but the time of day. */
const timersOfItsOwn = [
  ...(['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
  ...(['setTimeout', 'clearTimeout', 'hrtime', 'performance'] as const),
];

let root: string;
let taken: string[];
let accept: (text: string) => Promise<AcceptedReply['outcome']>;
let connections: DmsConnections;
let warnings: string[];
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'remote-replies-'));
  await mkdir(join(root, 'out'));
  taken = [];
  warnings = [];
  accept = async () => 'applied';
});
afterEach(async () => {
  connections.close();
  for (const close of closing.splice(0)) await close();
  await rm(root, { recursive: true });
});

/** A pickup of municipalities by name, each with its place. */
function pickup(places: Readonly<Record<string, Replies>>): ReplyPickup {
  const settingsOf = (tenant: string) => sampleSettings({ replies: places[tenant] });
  const reveal = (settings: XdomeaSettings) =>
    JSON.parse(JSON.stringify(settings).replaceAll('"env:', '"')) as XdomeaSettings;
  const snapshot = {
    tenants: Object.keys(places).map((slug) => ({ slug, targets: [{ id: 'eakte', kind: 'xdomea' }] })),
    target: (tenant: string) => ({ settings: settingsOf(tenant) }),
  };
  const directory = {
    current: () => snapshot,
    connection: async (tenant: string) => ({ settings: reveal(settingsOf(tenant)) }),
  } as unknown as Directory;
  connections = new DmsConnections(directory);
  return new ReplyPickup({
    acceptance: {
      accept: async (bytes, [of]) => {
        const text = Buffer.from(bytes).toString();
        const outcome = await accept(text);
        taken.push(`${of.tenant} ${text}`);
        return { of, outcome };
      },
    },
    directory,
    connections,
    logger: { ...silentLogger, warn: (_fields, message) => void warnings.push(message) },
    pollMs: 1,
    counter: { inc: () => undefined },
  });
}

async function sftp(): Promise<{ server: FakeSftp; replies: Replies }> {
  const server = new FakeSftp({ root, password: 'SESAME' });
  await server.start();
  closing.push(() => server.stop());
  const { port, user, hostKey } = server;
  const password = 'env:SESAME';
  return { server, replies: { by: 'sftp', host: '127.0.0.1', port, user, hostKey, password, folder: 'out' } };
}

const write = (name: string, text: string) => writeFile(join(root, 'out', name), text);
const looks = async (work: ReplyPickup, times = 2) => {
  for (let look = 0; look < times; look += 1) await work.lookOnce();
};

async function expectPickedUp(work: ReplyPickup): Promise<void> {
  await write('a 1.xml', 'first');
  await write('.b.xml', 'not yet');
  await looks(work);
  expect(taken).toEqual(['musterstadt first']);
  await write('a 1.xml', 'second');
  accept = () => Promise.reject(dmsErrors.HUB_DMS_REPLY_UNKNOWN());
  await looks(work);
  expect((await readdir(join(root, 'out'), { recursive: true })).toSorted()).toEqual(
    ['.b.xml', 'done', 'done/a 1.xml', 'error', 'error/a 1.xml', 'error/a 1.xml.reason.txt'].toSorted(),
  );
  expect(await readFile(join(root, 'out', 'error', 'a 1.xml.reason.txt'), 'utf8')).toMatch(/^HUB_DMS_REPLY_UNKNOWN/);
}

describe('replies are taken out of a folder', () => {
  test('by SFTP', async () => {
    const { replies } = await sftp();
    await expectPickedUp(pickup({ musterstadt: replies }));
  });

  test('by WebDAV', async () => {
    const server = new FakeWebDav({ root, authorization: `Basic ${btoa('hub:SESAME')}` });
    await server.start();
    closing.push(() => server.stop());
    const authentication = { by: 'basic', user: 'hub', password: 'env:SESAME' } as const;
    await expectPickedUp(pickup({ musterstadt: { by: 'webdav', url: server.url, authentication, folder: 'out' } }));
  });

  test('that several municipalities share, once', async () => {
    const { replies } = await sftp();
    await write('a.xml', 'one');
    await looks(pickup({ musterstadt: replies, beispielhausen: replies }), 4);
    expect(taken).toEqual(['musterstadt one']);
  });

  test('also where the answer to the move is lost: what it says is applied once', async () => {
    const { server, replies } = await sftp();
    const work = pickup({ musterstadt: replies });
    await write('a.xml', 'one');
    await work.lookOnce();
    server.faults.loseAnswerOf = 'RENAME';
    await looks(work, 4);
    expect(taken).toEqual(['musterstadt one']);
    expect(await readdir(join(root, 'out', 'done'))).toEqual(['a.xml']);
    expect(warnings).toEqual([]);
  });

  test('that is made where it is missing, if the directory says so, and not otherwise', async () => {
    const replies = (folder: string, createDirectories: boolean) =>
      ({ by: 'directory', folder: join(root, folder), createDirectories }) as const;
    const work = pickup({ musterstadt: replies('made', true), beispielhausen: replies('not-made', false) });
    await work.lookOnce();
    expect((await readdir(root)).toSorted()).toEqual(['made', 'out']);
    await writeFile(join(root, 'made', 'a.xml'), 'one');
    await looks(work);
    expect(taken).toEqual(['musterstadt one']);
    expect(warnings).toEqual([]);
  });

  test('by several processes of the hub: who is slower says nothing', async () => {
    const replies = { by: 'directory', folder: join(root, 'out'), createDirectories: false } as const;
    const [slow, fast] = [pickup({ musterstadt: replies }), pickup({ musterstadt: replies })];
    await write('a.xml', 'one');
    await Promise.all([slow.lookOnce(), fast.lookOnce()]);
    accept = async () => {
      accept = async () => 'applied';
      await fast.lookOnce();
      return 'duplicate';
    };
    await slow.lookOnce();
    expect(await readdir(join(root, 'out', 'done'))).toContain('a.xml');
    expect(warnings).toEqual([]);
  });

  test('by several processes of the hub: who is slower lists nothing once more for it', async () => {
    const replies = { by: 'directory', folder: join(root, 'out'), createDirectories: false } as const;
    const [slow, fast] = [pickup({ musterstadt: replies }), pickup({ musterstadt: replies })];
    for (const name of ['a.xml', 'b.xml', 'c.xml']) await write(name, name);
    await Promise.all([slow.lookOnce(), fast.lookOnce()]);
    accept = async () => {
      accept = async () => 'applied';
      await fast.lookOnce();
      return 'duplicate';
    };
    const list = jest.spyOn(LocalFiles.prototype, 'list');
    try {
      await slow.lookOnce();
      expect(list).toHaveBeenCalledTimes(2);
    } finally {
      list.mockRestore();
    }
    expect(warnings).toEqual([]);
  });

  test('also while the clock is put back', async () => {
    const work = pickup({ musterstadt: { by: 'directory', folder: join(root, 'out'), createDirectories: false } });
    jest.useFakeTimers({ doNotFake: timersOfItsOwn, now: Date.parse('2026-08-22T09:00:00Z') });
    try {
      work.start();
      await write('a.xml', 'one');
      while (taken.length < 1) await turn();
      await write('b.xml', 'two');
      while (taken.length < 2) await turn(jest.setSystemTime(Date.now() - 60_000));
    } finally {
      jest.useRealTimers();
      await work.stop();
    }
    expect(taken).toEqual(['musterstadt one', 'musterstadt two']);
  });

  test('by a server whose host key changed: nothing, and it is said once', async () => {
    const { server, replies } = await sftp();
    await server.stop();
    await server.start();
    await write('a.xml', 'one');
    await looks(pickup({ musterstadt: replies }), 3);
    expect(taken).toEqual([]);
    expect(warnings).toEqual(['reply directory cannot be read']);
  });

  test('while the server of another municipality says nothing at all', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => silent.close(resolve)));
    const { replies } = await sftp();
    const dead = { ...replies, port: (silent.address() as AddressInfo).port } as Replies;
    const seen = new Promise<void>((resolve) => (accept = async () => (resolve(), 'applied')));
    const work = pickup({ neudorf: dead, musterstadt: { by: 'directory', folder: join(root, 'out') } });
    work.start();
    await write('a.xml', 'one');
    await seen;
    for (const socket of sockets) socket.destroy();
    await work.stop();
    expect(taken).toEqual(['musterstadt one']);
  });
});
