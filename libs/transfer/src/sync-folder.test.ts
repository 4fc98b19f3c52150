import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { syncFolder } from './sync-folder.ts';

test('a folder is synced; that it is gone, or never was one, is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sync-folder-'));
  try {
    await writeFile(join(folder, 'file'), '1');
    await syncFolder(folder);
    await expect(syncFolder(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(syncFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

// Such a one is at hand on Linux only.
(existsSync('/proc/self') ? test : test.skip)(
  'a file system that syncs no folders is as good as it can be',
  async () => {
    await expect(syncFolder('/proc')).resolves.toBeUndefined();
  },
);
