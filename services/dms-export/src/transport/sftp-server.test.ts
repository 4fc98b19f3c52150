import { relative } from 'node:path';
import { FakeSftp } from '@ozg-hub/testing';
import { sftpPlace } from './sample-places.ts';
import { sftpServerContract } from './sftp-server.contract.ts';

sftpServerContract('SFTP', ['lost-answer', 'broken-transfer', 'full'], async (folder) => {
  const server = new FakeSftp({ root: folder });
  await server.start();
  return {
    place: sftpPlace(server),
    path: (of) => relative(folder, of),
    cut: () => server.cut(),
    loseAnswerOfRename: (below) => {
      Object.assign(server.faults, { loseAnswerOf: 'RENAME', loseAnswerBelow: below });
    },
    breakTransfer: (bytes) => (server.faults.cutAfterBytes = bytes),
    fill: (full) => (server.faults.full = full),
    end: () => server.stop(),
  };
});
