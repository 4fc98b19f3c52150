import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DmsFiles } from './dms-files.port.ts';
import type { PackageTransport } from './package-transport.port.ts';
import { StagedTransport } from './staged-transport.adapter.ts';

/** For tests: what a ground can make go wrong. */
export type SampleFault = 'lost-answer' | 'broken-transfer' | 'full';

/** For tests: a DMS behind one transport. */
export interface TransportGround {
  /** The transport, made anew as after a restart. */
  transport(): PackageTransport;
  /** What the DMS sees now: names and sha256. */
  visible(): Promise<readonly { readonly name: string; readonly sha256: string }[]>;
  /** The DMS takes everything it sees. */
  takeAway(): Promise<void>;
  /** Which step has the effect, with the state just before it. */
  readonly effectiveStep: string;
  /** How a process that died during that step finds out: by itself, or not at all. */
  readonly probes: boolean;
  /** The answer to the request that has the effect is lost, after the effect. Left out where none can be. */
  loseAnswer?(): void;
  /** Breaks the connection after so many bytes of the next transfer. */
  breakTransfer?(afterBytes: number): void;
  /** No room is left, until told otherwise. */
  fill?(full: boolean): void;
  end(): Promise<void>;
}

/** For tests: a folder of the DMS with its inbox `in`, and a look at it that is not the transport's. */
export class SampleDmsFolder {
  private constructor(
    readonly root: string,
    readonly inbox: string,
    /** For whatever else. */
    readonly free: string,
  ) {}

  static async make(): Promise<SampleDmsFolder> {
    const root = await mkdtemp(join(tmpdir(), 'transport-'));
    const inbox = join(root, 'in');
    const free = join(root, 'free');
    await mkdir(inbox);
    await mkdir(free);
    return new SampleDmsFolder(root, inbox, free);
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

/** For tests: a staged transport into that folder. */
export function stagedGround(
  folder: SampleDmsFolder,
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
