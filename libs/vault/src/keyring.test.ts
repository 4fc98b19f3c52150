import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defaultKeyringReference, Keyring } from './keyring.ts';

let folder: string;
let reference: string;
let time: number;
const clock = { now: () => new Date(time) };
const code = (name: string) => expect.objectContaining({ code: name });
const open = async () => await Keyring.open({ reference, create: true, clock });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyring-'));
  reference = `file:${folder}/hub.keys/keyring.json`;
  time = Date.parse('2026-08-21T10:15:00Z');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe('a keyring', () => {
  test('is made at the first start for its owner only, and is the same at the next', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    expect(two!.current.id).toBe(one!.current.id);
    expect((await stat(join(folder, 'hub.keys'))).mode & 0o777).toBe(0o700);
    expect((await stat(one!.path!)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'hub.keys'))).toEqual(['keyring.json']);
    expect(one!.immutable).toBe(false);
  });

  test('lies beside the data directory by default, and is refused inside it', async () => {
    expect(defaultKeyringReference('/srv/hub/data')).toBe('file:/srv/hub/data.keys/keyring.json');
    const inside = Keyring.open({ reference, create: true, outside: folder });
    await expect(inside).rejects.toEqual(code('HUB_VAULT_KEYRING_EXPOSED'));
    expect(await readdir(folder)).toEqual([]);
  });

  test('is refused where others may read it', async () => {
    const { path } = await open();
    await chmod(path!, 0o640);
    await expect(open()).rejects.toEqual(code('HUB_VAULT_KEYRING_EXPOSED'));
  });

  test('is refused where it is missing, no keyring or damaged, without quoting it', async () => {
    const missing = Keyring.open({ reference });
    await expect(missing).rejects.toEqual(code('HUB_VAULT_KEYRING_UNREADABLE'));
    const { path } = await open();
    const text = await readFile(path!, 'utf8');
    for (const damaged of [
      '',
      '{}',
      'null',
      text.replace('keyring 1', 'keyring 9'),
      text.replace('"current"', '"x"'),
    ]) {
      await writeFile(path!, damaged);
      await expect(open()).rejects.toEqual(code('HUB_VAULT_KEYRING_UNREADABLE'));
    }
    for (const wrong of ['keyring.json', 'file:keyring.json', 'env:NOT_SET']) {
      await expect(Keyring.open({ reference: wrong })).rejects.toEqual(code('HUB_VAULT_KEYRING_UNREADABLE'));
    }
  });

  test('forgets leaves durably, and other processes see it within a second', async () => {
    const [one, two] = [await open(), await open()];
    const key = two!.current.tree.leafKey(4);
    expect(await one!.forget([3])).toBe(2);
    expect(one!.current.tree.has(3)).toBe(false);
    expect(one!.leafFloor).toBe(4);
    expect(two!.current.tree.has(3)).toBe(true);
    time += 1_000;
    expect(two!.current.tree.has(3)).toBe(false);
    expect(two!.current.tree.leafKey(4)).toEqual(key);
    expect((await open()).current.tree.has(3)).toBe(false);
  });

  test('loses no change when many processes change it at once', async () => {
    const keyrings = await Promise.all(Array.from({ length: 8 }, open));
    await Promise.all(keyrings.map(async (keyring, leaf) => await keyring.forget([leaf * 7])));
    const { tree } = (await open()).current;
    expect(keyrings.map((_, leaf) => tree.has(leaf * 7))).toEqual(Array.from({ length: 8 }, () => false));
    expect((await open()).generation).toBe(9);
  });

  test('takes over the lock of a process that is gone', async () => {
    const keyring = await open();
    await writeFile(`${keyring.path}.lock`, `4194304999 ${hostname()} x`);
    await keyring.forget([1]);
    expect(await readdir(join(folder, 'hub.keys'))).toEqual(['keyring.json']);
  });

  test('stops serving keys when its file disappears, so that nothing is wrapped under a key that is lost', async () => {
    const keyring = await open();
    await rm(keyring.path!);
    time += 1_000;
    expect(() => keyring.current).toThrow(expect.objectContaining({ code: 'HUB_VAULT_KEYRING_UNREADABLE' }));
  });

  test('from the environment opens the same keys and cannot be changed', async () => {
    const { path, current } = await open();
    const environment = { HUB_KEYRING: await readFile(path!, 'utf8') };
    const keyring = await Keyring.open({ reference: 'env:HUB_KEYRING', environment });
    expect(keyring.immutable).toBe(true);
    expect(keyring.current.tree.leafKey(7)).toEqual(current.tree.leafKey(7));
    await expect(keyring.forget([7])).rejects.toEqual(code('HUB_VAULT_KEYRING_IMMUTABLE'));
    await expect(keyring.beginRotation()).rejects.toEqual(code('HUB_VAULT_KEYRING_IMMUTABLE'));
  });
});
