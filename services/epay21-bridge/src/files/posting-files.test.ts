import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { berlinDate, newId, noFailpoints, silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import type { XmlPool } from '@ozg-hub/xml';
import { lastClosableDay } from './business-day.ts';
import { fileDrops } from './file-drops.ts';
import { type FinanceSettings, financeSettings } from './finance-settings.ts';
import { PostingFiles, type PostingFilesOptions } from './posting-files.ts';

const own = { owner: 'epay21-bridge', folder: new URL('../../migrations/', import.meta.url) };

let database: TestDatabase;
let store: Store;
let folder: string;
let now: Date;
let settings: FinanceSettings;

beforeAll(async () => {
  database = await testDatabase([{ schema: 'epay21_bridge', sets: [trailMigrations, own] }]);
  store = database.database.open('epay21_bridge', { maxConnections: 6 });
}, 60_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posting-files-'));
  now = new Date('2026-11-21T06:00:00Z');
  settings = financeSettings.parse({ files: [profile()] });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await store.query(
    'TRUNCATE payment, posting, posting_file, posting_file_series, posting_file_problem, audit CASCADE',
  );
});
afterAll(() => database.drop());

const profile = (of: object = {}) => ({
  profile: 'csv',
  id: 'hkr',
  into: { by: 'directory', folder },
  columns: [{ field: 'kassenzeichen' }, { field: 'gross' }, { field: 'originalEventId' }],
  headers: false,
  lineEnd: 'lf',
  ...of,
});

function files(of: Partial<PostingFilesOptions> = {}): PostingFiles {
  const target = { id: 'hkr', kind: 'finance', settings };
  const directory = {
    current: () => ({ tenants: [{ slug: 'musterstadt', targets: [target] }], target: () => target }),
    connection: () => Promise.resolve(target),
  } as unknown as PostingFilesOptions['directory'];
  return new PostingFiles({
    store,
    directory,
    xml: undefined as unknown as XmlPool,
    drops: fileDrops,
    clock: { now: () => now },
    logger: silentLogger,
    failpoints: noFailpoints,
    name: 'epay21-bridge',
    ...of,
  });
}

interface Facts {
  readonly at: string;
  readonly kassenzeichen: string;
  readonly minor?: number;
  readonly feeMinor?: number;
  readonly currency?: string;
  readonly reverses?: string;
  readonly description?: string;
}

/** A posting as the hub stores it when money came, or went back. @returns its event */
async function posted({ at, kassenzeichen, minor = 3070, currency = 'EUR', ...of }: Facts): Promise<string> {
  const [eventId, instant] = [newId(), new Date(at)];
  const amount = { minor, currency };
  const items = [
    {
      id: 'ausweis',
      description: of.description ?? 'Bewohnerparkausweis',
      quantity: 1,
      taxRate: '0.00',
      net: amount,
      tax: { minor: 0, currency },
      gross: amount,
      booking: { sachkonto: '5110' },
    },
  ];
  const reversal = of.reverses && {
    ...{ reversalId: newId(), originalEventId: of.reverses, kind: 'REFUND', reversedAt: at },
  };
  await store.tx(async (tx) => {
    const payment = `INSERT INTO payment (id, tenant, provider, endpoint, finance, directory_version, kassenzeichen, purpose,
        description, currency, gross_minor, items, return_token, timeout_minutes, state, expires_at, paid_at)
      VALUES ($1, 'musterstadt', 'epay', 'e', 'hkr', 'v', $2, 'Zweck', '', $3, $4, '[]', $5, 30, 'PAID', now(), $6)
      ON CONFLICT DO NOTHING`;
    await tx.query(payment, [newId(), kassenzeichen, currency, minor, newId(), instant]);
    const posting = `INSERT INTO posting (event_id, payment_id, tenant, finance, kind, business_day, currency, gross_minor,
        fee_minor, data)
      SELECT $1, id, tenant, finance, $3, $4, $5, $6, $7, $8 FROM payment WHERE kassenzeichen = $2`;
    const data = { kassenzeichen, items, ...reversal };
    const kind = of.reverses ? 'REVERSED' : 'SETTLED';
    await tx.query(posting, [eventId, kassenzeichen, kind, berlinDate(instant), currency, minor, of.feeMinor, data]);
  });
  return eventId;
}

const inFolder = async () => (await readdir(folder)).toSorted();
const contentOf = async (name: string) => await readFile(join(folder, name), 'utf8');
const numbers = async () => (await files().list()).map(({ number }) => number).toReversed();

