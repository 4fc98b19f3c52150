import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LocalFiles } from './local-files.adapter.ts';
import { Staging, packagesIn, parseStagedName, stagedName, stagingFolder, writing } from './staging.ts';

const exchangeId = '0198c0de-1111-7000-8000-000000000001';
const contentKey = 'ab'.repeat(16);
const PACKAGE = { exchangeId, fence: 3, contentKey };
const NAME = stagedName(PACKAGE);
const files = new LocalFiles();
const code = (name: string) => expect.objectContaining({ code: name });

let root: string;
let inbox: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staging-'));
  inbox = join(root, 'inbox');
  folder = stagingFolder(inbox);
  await mkdir(inbox);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put =
  (text: string) =>
  async (to: Writable): Promise<{ bytes: number }> => {
    await writing(text)(to);
    return { bytes: Buffer.byteLength(text) };
  };

describe('a staged package', () => {
  test('is nowhere below the inbox until it is handed over, then there and no longer here', async () => {
    const staging = await Staging.open(files, { inbox });
    await staging.write(PACKAGE, put('package'));
    expect(await readdir(inbox)).toEqual([]);
    expect(await staging.whereabouts(NAME)).toBe('here');

    await staging.handOver(NAME, inbox, 'final.zip');
    expect(await readFile(join(inbox, 'final.zip'), 'utf8')).toBe('package');
    expect(await staging.whereabouts(NAME)).toBe('gone');
  });

  test('is reached by no other account while it waits', async () => {
    const staging = await Staging.open(files, { inbox });
    expect((await stat(staging.place.folder)).mode & 0o077).toBe(0);
  });

  test('is handed over once, whoever asks again, also when the DMS took it away', async () => {
    const staging = await Staging.open(files, { inbox });
    await staging.write(PACKAGE, put('package'));
    await staging.handOver(NAME, inbox, 'final.zip');
    await rm(join(inbox, 'final.zip'));
    await staging.handOver(NAME, inbox, 'final.zip');
    expect(await readdir(inbox)).toEqual([]);
  });

  test('is found again by the place that was stored, as after a crash', async () => {
    const { place } = await Staging.open(files, { inbox });
    await Staging.at(files, place).write(PACKAGE, put('package'));
    const again = JSON.parse(JSON.stringify(place)) as typeof place;
    expect(await Staging.at(files, again).whereabouts(NAME)).toBe('here');
    expect((await Staging.open(files, { inbox })).place).toEqual(place);
  });

  test('leaves nothing where writing fails', async () => {
    const staging = await Staging.open(files, { inbox });
    const halfWay = async (to: Writable) => {
      to.write('half of it');
      throw new Error('the source broke');
    };
    await expect(staging.write(PACKAGE, halfWay)).rejects.toThrow('the source broke');
    expect(await packagesIn(files, folder)).toEqual([]);
  });

  test('never shares a file with a try that lost its lease and writes on', async () => {
    const staging = await Staging.open(files, { inbox });
    let goOn = () => {};
    const asleep = staging.write({ ...PACKAGE, fence: 2 }, async (to) => {
      to.write('half of it, ');
      await new Promise<void>((resolve) => (goOn = resolve));
      return await put('the rest, long after')(to);
    });
    await staging.write(PACKAGE, put('the one that counts'));
    goOn();
    await asleep;
    expect(await readFile(join(folder, NAME), 'utf8')).toBe('the one that counts');
    await expect(staging.write(PACKAGE, put('again'))).rejects.toEqual(code('HUB_DMS_INBOX_UNAVAILABLE'));
    expect(await readFile(join(folder, NAME), 'utf8')).toBe('the one that counts');
  });

  test('sweeps up what earlier tries of its exchange left, and nothing else', async () => {
    const staging = await Staging.open(files, { inbox });
    const other = stagedName({ exchangeId: exchangeId.replace('1111', '2222'), fence: 1 });
    const [earlier, later] = [1, 7].map((fence) => stagedName({ exchangeId, fence })) as [string, string];
    for (const name of [earlier, later, other, NAME]) await writeFile(join(folder, name), 'x');
    await staging.removeBefore({ exchangeId, fence: 3 });
    expect((await packagesIn(files, folder)).toSorted()).toEqual([NAME, later, other].toSorted());
  });
});

