import { FakeHttpInbox, FakeWebDav } from '@ozg-hub/testing';
import { HttpPostTransport } from './http-post.adapter.ts';
import { LocalFiles } from './local-files.adapter.ts';
import { packageTransportContract } from './package-transport.contract.ts';
import { SampleDmsFolder, stagedGround } from './sample-dms-folder.ts';
import { webPlace } from './sample-places.ts';
import { WebChannel } from './web-channel.ts';
import { WebDavFiles } from './web-dav-files.adapter.ts';

packageTransportContract('directory', [], async () => {
  const folder = await SampleDmsFolder.make();
  return stagedGround(folder, new LocalFiles(), { inbox: folder.inbox });
});

packageTransportContract('directory with marker file', [], async () => {
  const folder = await SampleDmsFolder.make();
  // A DMS that waits for the marker sees no package without one.
  const visible = async () => {
    const all = await folder.visible();
    return all.filter(({ name }) => all.some((other) => other.name === `${name}.ok`));
  };
  return stagedGround(folder, new LocalFiles(), { inbox: folder.inbox, marker: '.ok', visible });
});

packageTransportContract('WebDAV', ['lost-answer', 'broken-transfer', 'full'], async () => {
  const folder = await SampleDmsFolder.make();
  const server = new FakeWebDav({ root: folder.root });
  await server.start();
  const { url } = server;
  const files = new WebDavFiles(new WebChannel(async () => webPlace(url)), { url, contentLength: false });
  return stagedGround(folder, files, {
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
  packageTransportContract(
    probes ? 'HTTP POST with probe' : 'HTTP POST',
    ['lost-answer', 'broken-transfer', 'full'],
    async () => {
      const folder = await SampleDmsFolder.make();
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
    },
  );
}