describe('the run of a day', () => {
  test('writes and hands over what was posted on it, and nothing of the next', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await posted({ at: '2026-11-21T00:00:00+01:00', kassenzeichen: 'B' });
    await files().run();
    expect(await inFolder()).toEqual(['musterstadt-20261120-000001.csv']);
    expect(await contentOf('musterstadt-20261120-000001.csv')).toBe('A;30,70;\n');
  });

  test('a payment of the last second belongs to its day, also where the day has 23 or 25 hours', async () => {
    await posted({ at: '2026-03-29T23:59:59+02:00', kassenzeichen: 'spring' });
    await posted({ at: '2026-03-30T00:00:00+02:00', kassenzeichen: 'spring after' });
    await posted({ at: '2026-10-25T00:00:00+02:00', kassenzeichen: 'autumn' });
    await posted({ at: '2026-10-25T23:59:59+01:00', kassenzeichen: 'autumn end' });
    await posted({ at: '2026-10-26T00:00:00+01:00', kassenzeichen: 'autumn after' });
    await files().run();
    expect((await files().list()).map(({ businessDay, totals }) => [businessDay, totals.postings])).toEqual([
      ['2026-10-26', 1],
      ['2026-10-25', 2],
      ['2026-03-30', 1],
      ['2026-03-29', 1],
    ]);
  });

  test.each([
    ['2026-11-21T00:29:59+01:00', '2026-11-19'],
    ['2026-11-21T00:30:00+01:00', '2026-11-20'],
    ['2026-03-30T00:29:59+02:00', '2026-03-28'],
    ['2026-03-30T00:30:00+02:00', '2026-03-29'],
    ['2026-10-26T00:29:59+01:00', '2026-10-24'],
    ['2026-10-26T00:30:00+01:00', '2026-10-25'],
  ])('at %s may close days up to %s, however long they were', (at, day) => {
    expect(lastClosableDay(new Date(at), '00:30')).toBe(day);
  });

  test('waits for the time that the profile says, in summer time too', async () => {
    settings = financeSettings.parse({ files: [profile({ closeAt: '06:00' })] });
    await posted({ at: '2026-03-28T12:00:00+01:00', kassenzeichen: 'A' });
    now = new Date('2026-03-29T03:59:59Z');
    await files().run();
    expect(await numbers()).toEqual([]);
    now = new Date('2026-03-29T04:00:00Z');
    await files().run();
    expect(await numbers()).toEqual([1]);
  });

  test('makes nothing twice, however often it runs', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await files().run();
    await files().run();
    expect(await numbers()).toEqual([1]);
  });

  test('makes no file of a day without postings, unless the profile wants one', async () => {
    await files().run();
    expect(await numbers()).toEqual([]);
    settings = financeSettings.parse({
      files: [profile({ emptyDays: true, trailerLines: [[{ field: 'postings' }]] })],
    });
    await files().run();
    now = new Date('2026-11-23T06:00:00Z');
    await files().run();
    await files().run();
    expect((await files().list()).map(({ businessDay }) => businessDay)).toEqual([
      '2026-11-22',
      '2026-11-21',
      '2026-11-20',
    ]);
    expect(await contentOf('musterstadt-20261120-000001.csv')).toBe('0\n');
  });

  test('begins with the day that the profile says', async () => {
    settings = financeSettings.parse({ files: [profile({ from: '2026-11-20' })] });
    await posted({ at: '2026-11-19T12:00:00+01:00', kassenzeichen: 'A' });
    await posted({ at: '2026-11-20T12:00:00+01:00', kassenzeichen: 'B' });
    await files().run();
    expect((await files().list()).map(({ businessDay }) => businessDay)).toEqual(['2026-11-20']);
  });

  test('keeps currencies apart', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'B', currency: 'CHF' });
    await files().run();
    expect((await files().list()).map(({ totals }) => totals.gross.currency)).toEqual(['CHF', 'EUR']);
  });
});

describe('a posting that comes too late for its day', () => {
  test('goes into a file of the next number, and the closed file stays as it is', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await files().run();
    const closed = await contentOf('musterstadt-20261120-000001.csv');
    await posted({ at: '2026-11-20T23:59:59+01:00', kassenzeichen: 'late' });
    await files().run();
    expect(await contentOf('musterstadt-20261120-000001.csv')).toBe(closed);
    expect(await contentOf('musterstadt-20261120-000002.csv')).toBe('late;30,70;\n');
    expect((await files().list()).map(({ number, part }) => [number, part])).toEqual([
      [2, 2],
      [1, 1],
    ]);
  });
});

