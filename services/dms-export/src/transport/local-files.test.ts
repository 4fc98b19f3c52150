import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LocalFiles } from './local-files.adapter.ts';
import { writing } from './staging.ts';

let root: string;
const files = new LocalFiles();
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'local-files-'))));
afterEach(() => rm(root, { recursive: true }));

describe('a directory', () => {
  const full = ['ENOSPC', 'EDQUOT'];
  const notWritable = ['EACCES', 'EPERM', 'EROFS'];
  const away = ['EIO', 'ESTALE', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENOTCONN', 'ECONNRESET', 'ENODEV', 'EBUSY'];
  test.each([...full, ...notWritable, ...away])('that says %s is a reason to wait', async (code) => {
    const failing = async () => {
      throw Object.assign(new Error('no'), { code });
    };
    await expect(files.write(join(root, 'a.zip'), failing)).rejects.toMatchObject({
      code: 'HUB_DMS_INBOX_UNAVAILABLE',
      class: 'later',
      message: expect.stringContaining(code),
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('that vanished, or is a file, is a reason to wait', async () => {
    await writeFile(join(root, 'file'), '');
    for (const folder of ['vanished', 'file']) {
      await expect(files.write(join(root, folder, 'a.zip'), writing('x'))).rejects.toMatchObject({ class: 'later' });
    }
    expect(await files.problemOf(join(root, 'vanished'), 'write')).toBe('ENOENT');
  });

  test('never hides what is wrong with the program', async () => {
    const broken = async () => {
      throw new TypeError('a bug');
    };
    await expect(files.write(join(root, 'a.zip'), broken)).rejects.toThrow(TypeError);
  });
});
