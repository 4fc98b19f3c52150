import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeWebDav } from '@ozg-hub/testing';
import { dmsFilesContract } from './dms-files.contract.ts';
import { LocalFiles } from './local-files.adapter.ts';
import { webPlace } from './sample-places.ts';
import { WebChannel } from './web-channel.ts';
import { WebDavFiles } from './web-dav-files.adapter.ts';

const temporary = () => mkdtemp(join(tmpdir(), 'dms-files-'));

dmsFilesContract('directory', [], async () => {
  const disk = await temporary();
  return {
    files: new LocalFiles(),
    disk,
    path: (name) => join(disk, name),
    end: () => rm(disk, { recursive: true }),
  };
});

for (const contentLength of [false, true]) {
  dmsFilesContract(
    contentLength ? 'WebDAV with lengths' : 'WebDAV',
    ['lost-answer', 'broken-transfer', 'full'],
    async () => {
      const disk = await temporary();
      const server = new FakeWebDav({ root: disk, authorization: `Basic ${btoa('hub:secret')}` });
      await server.start();
      const files = new WebDavFiles(new WebChannel(async () => webPlace(server.url)), {
        url: server.url,
        contentLength,
      });
      return {
        files,
        disk,
        path: (name) => name,
        loseAnswerOfRename: () => (server.faults.loseAnswerOf = 'MOVE'),
        breakTransfer: (bytes) => (server.faults.cutAfterBytes = bytes),
        fill: () => (server.faults.full = true),
        idle: () => server.idle(),
        end: async () => {
          files.close();
          await server.stop();
          await rm(disk, { recursive: true });
        },
      };
    },
  );
}
