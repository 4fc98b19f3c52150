import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LocalFiles } from './local-files.adapter.ts';
import { ReplyFolder } from './reply-folder.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'replies-'));
});
afterEach(() => rm(path, { recursive: true }));

test('a reply is set aside without reading through all that were set aside before', async () => {
  const listed: string[] = [];
  class Watched extends LocalFiles {
    override async list(folder: string) {
      listed.push(folder);
      return await super.list(folder);
    }
  }
  const folder = new ReplyFolder(path, () => 0);
  for (let time = 0; time < 3; time += 1) {
    await writeFile(join(path, '0629.xml'), 'reply');
    await folder.setAside(new Watched(), '0629.xml', { to: 'done', reason: undefined });
  }
  expect((await readdir(join(path, 'done'))).toSorted()).toEqual(['0629.xml', '0629~2.xml', '0629~3.xml']);
  expect(listed).toEqual([]);
});

test('the reason of a reply that another process took away meanwhile does not stay alone', async () => {
  const folder = new ReplyFolder(path, () => 0);
  const moved = folder.setAside(new LocalFiles(), 'gone.xml', { to: 'error', reason: 'no reply' });
  await expect(moved).rejects.toMatchObject({ code: 'HUB_DMS_INBOX_UNAVAILABLE' });
  expect(await readdir(join(path, 'error'))).toEqual([]);
});
