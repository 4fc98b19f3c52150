import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DeliveryFailure } from '@ozg-hub/delivery';
import { FakeSftp } from '@ozg-hub/testing';
import { windowBytes } from '@ozg-hub/transfer';
import { SortedFailures } from './delivery-failures.ts';
import { sftpPlace } from './sample-places.ts';
import { SampleExchange } from '../sample-exchange.ts';
import { SampleParcel } from './sample-parcel.ts';
import { SftpFiles } from './sftp-files.adapter.ts';
import { StagedTransport } from './staged-transport.adapter.ts';
import { writing } from './staging.ts';
import type { SftpServer } from './transport-settings.ts';

let root: string;
let server: FakeSftp;
let place: SftpServer;
let files: SftpFiles;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sftp-'));
  await mkdir(join(root, 'in'));
  server = new FakeSftp({ root });
  await server.start();
  place = sftpPlace(server);
  files = new SftpFiles(async () => place);
});
afterEach(async () => {
  files.close();
  await server.stop();
  await rm(root, { recursive: true });
});

const transport = () =>
  new SortedFailures(new StagedTransport(files, { inbox: 'in', createDirectories: false, marker: undefined }));

describe('a broken transfer', () => {
  const MiB = 1024 * 1024;

  test('goes on where it stopped, and what arrives is the whole package', async () => {
    const exchange = new SampleExchange();
    const parcel = new SampleParcel(10 * MiB);
    for (const [fence, bytes] of [
      [1, 4 * MiB],
      [2, 3 * MiB],
    ] as const) {
      server.faults.cutAfterBytes = bytes;
      await expect(transport().handOver(exchange.work({ fence }), async () => parcel)).rejects.toMatchObject({
        class: 'later',
      });
    }
    await transport().handOver(exchange.work({ fence: 3 }), async () => parcel);
    expect((await readFile(join(root, 'in', parcel.name))).equals(parcel.content)).toBe(true);
    expect(server.faults.receivedBytes).toBeLessThan(10 * MiB + 3 * windowBytes);
    const left = await readdir(join(root, '.ozg-hub-staging'));
    expect(left.filter((name) => !name.startsWith('.'))).toEqual([]);
  });

  test('of another content is begun anew', async () => {
    const exchange = new SampleExchange();
    server.faults.cutAfterBytes = 4 * MiB;
    const first = new SampleParcel(10 * MiB);
    await expect(transport().handOver(exchange.work(), async () => first)).rejects.toMatchObject({ class: 'later' });
    const second = Object.assign(new SampleParcel(2 * MiB), { contentKey: 'f'.repeat(32) });
    await transport().handOver(exchange.work({ fence: 2 }), async () => second);
    expect((await readFile(join(root, 'in', second.name))).equals(second.content)).toBe(true);
    const left = await readdir(join(root, '.ozg-hub-staging'));
    expect(left.filter((name) => !name.startsWith('.'))).toEqual([]);
  });

  test('never goes on in a file that is longer than the package', async () => {
    const exchange = new SampleExchange();
    const parcel = new SampleParcel(2 * MiB);
    await mkdir(join(root, '.ozg-hub-staging'));
    await writeFile(join(root, '.ozg-hub-staging', `${exchange.id}.${parcel.contentKey}.part`), Buffer.alloc(3 * MiB));
    const handOver = (fence: number) => transport().handOver(exchange.work({ fence }), async () => parcel);
    await expect(handOver(1)).rejects.toMatchObject({ code: 'HUB_DMS_INTERRUPTED' });
    await handOver(2);
    expect((await stat(join(root, 'in', parcel.name))).size).toBe(2 * MiB);
  });
});

describe('the host key', () => {
  test('that is another one is never accepted: no password is sent, the target is paused', async () => {
    await files.stat('in');
    files.close();
    const { logins } = server.faults;
    await server.stop();
    await server.start();
    const failure = await transport()
      .handOver(new SampleExchange().work(), async () => new SampleParcel(1000))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeliveryFailure);
    expect(failure).toMatchObject({ failure: 'AUTH', code: 'HUB_DMS_SFTP_HOST_KEY' });
    expect((failure as Error).message).toContain(server.hostKey);
    expect(server.faults.logins).toBe(logins);
    expect(await readdir(join(root, 'in'))).toEqual([]);
  });

  test('may be one of several while the server changes it', async () => {
    place = { ...place, hostKey: [`SHA256:${'A'.repeat(43)}`, `${server.hostKey}=`] };
    expect(await files.stat('in')).toMatchObject({ kind: 'folder' });
  });
});

describe('the connection', () => {
  test('with the wrong password pauses the target, and the new password is used at once', async () => {
    place = { ...place, password: 'wrong' };
    const handOver = () => transport().handOver(new SampleExchange().work(), async () => new SampleParcel(1000));
    await expect(handOver()).rejects.toMatchObject({ failure: 'AUTH', code: 'HUB_DMS_CREDENTIALS' });
    place = sftpPlace(server);
    await handOver();
    expect(await readdir(join(root, 'in'))).toHaveLength(1);
  });

  test('with a private key that cannot be read is a matter of credentials', async () => {
    place = { ...place, privateKey: 'no key' };
    await expect(files.stat('in')).rejects.toMatchObject({ code: 'HUB_DMS_CREDENTIALS' });
  });

  test('is one for all that happens at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => files.write(`${at}.xml`, writing('x'))));
    expect(server.faults.logins).toBe(1);
  });

  test('that the server closed is opened again', async () => {
    await files.stat('in');
    server.cut();
    await expect(files.stat('in').catch(() => files.stat('in'))).resolves.toMatchObject({ kind: 'folder' });
    expect(server.faults.logins).toBe(2);
  });

  test('is closed when nobody used it for a while', async () => {
    const short = new SftpFiles(async () => place, 1);
    await short.stat('in');
    await new Promise<void>((resolve) => {
      const look = () => (server.connections === 0 ? resolve() : setTimeout(look, 5));
      look();
    });
    expect(await short.stat('in')).toBeDefined();
    short.close();
  });

  test('to nobody is told as such, and in time', async () => {
    await server.stop();
    await expect(files.stat('in')).rejects.toMatchObject({ code: 'HUB_DMS_UNREACHABLE', class: 'later' });
  });

  test('to a server that says nothing is given up', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    place = { ...place, port: (silent.address() as AddressInfo).port, timeoutSeconds: 1 };
    await expect(files.stat('in')).rejects.toMatchObject({ code: 'HUB_DMS_UNREACHABLE', class: 'later' });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('to a server that falls silent in the middle of a transfer is given up', async () => {
    place = { ...place, timeoutSeconds: 1 };
    server.faults.silent = true;
    await expect(files.write('a.zip', (to) => new SampleParcel().write(to))).rejects.toMatchObject({
      code: 'HUB_DMS_INTERRUPTED',
    });
    server.faults.silent = false;
    await files.write('b.zip', writing('x'));
  });
});
