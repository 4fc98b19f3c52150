import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeHttpInbox, FakeSftp, FakeWebDav } from '@ozg-hub/testing';
import type { DmsFiles } from './dms-files.port.ts';
import { HttpPostTransport } from './http-post.adapter.ts';
import { LocalFiles } from './local-files.adapter.ts';
import { type TransportGround, packageTransportContract } from './package-transport.contract.ts';
import { sftpPlace, webPlace } from './sample-places.ts';
import { SftpFiles } from './sftp-files.adapter.ts';
import { StagedTransport } from './staged-transport.adapter.ts';
import { WebChannel } from './web-channel.ts';
import { WebDavFiles } from './web-dav-files.adapter.ts';

/** A folder of the DMS, with a look at it that is not the transport's. */
class DmsFolder {
  private constructor(
    readonly root: string,
    readonly inbox: string,
  ) {}

  static async make(): Promise<DmsFolder> {
    const root = await mkdtemp(join(tmpdir(), 'transport-'));
    const inbox = join(root, 'in');
    await mkdir(inbox);
    return new DmsFolder(root, inbox);
  }

  async visible(): Promise<{ name: string; sha256: string }[]> {
    const names = (await readdir(this.inbox)).toSorted();
    return await Promise.all(
      names.map(async (name) => {
        const content = await readFile(join(this.inbox, name));
        return { name, sha256: createHash('sha256').update(content).digest('hex') };
      }),
    );
  }

  async takeAway(): Promise<void> {
    for (const name of await readdir(this.inbox)) await rm(join(this.inbox, name));
  }

  end(): Promise<void> {
    return rm(this.root, { recursive: true });
  }
}

function ofFolder(
  folder: DmsFolder,
  files: DmsFiles,
  more: Partial<TransportGround> & { readonly marker?: string; readonly inbox?: string } = {},
): TransportGround {
  const { marker, inbox = 'in', ...ground } = more;
  return {
    transport: () => new StagedTransport(files, { inbox, createDirectories: false, marker }),
    visible: () => folder.visible(),
    takeAway: () => folder.takeAway(),
    effectiveStep: marker === undefined ? 'hand-over' : 'marker',
    probes: true,
    end: () => folder.end(),
    ...ground,
  };
}

packageTransportContract('directory', async () => {
  const folder = await DmsFolder.make();
  return ofFolder(folder, new LocalFiles(), { inbox: folder.inbox });
});

packageTransportContract('directory with marker file', async () => {
  const folder = await DmsFolder.make();
  // A DMS that waits for the marker sees no package without one.
  const visible = async () => {
    const all = await folder.visible();
    return all.filter(({ name }) => all.some((other) => other.name === `${name}.ok`));
  };
  return ofFolder(folder, new LocalFiles(), { inbox: folder.inbox, marker: '.ok', visible });
});

packageTransportContract('SFTP', async () => {
  const folder = await DmsFolder.make();
  const server = new FakeSftp({ root: folder.root });
  await server.start();
  const files = new SftpFiles(async () => sftpPlace(server));
  return ofFolder(folder, files, {
    loseAnswer: () => Object.assign(server.faults, { loseAnswerOf: 'RENAME', loseAnswerBelow: 'in' }),
    breakTransfer: (bytes) => (server.faults.cutAfterBytes = bytes),
    fill: (full) => (server.faults.full = full),
    end: async () => {
      files.close();
      await server.stop();
      await folder.end();
    },
  });
});

packageTransportContract('WebDAV', async () => {
  const folder = await DmsFolder.make();
  const server = new FakeWebDav({ root: folder.root });
  await server.start();
  const { url } = server;
  const files = new WebDavFiles(new WebChannel(async () => webPlace(url)), { url, contentLength: false });
  return ofFolder(folder, files, {
    loseAnswer: () => (server.faults.loseAnswerOf = 'MOVE'),
    breakTransfer: (bytes) => (server.faults.cutAfterBytes = bytes),
    fill: (full) => (server.faults.full = full),
    end: async () => {
      files.close();
      await server.stop();
      await folder.end();
    },
  });
});

for (const probes of [true, false]) {
  packageTransportContract(probes ? 'HTTP POST with probe' : 'HTTP POST', async () => {
    const folder = await DmsFolder.make();
    const server = new FakeHttpInbox({ root: folder.inbox });
    await server.start();
    const { url } = server;
    const channel = new WebChannel(async () => webPlace(url));
    const settings = {
      url,
      processIdHeader: 'X-Xdomea-ProzessID',
      contentLength: false,
      probe: probes ? `${url}/{name}` : undefined,
    };
    return {
      transport: () => new HttpPostTransport(channel, settings),
      visible: () => folder.visible(),
      takeAway: () => folder.takeAway(),
      effectiveStep: 'hand-over',
      probes,
      loseAnswer: () => (server.faults.loseAnswerOf = 'POST'),
      breakTransfer: (bytes) => (server.faults.cutAfterBytes = bytes),
      fill: (full) => (server.faults.full = full),
      end: async () => {
        channel.close();
        await server.stop();
        await folder.end();
      },
    };
  });
}
