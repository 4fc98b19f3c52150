import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DmsFiles } from './dms-files.port.ts';
import type { SampleFault } from './sample-dms-folder.ts';
import { SampleParcel } from './sample-parcel.ts';
import { writing } from './staging.ts';

/** A DMS with files, looked at by the protocol and past it. */
export interface FilesGround {
  readonly files: DmsFiles;
  /** The folder behind the protocol, on this machine. */
  readonly disk: string;
  /** How the protocol names what lies below that folder. */
  path(name: string): string;
  /** Loses the answer of the next rename after its effect; left out where an answer cannot be lost. */
  loseAnswerOfRename?(): void;
  /** Breaks the connection in the middle of the next transfer. */
  breakTransfer?(afterBytes: number): void;
  /** Lets no byte be stored any more. */
  fill?(): void;
  /** Resolves when the server has done all it was asked. */
  idle?(): Promise<void>;
  end(): Promise<void>;
}

/**
 * What every way to the files of a DMS promises.
 * @param faults that the ground can cause
 */
export function dmsFilesContract(
  name: string,
  faults: readonly SampleFault[],
  makeGround: () => Promise<FilesGround>,
): void {
  const testOf = (fault: SampleFault) => (faults.includes(fault) ? test : () => undefined);

  describe(`files by ${name}`, () => {
    let ground: FilesGround;
    let files: DmsFiles;
    const path = (of: string) => ground.path(of);
    const disk = (of: string) => join(ground.disk, of);
    beforeEach(async () => {
      ground = await makeGround();
      ({ files } = ground);
    });
    afterEach(() => ground.end());

    test('a file is written as it is and read again', async () => {
      const parcel = new SampleParcel();
      expect(await files.write(path('a.zip'), (to) => parcel.write(to))).toMatchObject({ bytes: 3_000_000 });
      expect((await readFile(disk('a.zip'))).equals(parcel.content)).toBe(true);
      expect((await files.read(path('a.zip'), { maxBytes: 3_000_000 })).equals(parcel.content)).toBe(true);
      expect(await files.stat(path('a.zip'))).toMatchObject({ name: 'a.zip', kind: 'file', size: 3_000_000 });
    });

    test('a file says when it was written, to the second', async () => {
      await files.write(path('a.xml'), writing('x'));
      const at = new Date('2026-01-02T03:04:05Z');
      await utimes(disk('a.xml'), at, at);
      expect((await files.stat(path('a.xml')))?.writtenAt).toEqual(at);
      expect((await files.list(path('.')))?.find(({ name }) => name === 'a.xml')?.writtenAt).toEqual(at);
    });

    test('names with spaces, umlauts, percent and hash signs are kept', async () => {
      for (const odd of ['Größe 1.xml', '50%#1?.xml', 'a+b&c;d.xml']) {
        await files.write(path(odd), writing('x'));
        expect(await readFile(disk(odd), 'utf8')).toBe('x');
        expect((await files.list(path('.')))!.map((entry) => entry.name)).toContain(odd);
        expect((await files.read(path(odd), { maxBytes: 1 })).toString()).toBe('x');
      }
    });

    test('a new file never replaces one, and leaves that as it was', async () => {
      await writeFile(disk('a.zip'), 'another');
      await expect(files.write(path('a.zip'), writing('new'))).rejects.toMatchObject({ code: /^HUB_DMS_/ });
      expect(await readFile(disk('a.zip'), 'utf8')).toBe('another');
    });

    test('what fails while it is written leaves no file, or one that can be removed', async () => {
      const parcel = new SampleParcel(3_000_000, 2_000_000);
      await expect(files.write(path('a.zip'), (to) => parcel.write(to))).rejects.toThrow('the source broke');
      await ground.idle?.();
      await files.remove(path('a.zip'));
      expect(await readdir(ground.disk)).toEqual([]);
    });

    test('a file is not read beyond the limit', async () => {
      await writeFile(disk('a.xml'), Buffer.alloc(1_000_001));
      await expect(files.read(path('a.xml'), { maxBytes: 1_000_000 })).rejects.toMatchObject({
        code: 'HUB_DMS_FILE_TOO_LARGE',
      });
    });

    test('a folder lists what is in it and nothing of what is below; a missing one is none', async () => {
      await files.makeFolder(path('a/b/c'));
      await files.makeFolder(path('a/b/c'));
      await writeFile(disk('a/1.xml'), '1');
      await writeFile(disk('a/b/2.xml'), '2');
      const entries = (await files.list(path('a')))!.map(({ name: entry, kind }) => `${kind} ${entry}`);
      expect(entries.toSorted()).toEqual(['file 1.xml', 'folder b']);
      expect(await files.list(path('a/b/c'))).toEqual([]);
      expect(await files.list(path('missing'))).toBeUndefined();
      expect(await files.stat(path('missing'))).toBeUndefined();
    });

    test('the print of a file changes with its content', async () => {
      await writeFile(disk('a.xml'), 'half');
      const before = await files.stat(path('a.xml'));
      await writeFile(disk('a.xml'), 'half and the rest');
      expect((await files.stat(path('a.xml')))!.print).not.toBe(before!.print);
    });

    test('a rename moves, and never replaces', async () => {
      await mkdir(disk('in'));
      await writeFile(disk('a.zip'), 'a');
      await writeFile(disk('b.zip'), 'b');
      await files.rename(path('a.zip'), path('in/a.zip'));
      await expect(files.rename(path('b.zip'), path('in/a.zip'))).rejects.toMatchObject({ code: 'HUB_DMS_NAME_TAKEN' });
      expect(await readFile(disk('in/a.zip'), 'utf8')).toBe('a');
      expect((await readdir(ground.disk)).toSorted()).toEqual(['b.zip', 'in']);
    });

    test('a rename into a folder that is missing has no effect and may be tried again', async () => {
      await writeFile(disk('a.zip'), 'a');
      await expect(files.rename(path('a.zip'), path('in/a.zip'))).rejects.toMatchObject({ class: 'later' });
      expect(await readdir(ground.disk)).toEqual(['a.zip']);
    });

    test('what is removed is gone, also twice', async () => {
      await writeFile(disk('a.zip'), 'a');
      await files.remove(path('a.zip'));
      await files.remove(path('a.zip'));
      expect(await readdir(ground.disk)).toEqual([]);
    });

    test('a folder that can be used is told from one that is missing and from a file', async () => {
      await mkdir(disk('in'));
      await writeFile(disk('in/1.xml'), '1');
      for (const use of ['read', 'write'] as const) {
        expect(await files.problemOf(path('in'), use)).toBeUndefined();
        expect(await files.problemOf(path('missing'), use)).toBe('ENOENT');
      }
      expect(await readdir(disk('in'))).toEqual(['1.xml']);
    });

    testOf('lost-answer')('a rename whose answer is lost may have happened: nobody claims to know', async () => {
      await writeFile(disk('a.zip'), 'a');
      ground.loseAnswerOfRename!();
      await expect(files.rename(path('a.zip'), path('b.zip'))).rejects.toMatchObject({
        code: 'HUB_DMS_OUTCOME_UNKNOWN',
        class: 'ask',
      });
      expect(await files.stat(path('b.zip'))).toBeDefined();
    });

    testOf('broken-transfer')('a broken transfer may be tried again', async () => {
      const parcel = new SampleParcel();
      ground.breakTransfer!(2_000_000);
      await expect(files.write(path('a.zip'), (to) => parcel.write(to))).rejects.toMatchObject({ class: 'later' });
      await ground.idle?.();
      await files.remove(path('a.zip'));
      await files.write(path('a.zip'), (to) => parcel.write(to));
      expect((await readFile(disk('a.zip'))).equals(parcel.content)).toBe(true);
    });

    testOf('full')('a full disk is a reason to wait', async () => {
      ground.fill!();
      await expect(files.write(path('a.zip'), writing('a'))).rejects.toMatchObject({
        code: 'HUB_DMS_INBOX_UNAVAILABLE',
        class: 'later',
      });
    });
  });
}
