import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dmsFilesContract } from './dms-files.contract.ts';
import { packageTransportContract } from './package-transport.contract.ts';
import { SampleDmsFolder, type SampleFault, stagedGround } from './sample-dms-folder.ts';
import { SampleExchange } from '../sample-exchange.ts';
import { SampleParcel } from './sample-parcel.ts';
import { SftpFiles } from './sftp-files.adapter.ts';
import { StagedTransport } from './staged-transport.adapter.ts';
import type { SftpServer } from './transport-settings.ts';

export { SftpFiles } from './sftp-files.adapter.ts';
export type { SftpServer } from './transport-settings.ts';

/** An SFTP server, real or not, over folders of this machine. */
export interface SftpServerGround {
  readonly place: SftpServer;
  /** How the server names a folder of this machine. */
  path(folder: string): string;
  /** Ends every connection at once. */
  cut(): void;
  /** Faults that only a server made for tests has. */
  loseAnswerOfRename?(below: string): void;
  breakTransfer?(afterBytes: number): void;
  fill?(full: boolean): void;
  end(): Promise<void>;
}

/**
 * What an SFTP server must give the hub.
 * @param faults that this server can be told to cause
 * @param start starts one that serves the folder given, or all of them
 */
export function sftpServerContract(
  name: string,
  faults: readonly SampleFault[],
  start: (folder: string) => Promise<SftpServerGround>,
): void {
  const opened = async () => {
    const folder = await SampleDmsFolder.make();
    const server = await start(folder.root);
    const files = new SftpFiles(async () => server.place);
    const end = async () => {
      files.close();
      await server.end();
      await folder.end();
    };
    return { folder, server, files, end };
  };

  dmsFilesContract(name, faults, async () => {
    const { folder, server, files, end } = await opened();
    const { loseAnswerOfRename, breakTransfer, fill } = server;
    return {
      files,
      disk: folder.free,
      path: (of) => server.path(join(folder.free, of)),
      ...(loseAnswerOfRename && { loseAnswerOfRename: () => loseAnswerOfRename('') }),
      ...(breakTransfer && { breakTransfer }),
      ...(fill && { fill: () => fill(true) }),
      end,
    };
  });

  packageTransportContract(name, faults, async () => {
    const { folder, server, files, end } = await opened();
    const { loseAnswerOfRename, breakTransfer, fill } = server;
    const inbox = server.path(folder.inbox);
    return stagedGround(folder, files, {
      inbox,
      ...(loseAnswerOfRename && { loseAnswer: () => loseAnswerOfRename(inbox) }),
      ...(breakTransfer && { breakTransfer }),
      ...(fill && { fill }),
      end,
    });
  });

  describe(`a transfer to ${name}`, () => {
    let ground: Awaited<ReturnType<typeof opened>>;
    beforeAll(async () => {
      ground = await opened();
    });
    afterAll(() => ground.end());

    test('that is cut again and again goes on where it stopped, and arrives whole', async () => {
      const { folder, server, files } = ground;
      const settings = { inbox: server.path(folder.inbox), createDirectories: false, marker: undefined };
      const transport = new StagedTransport(files, settings);
      const exchange = new SampleExchange();
      const parcel = new SampleParcel(24_000_000);
      let sizes: readonly number[] = [];
      for (const at of [6_000_000, 14_000_000]) {
        parcel.reached = (bytes) => bytes >= at && server.cut();
        const fence = sizes.length + 1;
        await expect(transport.handOver(exchange.work({ fence }), async () => parcel)).rejects.toMatchObject({
          class: 'later',
        });
        sizes = [...sizes, await sizeOfPart(folder.root)];
      }
      parcel.reached = undefined;
      expect(sizes[0]).toBeGreaterThan(0);
      expect(sizes[1]).toBeGreaterThan(sizes[0]!);
      await transport.handOver(exchange.work({ fence: 3 }), async () => parcel);
      expect((await readFile(join(folder.inbox, parcel.name))).equals(parcel.content)).toBe(true);
    });
  });
}

async function sizeOfPart(root: string): Promise<number> {
  const staging = join(root, '.ozg-hub-staging');
  const part = (await readdir(staging)).find((name) => name.endsWith('.part'));
  return part ? (await readFile(join(staging, part))).length : 0;
}