describe('a staging folder', () => {
  test('that is missing cannot tell: a person has to', async () => {
    const staging = await Staging.open(files, { inbox });
    await staging.write(PACKAGE, put('package'));
    await rm(folder, { recursive: true });
    await expect(staging.whereabouts(NAME)).rejects.toEqual(code('HUB_DMS_STAGING_FOREIGN'));
    await expect(staging.handOver(NAME, inbox, 'final.zip')).rejects.toMatchObject({ class: 'ask' });
  });

  test('that was made anew is another one, and new packages go on in it', async () => {
    const before = await Staging.open(files, { inbox });
    await rename(folder, join(root, 'elsewhere'));
    const after = await Staging.open(files, { inbox });
    expect(after.place.mark).not.toBe(before.place.mark);
    await expect(before.whereabouts(NAME)).rejects.toEqual(code('HUB_DMS_STAGING_FOREIGN'));
    await after.write(PACKAGE, put('package'));
    expect(await after.whereabouts(NAME)).toBe('here');
  });

  test('opened by two at the same time, the first time, is good for both', async () => {
    const both = await Promise.all([Staging.open(files, { inbox }), Staging.open(files, { inbox })]);
    for (const staging of both) expect(await staging.whereabouts(NAME)).toBe('gone');
  });

  test('may be given, and is made with all folders above', async () => {
    const configured = join(root, 'a', 'b');
    expect((await Staging.open(files, { inbox, staging: configured })).place.folder).toBe(configured);
    expect(await stat(configured)).toBeDefined();
  });

  test('on another file system is refused before anything is written', async () => {
    const elsewhere = '/dev/shm';
    const other = await stat(elsewhere).catch(() => undefined);
    if (!other || other.dev === (await stat(inbox)).dev) return;
    const configured = await mkdtemp(join(elsewhere, 'staging-'));
    try {
      await expect(Staging.open(files, { inbox, staging: configured })).rejects.toEqual(code('HUB_DMS_STAGING_DEVICE'));
      expect(await readdir(configured)).toEqual([]);
      // A bind mount may pretend to be the same device; then the rename says it.
      const { place } = await Staging.open(files, { inbox: join(configured, '..'), staging: configured });
      await writeFile(join(configured, NAME), 'package');
      await expect(Staging.at(files, place).handOver(NAME, inbox, 'final.zip')).rejects.toEqual(
        code('HUB_DMS_STAGING_DEVICE'),
      );
      expect(await Staging.at(files, place).whereabouts(NAME)).toBe('here');
    } finally {
      await rm(configured, { recursive: true });
    }
  });

  test('without its inbox is no reason to give up', async () => {
    await rm(inbox, { recursive: true });
    await expect(Staging.open(files, { inbox })).rejects.toMatchObject({
      code: 'HUB_DMS_INBOX_UNAVAILABLE',
      class: 'later',
    });
  });

  test('keeps the package where the inbox vanishes before the hand-over', async () => {
    const staging = await Staging.open(files, { inbox });
    await staging.write(PACKAGE, put('package'));
    await rename(inbox, join(root, 'unmounted'));
    await expect(staging.handOver(NAME, inbox, 'final.zip')).rejects.toEqual(code('HUB_DMS_INBOX_UNAVAILABLE'));
    await rename(join(root, 'unmounted'), inbox);
    await staging.handOver(NAME, inbox, 'final.zip');
    expect(await readdir(inbox)).toEqual(['final.zip']);
  });

  test('hands over into an inbox that nobody may list', async () => {
    const staging = await Staging.open(files, { inbox });
    await staging.write(PACKAGE, put('package'));
    await chmod(inbox, 0o333);
    await staging.handOver(NAME, inbox, 'final.zip');
    await chmod(inbox, 0o755);
    expect(await readdir(inbox)).toEqual(['final.zip']);
  });
});

test('names of staged packages are read back, others are not', () => {
  expect(parseStagedName(NAME)).toEqual({ exchangeId, fence: 3 });
  expect(parseStagedName(`${exchangeId}.3.marker`)).toEqual({ exchangeId, fence: 3 });
  expect(parseStagedName(`${exchangeId}.${contentKey}.part`)).toEqual({ exchangeId, fence: -1 });
  for (const name of ['x.zip', `${exchangeId}.zip`, `${exchangeId}.3.zip.part`, '.ozg-hub-staging-1'])
    expect(parseStagedName(name)).toBeUndefined();
});