describe('money that went back', () => {
  test('stands in the file of its own day, and names the original', async () => {
    const original = await posted({ at: '2026-11-18T08:00:00+01:00', kassenzeichen: 'A' });
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A', minor: 1000, reverses: original });
    await files().run();
    expect(await contentOf('musterstadt-20261118-000001.csv')).toBe('A;30,70;\n');
    expect(await contentOf('musterstadt-20261120-000002.csv')).toBe(`A;-10,00;${original}\n`);
  });
});

describe('control totals', () => {
  test('of a file are what its postings come to', async () => {
    const original = await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A', feeMinor: 35 });
    await posted({ at: '2026-11-20T09:00:00+01:00', kassenzeichen: 'B', minor: 1, feeMinor: 1 });
    await posted({ at: '2026-11-20T10:00:00+01:00', kassenzeichen: 'A', minor: 1000, reverses: original });
    const [file] = await files().close('musterstadt', '2026-11-20');
    const minors = Object.values(file!.totals).map((each) => (typeof each === 'number' ? each : each.minor));
    expect(minors).toEqual([3, 3071, 36, 1000, 2035]);
  });
});

describe('the numbers of files', () => {
  test('have no gap and no double however many close at once', async () => {
    for (const day of ['17', '18', '19', '20']) {
      await posted({ at: `2026-11-${day}T08:00:00+01:00`, kassenzeichen: day });
    }
    await Promise.all([files().run(), files().run(), files().run()]);
    expect(await numbers()).toEqual([1, 2, 3, 4]);
    expect(await inFolder()).toHaveLength(4);
  });

  test('are not used up by a file that cannot be written; the others go on, and the reason is shown', async () => {
    settings = financeSettings.parse({
      files: [profile({ encoding: 'windows-1252', columns: [{ header: 'Text', field: 'item.description' }] })],
    });
    await posted({ at: '2026-11-19T08:00:00+01:00', kassenzeichen: 'A', description: 'Łódź' });
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'B' });
    await files().run();
    expect(await inFolder()).toEqual(['musterstadt-20261120-000001.csv']);
    expect(await files().problems()).toMatchObject([
      { businessDay: '2026-11-19', code: 'HUB_EPAY_FILE_CHARACTERS', places: [{ line: 1, field: 'Text' }] },
    ]);
    expect((await files().examine()).map(({ level }) => level)).toEqual(['problem']);
    settings = financeSettings.parse({ files: [profile({ columns: [{ field: 'item.description' }] })] });
    await files().run();
    expect(await contentOf('musterstadt-20261119-000002.csv')).toBe('Łódź\n');
    expect(await files().problems()).toEqual([]);
  });

  test('count each profile by itself', async () => {
    settings = financeSettings.parse({
      files: [profile(), profile({ id: 'controlling', fileName: 'controlling-{{number}}.csv' })],
    });
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await files().run();
    expect(await inFolder()).toEqual(['controlling-000001.csv', 'musterstadt-20261120-000001.csv']);
  });
});

