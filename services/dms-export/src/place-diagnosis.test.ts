import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Directory } from '@ozg-hub/directory';
import { FakeHttpInbox, FakeSftp, FakeWebDav } from '@ozg-hub/testing';
import { placeFindings } from './place-diagnosis.ts';
import { sampleSettings } from './sample-envelope.ts';
import { DmsConnections } from './transport/dms-connections.ts';
import type { XdomeaSettings } from './xdomea/xdomea-settings.ts';

let root: string;
const closing: (() => unknown)[] = [];
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'places-'))));
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(root, { recursive: true });
});

type Given = Parameters<typeof sampleSettings>[0];

/** What doctor says; secrets are the text after `env:`. */
async function findings(given: Given): Promise<string[]> {
  const settings = sampleSettings(given);
  const revealed = JSON.parse(JSON.stringify(settings).replaceAll('"env:', '"')) as XdomeaSettings;
  const directory = { connection: async () => ({ settings: revealed }) } as unknown as Pick<Directory, 'connection'>;
  const connections = new DmsConnections(directory);
  closing.push(() => connections.close());
  const found = await placeFindings(connections, { tenant: 'musterstadt', target: 'eakte', settings });
  return found.map(({ level, text }) => `${level}: ${text}`);
}

describe('doctor says of a place by SFTP', () => {
  let server: FakeSftp;
  let place: Extract<NonNullable<Given>['handOver'], { by: 'sftp' }>;
  beforeEach(async () => {
    server = new FakeSftp({ root, password: 'SESAME' });
    await server.start();
    closing.push(() => server.stop());
    const { port, user, hostKey } = server;
    place = { by: 'sftp', host: '127.0.0.1', port, user, hostKey, password: 'env:SESAME', inbox: 'in' };
  });
  const replies = () => ({ ...place, inbox: undefined, folder: 'out' });
  const asked = () => {
    const { inbox: _inbox, ...rest } = { ...replies() };
    return findings({ handOver: place, replies: rest });
  };

  test('that it can be used, and leaves nothing there', async () => {
    for (const name of ['in', 'out']) await mkdir(join(root, name));
    expect(await asked()).toEqual([
      'ok: inbox of the DMS can be written',
      'ok: reply directory can be read and emptied',
    ]);
    expect(await readdir(root, { recursive: true })).toEqual(['in', 'out']);
  });

  test('that it is missing', async () => {
    expect(await asked()).toEqual([
      'problem: inbox of the DMS cannot be written (ENOENT)',
      'problem: reply directory cannot be read and emptied (ENOENT)',
    ]);
  });

  test('that the host key is another one, with the one that is shown', async () => {
    const { hostKey } = server;
    await server.stop();
    await server.start();
    const [finding] = await findings({ handOver: { ...place, hostKey } });
    expect(finding).toMatch(/^problem: .*HUB_DMS_SFTP_HOST_KEY/);
    expect(finding).toContain(server.hostKey);
  });

  test('that the password is wrong', async () => {
    const [finding] = await findings({ handOver: { ...place, password: 'env:WRONG' } });
    expect(finding).toMatch(/^problem: .*HUB_DMS_CREDENTIALS/);
    expect(finding).not.toContain('WRONG');
  });
});

describe('doctor says of a web server', () => {
  test('that it can be used, or refuses the credentials', async () => {
    await mkdir(join(root, 'in'));
    const authorization = `Basic ${btoa('hub:SECRET')}`;
    const dav = new FakeWebDav({ root, authorization });
    const post = new FakeHttpInbox({ root, authorization });
    for (const server of [dav, post]) {
      await server.start();
      closing.push(() => server.stop());
    }
    const authentication = { by: 'basic', user: 'hub', password: 'env:SECRET' } as const;
    const wrong = { ...authentication, password: 'env:WRONG' };
    const inDav = { by: 'webdav', url: dav.url, inbox: 'in' } as const;
    expect(await findings({ handOver: { ...inDav, authentication } })).toEqual(['ok: inbox of the DMS can be written']);
    expect((await findings({ handOver: { ...inDav, authentication: wrong } }))[0]).toMatch(/HUB_DMS_CREDENTIALS/);
    const byPost = { by: 'http', url: post.url } as const;
    expect(await findings({ handOver: { ...byPost, authentication } })).toEqual([
      'ok: address of the DMS can be reached',
    ]);
    expect(await findings({ handOver: { ...byPost, authentication: wrong } })).toEqual([
      'problem: address of the DMS cannot be used (HTTP 401)',
    ]);
    expect(await readdir(root, { recursive: true })).toEqual(['in']);
  });
});
