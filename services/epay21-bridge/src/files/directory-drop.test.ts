import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DirectoryDrop } from './directory-drop.adapter.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'directory-drop-'))));
afterEach(() => rm(folder, { recursive: true }));

const drop = (of: object = {}) => new DirectoryDrop({ by: 'directory', folder, createDirectories: false, ...of });
const file = { id: '01910000-0000-7000-8000-000000000031', name: 'tag-000001.csv', content: Buffer.from('A;30,70\n') };

describe('a folder that the hub and the finance system share', () => {
  test('has the file under its name and nothing else beside it', async () => {
    await drop().put(file);
    expect(await readdir(folder)).toEqual([file.name]);
    expect(await readFile(join(folder, file.name))).toEqual(file.content);
  });

  test('takes the same bytes again as done, also where a try before left its temporary file', async () => {
    await writeFile(join(folder, `.${file.name}.${file.id}.part`), 'half');
    await Promise.all([drop().put(file), drop().put({ ...file, id: '01910000-0000-7000-8000-000000000032' })]);
    await drop().put(file);
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

  test('that is missing is an error that may pass, unless it may be made', async () => {
    const missing = { folder: join(folder, 'missing') };
    await expect(drop(missing).put(file)).rejects.toMatchObject({ code: 'HUB_EPAY_DROP_UNAVAILABLE', class: 'later' });
    await drop({ ...missing, createDirectories: true }).put(file);
    expect(await readdir(missing.folder)).toEqual([file.name]);
  });
});