describe('a file that was written', () => {
  test('is issued again byte for byte under the same name, whatever the directory says now', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await files().run();
    const [file] = await files().list();
    const first = await contentOf(file!.name);
    await rm(join(folder, file!.name));
    settings = financeSettings.parse({ files: [profile({ decimal: 'point', fileName: 'other-{{number}}.csv' })] });
    now = new Date('2027-02-01T00:00:00Z');
    expect(await files().reissue(file!.id, 'operator')).toMatchObject({ state: 'HANDED_OVER', number: 1, reissues: 1 });
    expect(await inFolder()).toEqual([file!.name]);
    expect(await contentOf(file!.name)).toBe(first);
    expect((await files().content(file!.id)).content.toString()).toBe(first);
  });

  test('is handed over once after a crash between storing and handing over, with the number it has', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    const crash = { hit: (name: string) => void (name === 'epay.file-stored' && kill()) };
    const kill = () => {
      throw new Error('killed');
    };
    await files({ failpoints: crash, drops: () => ({ put: () => new Promise(kill) }) }).run();
    expect(await inFolder()).toEqual([]);
    await timePasses();
    await files().run();
    expect(await inFolder()).toEqual(['musterstadt-20261120-000001.csv']);
    expect(await numbers()).toEqual([1]);
  });

  test('is handed over again after a crash between handing over and saying so, and that changes nothing', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    const crash = {
      hit: (name: string) => {
        if (name === 'epay.file-handed-over') throw new Error('killed');
      },
    };
    await files({ failpoints: crash }).run();
    expect(await files().list({ state: 'HANDED_OVER' })).toEqual([]);
    await timePasses();
    await files().run();
    expect(await files().list({ state: 'HANDED_OVER' })).toHaveLength(1);
    expect(await inFolder()).toEqual(['musterstadt-20261120-000001.csv']);
  });

  test('waits where the folder cannot be used, says why, and goes with a later run', async () => {
    settings = financeSettings.parse({ files: [profile({ into: { by: 'directory', folder: `${folder}/missing` } })] });
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await files().run();
    expect(await files().list()).toMatchObject([{ state: 'WRITTEN', code: 'HUB_EPAY_DROP_UNAVAILABLE', tries: 1 }]);
    expect((await files().examine())[0]!.text).toContain('HUB_EPAY_DROP_UNAVAILABLE');
    settings = financeSettings.parse({ files: [profile()] });
    await files().run();
    expect(await inFolder()).toEqual([]);
    await timePasses();
    await files().run();
    expect(await files().list()).toMatchObject([{ state: 'HANDED_OVER', code: undefined, tries: 2 }]);
  });

  test('goes in order: those after one that could not be handed over wait for it, in the same run and in later ones', async () => {
    await writeFile(join(folder, 'musterstadt-20261119-000001.csv'), 'foreign');
    await posted({ at: '2026-11-19T08:00:00+01:00', kassenzeichen: 'A' });
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'B' });
    await files().run();
    await files().run();
    expect(await inFolder()).toEqual(['musterstadt-20261119-000001.csv']);
    expect((await files().list()).map(({ number, tries }) => `${number}: ${tries}`)).toEqual(['2: 0', '1: 1']);
    await rm(join(folder, 'musterstadt-20261119-000001.csv'));
    await timePasses();
    await files().run();
    expect(await inFolder()).toEqual(['musterstadt-20261119-000001.csv', 'musterstadt-20261120-000002.csv']);
  });

  test('that went once holds up no later one while it cannot be issued again', async () => {
    await posted({ at: '2026-11-19T08:00:00+01:00', kassenzeichen: 'A' });
    const [first] = await files().close('musterstadt', '2026-11-19');
    await files({ drops: () => ({ put: () => Promise.reject(new Error('no place')) }) }).reissue(first!.id, 'operator');
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'B' });
    expect(await files().close('musterstadt', '2026-11-20')).toMatchObject([{ number: 2, state: 'HANDED_OVER' }]);
  });

  test('never replaces another one of its name: that is a question for a person', async () => {
    await writeFile(join(folder, 'musterstadt-20261120-000001.csv'), 'foreign');
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    await files().run();
    expect(await files().list()).toMatchObject([{ state: 'WRITTEN', code: 'HUB_EPAY_DROP_NAME_TAKEN' }]);
    expect(await contentOf('musterstadt-20261120-000001.csv')).toBe('foreign');
  });

  test('tells the trail that it was written, handed over and issued again', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    const [file] = await files().close('musterstadt', '2026-11-20');
    await files().reissue(file!.id, 'operator');
    const rows = await store.query<{ kind: string; actor: string }>('SELECT kind, actor FROM audit ORDER BY position');
    expect(rows.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
      'posting-file.written epay21-bridge',
      'posting-file.handed-over epay21-bridge',
      'posting-file.reissued operator',
      'posting-file.handed-over epay21-bridge',
    ]);
  });
});

describe('closing on order', () => {
  test('is refused for a day that has not ended, and where there is nothing to close', async () => {
    await expect(files().close('musterstadt', '2026-11-21')).rejects.toMatchObject({ code: 'HUB_EPAY_FILE_DAY_OPEN' });
    await expect(files().close('anderswo', '2026-11-20')).rejects.toMatchObject({ code: 'HUB_EPAY_FILE_NO_TARGET' });
    await expect(files().content(newId())).rejects.toMatchObject({ code: 'HUB_EPAY_FILE_UNKNOWN' });
  });

  test('gives the files it made, and none where all is written', async () => {
    await posted({ at: '2026-11-20T08:00:00+01:00', kassenzeichen: 'A' });
    expect(await files().close('musterstadt', '2026-11-20')).toMatchObject([{ number: 1, state: 'HANDED_OVER' }]);
    expect(await files().close('musterstadt', '2026-11-20')).toEqual([]);
  });
});

/** The next try of every hand-over is due. */
async function timePasses(): Promise<void> {
  await store.query(`UPDATE posting_file SET next_try_at = now() WHERE next_try_at > now()`);
}
