import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeSftp } from '@ozg-hub/testing';
import { DirectoryDrop } from './directory-drop.adapter.ts';
import type { SftpDropPlace } from './drop-settings.ts';
import { SftpDrop } from './sftp-drop.adapter.ts';

let folder: string;
let server: FakeSftp;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-drop-'));
  server = new FakeSftp({ root: folder });
  await server.start();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const file = { id: '01910000-0000-7000-8000-000000000031', name: 'tag-000001.csv', content: Buffer.from('A;30,70\n') };
const directory = (of: object = {}) => new DirectoryDrop({ by: 'directory', folder, createDirectories: false, ...of });
const sftp = (of: Partial<SftpDropPlace> = {}) => {
  const { port, user, password, hostKey } = server;
  const place = { by: 'sftp', host: '127.0.0.1', port, user, password, hostKey: [hostKey] } as const;
  return new SftpDrop({ ...place, timeoutSeconds: 5, folder: '.', ...of });
};

describe.each([
  ['a directory', () => directory(), (below: string) => directory({ folder: join(folder, below) })],
  ['an SFTP server', () => sftp(), (below: string) => sftp({ folder: below })],
])('%s that the finance system takes files from', (_, drop, dropBelow) => {
  test('has the file under its name and nothing else beside it', async () => {
    await drop().put(file);
    expect(await readdir(folder)).toEqual([file.name]);
    expect(await readFile(join(folder, file.name))).toEqual(file.content);
  });

  test('takes the same bytes again as done, also where a try before left its temporary file', async () => {
    await writeFile(join(folder, `.${file.name}.${file.id}.part`), 'half');
    await drop().put(file);
    await drop().put(file);
    expect(await readdir(folder)).toEqual([file.name]);
    expect(await readFile(join(folder, file.name))).toEqual(file.content);
  });

  test.each([
    ['of another length', 'A'],
    ['of the same length', 'B;30,70\n'],
  ])('keeps another file of the name, %s', async (_, content) => {
    await writeFile(join(folder, file.name), content);
    await expect(drop().put(file)).rejects.toMatchObject({ code: 'HUB_EPAY_DROP_NAME_TAKEN', class: 'ask' });
    expect(await readFile(join(folder, file.name), 'utf8')).toBe(content);
    expect(await readdir(folder)).toEqual([file.name]);
  });

  test('does not take a folder for the file', async () => {
    await mkdir(join(folder, file.name));
    await expect(drop().put(file)).rejects.toMatchObject({ code: 'HUB_EPAY_DROP_NAME_TAKEN' });
  });

  test('that is missing is an error that may pass', async () => {
    await expect(dropBelow('missing').put(file)).rejects.toMatchObject({
      code: 'HUB_EPAY_DROP_UNAVAILABLE',
      class: 'later',
    });
  });
});

describe('a directory', () => {
  test('is made where the settings allow it', async () => {
    await directory({ folder: join(folder, 'made'), createDirectories: true }).put(file);
    expect(await readdir(join(folder, 'made'))).toEqual([file.name]);
  });

  test('holds one file where two put the same at once', async () => {
    const other = { ...file, id: '01910000-0000-7000-8000-000000000032' };
    await Promise.all([directory().put(file), directory().put(other)]);
    expect(await readdir(folder)).toEqual([file.name]);
  });
});

describe('an SFTP server', () => {
  test('that took the file and lost the answer has it once, and it counts as handed over', async () => {
    server.faults.loseAnswerOf = 'RENAME';
    await sftp().put(file);
    expect(await readdir(folder)).toEqual([file.name]);
  });

  test('that breaks off in the middle shows nothing under the name, and takes the file the next time', async () => {
    server.faults.cutAfterBytes = 3;
    await expect(sftp().put(file)).rejects.toMatchObject({ class: 'later' });
    expect(await readdir(folder)).not.toContain(file.name);
    server.faults.cutAfterBytes = undefined;
    await sftp().put(file);
    expect(await readdir(folder)).toEqual([file.name]);
  });

  test('with another host key or other credentials is told apart from one that is away', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    await expect(sftp({ hostKey: [other] }).put(file)).rejects.toMatchObject({ code: 'HUB_EPAY_DROP_HOST_KEY' });
    await expect(sftp({ password: 'wrong' }).put(file)).rejects.toMatchObject({ code: 'HUB_EPAY_DROP_CREDENTIALS' });
    const gone = sftp();
    await server.stop();
    await expect(gone.put(file)).rejects.toMatchObject({ code: 'HUB_EPAY_DROP_UNAVAILABLE' });
  });
});
