import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LogFields, type Logger, silentLogger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Directory } from './directory.ts';
import { DirectoryWatch, type DirectoryWatchOptions } from './directory-watch.ts';
import { directoryMigrations } from './migrations.ts';
import { type SampleFolder, sampleFiles, sampleFolder } from './sample-folder.ts';
import { secretReferences } from './secret-references.adapter.ts';

let database: TestDatabase;
let store: Store;
let folder: SampleFolder;

beforeAll(async () => {
  database = await testDatabase([directoryMigrations]);
  store = database.database.open('directory');
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await sampleFolder();
});
afterEach(async () => {
  await folder.remove();
  await store.query('TRUNCATE snapshot, blueprint');
});

const load = (options: Partial<Parameters<typeof Directory.load>[0]> = {}) =>
  Directory.load({ folder: folder.path, store, logger: silentLogger, ...options });

const hund = 'blueprints/hund-anmelden@1.yaml';
const changedHund = { [hund]: sampleFiles[hund]!.replace("'22.14'", "'22.15'") };
const filedUnder = (directory: Directory) =>
  directory.current().blueprint('hund-anmelden@1', 'musterstadt').ablage?.aktenplaneinheit;

describe('Directory', () => {
  test('stores the snapshot before it is used: every process can load it', async () => {
    const { version } = (await load()).current();
    expect(version).toMatch(/^sha256-[0-9a-f]{64}$/);
    await folder.write(changedHund);
    const other = await load();
    const pinned = await other.at(version);
    expect(pinned.version).toBe(version);
    expect(pinned.blueprint('hund-anmelden@1', 'beispielhausen').ablage?.aktenplaneinheit).toBe('963');
    expect(pinned.blueprint('hund-anmelden@1', 'musterstadt').ablage?.aktenplaneinheit).toBe('22.14');
    expect(filedUnder(other)).toBe('22.15');
  });

  test('the same content has the same version, however it is written and wherever the data lies', async () => {
    const first = await load({ placeholders: { data: '/a' } });
    await folder.write({
      [hund]: `# a comment\n${sampleFiles[hund]!.replace('99.999.002.101.000', "'99999002101000'")}`,
    });
    const second = await load({ placeholders: { data: '/b' } });
    expect(second.current().version).toBe(first.current().version);
    expect(await store.query('SELECT version FROM snapshot')).toHaveLength(1);
  });

  test('refuses a directory with errors, names the places, and stores nothing', async () => {
    await writeFile(join(folder.path, hund), sampleFiles[hund]!.replace('99.999', '98.999'));
    await expect(load()).rejects.toMatchObject({
      code: 'HUB_DIRECTORY_INVALID',
      places: [expect.objectContaining({ file: hund, line: 4, path: 'leika[0]' })],
    });
    expect(await store.query('SELECT version FROM snapshot')).toEqual([]);
  });

  test('reload takes what is right and keeps the old state where something is wrong', async () => {
    const directory = await load();
    await folder.write(changedHund);
    expect(await directory.reload()).toMatchObject({ changed: true });
    expect(filedUnder(directory)).toBe('22.15');
    await folder.write({ [hund]: 'id: [' });
    await expect(directory.reload()).rejects.toMatchObject({ code: 'HUB_DIRECTORY_INVALID' });
    expect(filedUnder(directory)).toBe('22.15');
  });

  test('warns when an accepted blueprint version is altered in place', async () => {
    const warnings: LogFields[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) };
    await load({ logger });
    await load({ logger });
    expect(warnings).toEqual([]);
    await folder.write(changedHund);
    await load({ logger });
    expect(warnings).toEqual([{ file: hund, line: 2 }]);
  });

  test('an unknown version and a damaged one have their own codes', async () => {
    const { version } = (await load()).current();
    await folder.write(changedHund);
    const directory = await load();
    await store.query(
      `UPDATE snapshot SET content = jsonb_set(content, '{tenants,0,name}', '"X"') WHERE version = $1`,
      [version],
    );
    await expect(directory.at(version)).rejects.toMatchObject({ code: 'HUB_DIRECTORY_SNAPSHOT_DAMAGED' });
    await expect(directory.at(`sha256-${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'HUB_DIRECTORY_UNKNOWN_VERSION',
    });
  });

  test('keeps a bounded number of old versions in memory', async () => {
    const directory = await load({ versionsInMemory: 1 });
    const versions = [directory.current().version];
    for (const plan of ['1', '2']) {
      await folder.write({ [hund]: sampleFiles[hund]!.replace("'22.14'", `'${plan}'`) });
      versions.push((await directory.reload()).version);
    }
    const first = await directory.at(versions[0]!);
    expect(await directory.at(versions[0]!)).toBe(first);
    await directory.at(versions[1]!);
    expect(await directory.at(versions[0]!)).not.toBe(first);
  });

  test('connections take secrets from the environment or a file, asked anew each time', async () => {
    const environment: Record<string, string> = {};
    const directory = await load({ secrets: secretReferences(environment) });
    await expect(directory.connection('beispielhausen', 'akte')).rejects.toMatchObject({
      code: 'HUB_DIRECTORY_SECRET_MISSING',
    });
    environment['DMS_PASSWORD'] = 'one';
    expect((await directory.connection('beispielhausen', 'akte')).settings['password']).toBe('one');
    environment['DMS_PASSWORD'] = 'two';
    expect((await directory.connection('beispielhausen', 'akte')).settings['password']).toBe('two');
    expect(directory.current().target('beispielhausen', 'akte').settings['password']).toBe('env:DMS_PASSWORD');

    const file = join(folder.path, '.secret');
    await writeFile(file, 'three\n');
    expect(await secretReferences({}).resolve(`file:${file}`)).toBe('three');
  });

  test.each(['', '\n', ' \r\n'])('an empty secret is none, in the environment and in a file: %j', async (empty) => {
    const file = join(folder.path, '.secret');
    await writeFile(file, empty);
    const missing = { code: 'HUB_DIRECTORY_SECRET_MISSING' };
    const secrets = secretReferences({ EMPTY: empty });
    await expect(secrets.resolve(`file:${file}`)).rejects.toMatchObject(missing);
    await expect(secrets.resolve('env:EMPTY')).rejects.toMatchObject(missing);
  });
});

describe('DirectoryWatch', () => {
  const watches: DirectoryWatch[] = [];
  afterEach(async () => {
    for (const watch of watches.splice(0)) await watch.stop();
  });

  /** A process of the hub, and what it has read while running; `next` waits for its next reading. */
  async function running(options: Partial<DirectoryWatchOptions> = {}) {
    const directory = await load();
    const read: string[] = [];
    let heard: () => void = () => undefined;
    const observe = (outcome: string) => (read.push(outcome), heard());
    const watch = new DirectoryWatch({ directory, store, logger: silentLogger, pollMs: 0, observe, ...options });
    watches.push(watch);
    const next = () => new Promise<void>((resolve) => (heard = resolve));
    return { directory, watch, read, next };
  }

  test('takes a changed folder into use by itself, once it stays as it is', async () => {
    const { directory, watch, read, next } = await running({ pollMs: 5, settleMs: 5 });
    watch.start();
    const taken = next();
    await folder.write(changedHund);
    await taken;
    expect(filedUnder(directory)).toBe('22.15');
    expect(read.at(-1)).toBe('changed');
    expect(watch.state).toMatchObject({ version: directory.current().version, refused: undefined });
  });

  test('told once, every process of the hub takes it', async () => {
    const [told, other] = [await running(), await running({ settleMs: 0 })];
    told.watch.start();
    other.watch.start();
    // The other's first look may find the first change by itself.
    for (const change of [changedHund, { [hund]: sampleFiles[hund]! }]) {
      await folder.write(change);
      const heard = other.next();
      expect(await told.watch.reload()).toMatchObject({ outcome: 'changed' });
      await heard;
    }
    expect(other.watch.state.version).toBe(told.directory.current().version);
    expect(await other.watch.reload()).toMatchObject({ outcome: 'unchanged', errors: [] });
  });

  test('what is wrong is refused and told, what ran before goes on, until the folder is right again', async () => {
    const said: string[] = [];
    const logger: Logger = { ...silentLogger, error: (_fields, text) => said.push(text) };
    const { directory, watch } = await running({ logger });
    const { version } = directory.current();
    await folder.write({ [hund]: 'id: [' });
    const places = [expect.objectContaining({ file: hund })];
    expect(await watch.reload()).toEqual({ outcome: 'refused', version, errors: places });
    expect(watch.state).toMatchObject({ version, refused: { code: 'HUB_DIRECTORY_INVALID', errors: places } });
    expect(said).toEqual([expect.stringContaining('the one before goes on'), expect.stringContaining('directory: ')]);
    await folder.write({ [hund]: sampleFiles[hund]! });
    expect(await watch.reload()).toMatchObject({ outcome: 'unchanged', version });
    expect(watch.state.refused).toBeUndefined();
  });

  test('a folder that lost all its municipalities is refused: somebody may just be exchanging it', async () => {
    const { directory, watch } = await running();
    await rename(join(folder.path, 'tenants'), join(folder.path, '.tenants'));
    expect(await watch.reload()).toMatchObject({ outcome: 'refused' });
    expect(filedUnder(directory)).toBe('22.14');
  });

  test('a version that cannot be stored is not used; it is tried again', async () => {
    const { directory, watch, read, next } = await running({ pollMs: 5, settleMs: 5 });
    const taken = async () => {
      while (read.at(-1) !== 'changed') await next();
    };
    await store.query('ALTER TABLE snapshot RENAME TO away');
    watch.start();
    await folder.write(changedHund);
    while (read.at(-1) !== 'failed') await next();
    expect(filedUnder(directory)).toBe('22.14');
    expect(watch.state.refused?.code).toMatch(/^HUB_STORE_/);
    const mended = taken();
    await store.query('ALTER TABLE away RENAME TO snapshot');
    await mended;
    expect(watch.state.refused).toBeUndefined();
    expect(filedUnder(directory)).toBe('22.15');
  });
});
