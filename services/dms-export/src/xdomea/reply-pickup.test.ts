import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Logger, silentLogger } from '@ozg-hub/core';
import type { Replies, ReplyOutcome, TargetReply } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type Store, type Tx, storeErrors } from '@ozg-hub/store';
import { writeEmpfangBestaetigen, writeImportBestaetigen, writePackage } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadCatalogue, xmlErrors } from '@ozg-hub/xml';
import { DmsConnections } from '../transport/dms-connections.ts';
import { ReplyAcceptance } from './reply-acceptance.ts';
import { ReplyPickup } from './reply-pickup.ts';
import { sampleSettings } from '../sample-envelope.ts';

const prozessId = '0198c0de-1111-7000-8000-000000000001';
const party = { institution: { name: 'Stadt Musterstadt' } };
const kopf = {
  prozessId,
  createdAt: new Date('2026-08-22T08:00:00Z'),
  sender: party,
  receiver: party,
  sendingSystem: { instanzId: 'dms' },
};
const receipt = writeEmpfangBestaetigen(kopf);
const result = (allgemein = '0000000', wert = '22-0001/2026') =>
  writeImportBestaetigen({
    ...kopf,
    rueckmeldungen: [{ allgemein }],
    rueckgabeparameter: [{ parameter: { name: 'AZ', wert }, erfolgreich: allgemein === '0000000' }],
  });

let pool: XmlPool;
let root: string;
let folder: string;
let [now, chance] = [0, 0];
let applied: TargetReply[];
let answer: (reply: TargetReply) => ReplyOutcome;
let commit: () => void;
let warnings: { message: string; [field: string]: unknown }[];
let counted: string[];

beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'replies-'));
  folder = join(root, 'replies');
  await mkdir(folder);
  [now, chance] = [0, 0];
  applied = [];
  warnings = [];
  counted = [];
  answer = () => 'applied';
  commit = () => undefined;
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Place {
  readonly tenant: string;
  readonly target?: string;
  readonly replies: string;
}

function pickup(places: readonly Place[] = [{ tenant: 'musterstadt', replies: folder }]): ReplyPickup {
  const settings = (slug: string, id: string) =>
    sampleSettings({
      replies: {
        by: 'directory',
        folder: places.find(({ tenant, target = 'eakte' }) => tenant === slug && target === id)!.replies,
      },
    });
  const snapshot = {
    tenants: places.map(({ tenant, target = 'eakte' }) => ({
      slug: tenant,
      targets: [{ id: target, kind: 'xdomea' }],
    })),
    target: (slug: string, id: string) => ({ settings: settings(slug, id) }),
  };
  const store = {
    tx: async (run: (tx: Tx) => Promise<unknown>) => {
      const before = applied.length;
      const outcome = await run({} as Tx);
      try {
        commit();
      } catch (error) {
        applied.length = before;
        throw error;
      }
      return outcome;
    },
  } as unknown as Store;
  const replies = {
    apply: async (_tx: Tx, reply: TargetReply) => {
      const outcome = answer(reply);
      if (outcome !== 'unknown') applied.push(reply);
      return outcome;
    },
  } as unknown as Replies;
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => void warnings.push({ ...fields, message }),
  };
  const directory = { current: () => snapshot } as unknown as Directory;
  return new ReplyPickup({
    acceptance: new ReplyAcceptance({ store, replies, xml: pool }),
    directory,
    connections: new DmsConnections(directory),
    logger,
    pollMs: 1,
    now: () => now,
    random: () => chance,
    counter: { inc: ({ tenant, target, outcome }) => void counted.push(`${tenant}/${target} ${outcome}`) },
  });
}

const write = (name: string, content: string | Uint8Array, to = folder) => writeFile(join(to, name), content);
const names = async (sub = '.', of = folder) => (await readdir(join(of, sub)).catch(() => [])).toSorted();
const looks = async (work: ReplyPickup, times = 2) => {
  for (let look = 0; look < times; look += 1) await work.lookOnce();
};

describe('a reply', () => {
  test('is taken when two looks found it unchanged, and moved to done', async () => {
    const work = pickup();
    await write('0629.xml', receipt);
    await work.lookOnce();
    expect(applied).toEqual([]);
    await work.lookOnce();
    expect(applied).toEqual([{ exchangeId: prozessId, tenant: 'musterstadt', target: 'eakte', kind: 'receipt' }]);
    expect([await names(), await names('done')]).toEqual([['done'], ['0629.xml']]);
    expect(counted).toEqual(['musterstadt/eakte applied']);
  });

  test('still growing is left alone', async () => {
    const work = pickup();
    await write('0630.xml', result().slice(0, 500));
    await work.lookOnce();
    await appendFile(join(folder, '0630.xml'), result().slice(500));
    await work.lookOnce();
    expect(applied).toEqual([]);
    await work.lookOnce();
    expect(applied).toHaveLength(1);
  });

  test('under a temporary or dot name, a folder and other files are none', async () => {
    const work = pickup();
    for (const name of ['.0629.xml', '0629.xml.part', '0629.tmp', 'readme.txt']) await write(name, receipt);
    await mkdir(join(folder, 'folder.xml'));
    now = 3_600_000;
    await looks(work, 3);
    expect(applied).toEqual([]);
    expect(await names()).toEqual(['.0629.xml', '0629.tmp', '0629.xml.part', 'folder.xml', 'readme.txt']);
  });

  test('in a ZIP is read from it', async () => {
    const to = new PassThrough();
    const bytes = buffer(to);
    await writePackage({ message: { name: 'x.0630.xml', xml: result() }, files: [], to });
    await write('0630.zip', await bytes);
    await looks(pickup());
    expect(applied).toEqual([expect.objectContaining({ kind: 'result', aktenzeichen: '22-0001/2026' })]);
  });

  test('0630 before 0629, and both at once, are handed to the engine as they are', async () => {
    await write('b-0629.xml', receipt);
    await write('a-0630.xml', result());
    await looks(pickup());
    expect(applied.map(({ kind }) => kind)).toEqual(['result', 'receipt']);
  });

  test('whichever of them a look begins with: none is left out', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((az) => write(`${az}.xml`, result('0000000', az))));
    chance = 0.6;
    await looks(pickup());
    expect(applied.map((reply) => reply.kind === 'result' && reply.aktenzeichen)).toEqual(['c', 'd', 'a', 'b']);
  });

  test.each(['duplicate', 'late'] as const)('that the engine calls %s is done, with that reason', async (outcome) => {
    answer = () => outcome;
    await write('0629.xml', receipt);
    await looks(pickup());
    expect(await names('done')).toEqual(['0629.xml', '0629.xml.reason.txt']);
    expect(await readFile(join(folder, 'done', '0629.xml.reason.txt'), 'utf8')).toBe(`${outcome}\n`);
  });

  test('never replaces an earlier one of its name', async () => {
    const work = pickup();
    for (const content of [receipt, result()]) {
      await write('antwort.xml', content);
      await looks(work);
    }
    expect(await names('done')).toEqual(['antwort.xml', 'antwort~2.xml']);
  });
});

/** A ZIP with one file of any name, such as no reply should have. */
function zipped(name: string, text: string): Promise<Buffer> {
  const [placeholder, to] = ['x'.repeat(name.length), new PassThrough()];
  const bytes = buffer(to);
  return writePackage({ message: { name: placeholder, xml: text }, files: [], to }).then(async () =>
    Buffer.from((await bytes).toString('latin1').replaceAll(placeholder, name), 'latin1'),
  );
}

describe('set aside with its reason is', () => {
  const reasonOf = async (name: string) => (await readFile(join(folder, 'error', `${name}.reason.txt`), 'utf8')).trim();

  test('a stranger: no exchange of this hub', async () => {
    answer = () => 'unknown';
    await write('0629.xml', receipt);
    await looks(pickup());
    expect(await names('error')).toEqual(['0629.xml', '0629.xml.reason.txt']);
    expect(await reasonOf('0629.xml')).toMatch(/No exchange of this hub/);
    expect(counted).toEqual(['musterstadt/eakte error']);
  });

  test('a reply to the exchange of another municipality, picked up in this one', async () => {
    answer = ({ tenant }) => (tenant === 'beispielhausen' ? 'applied' : 'unknown');
    const elsewhere = join(root, 'elsewhere');
    await mkdir(elsewhere);
    await write('0629.xml', receipt);
    await looks(
      pickup([
        { tenant: 'musterstadt', replies: folder },
        { tenant: 'beispielhausen', replies: elsewhere },
      ]),
    );
    expect(applied).toEqual([]);
    expect(await names('error')).toContain('0629.xml');
  });

  test('what says "processed before": the first result is what counts', async () => {
    await write('0630.xml', result('0000009'));
    await looks(pickup());
    expect(applied).toEqual([]);
    expect(await reasonOf('0630.xml')).toMatch(/processed this ProzessID before/);
  });

  test.each([
    ['cut.xml', receipt.slice(0, 200), 'HUB_XML_MALFORMED'],
    ['empty.xml', '', 'HUB_XML'],
    ['other.xml', '<html/>', 'HUB_XML_INVALID'],
    ['unknown-code.xml', result().replace('>0000000<', '>0000777<'), 'HUB_XML_INVALID'],
    ['page.xml', '<!doctype html><html><body><p>Anmeldung<br></body></html>', 'HUB_XML'],
    ['doctype.xml', `<!DOCTYPE a>${receipt}`, 'HUB_XML'],
    ['cut.zip', 'PK\u0003\u0004 and no more', 'HUB_XDOMEA'],
    ['traversal.zip', () => zipped('../../0630.xml', result()), 'HUB_XDOMEA'],
    ['doctype.zip', () => zipped('x.0630.xml', `<!DOCTYPE a>${result()}`), 'HUB_XML'],
  ])('%s, after a time in which it might have been completed', async (name, content, code) => {
    const work = pickup();
    await write(name, typeof content === 'string' ? content : await content());
    await looks(work, 3);
    expect(await names('error')).toEqual([]);
    now += 29_999;
    await work.lookOnce();
    expect(await names('error')).toEqual([]);
    now += 1;
    await work.lookOnce();
    expect(await names('error')).toEqual([name, `${name}.reason.txt`]);
    expect(await reasonOf(name)).toMatch(new RegExp(`^${code}`));
    expect(applied).toEqual([]);
  });

  test('what is larger than any reply, unread', async () => {
    await write('large.xml', Buffer.alloc(50 * 1024 * 1024 + 1, ' '));
    await looks(pickup());
    expect(await reasonOf('large.xml')).toMatch(/larger than/);
  });
});

describe('nothing is lost', () => {
  test('where the commit fails: the file stays and is taken later', async () => {
    const work = pickup();
    await write('0629.xml', receipt);
    commit = () => {
      throw new Error('database is away');
    };
    await looks(work, 3);
    expect(await names()).toEqual(['0629.xml']);
    commit = () => undefined;
    await work.lookOnce();
    expect(applied).toHaveLength(1);
    expect(await names('done')).toEqual(['0629.xml']);
  });

  test.each([
    ['nobody knows whether it was committed', storeErrors.HUB_STORE_COMMIT_UNKNOWN()],
    ['the hub itself lacks a schema', xmlErrors.HUB_XML_SCHEMA_BROKEN()],
  ])('where %s: the file stays, however long it has been there', async (_name, error) => {
    const work = pickup();
    await write('0629.xml', receipt);
    commit = () => {
      throw error;
    };
    await looks(work);
    now += 3_600_000;
    await looks(work);
    expect(await names()).toEqual(['0629.xml']);
    commit = () => undefined;
    await work.lookOnce();
    expect(await names('done')).toEqual(['0629.xml']);
  });

  test('where one file fails: the others are taken', async () => {
    answer = ({ kind }) => {
      if (kind === 'receipt') throw new Error('poisoned');
      return 'applied';
    };
    await write('a-0629.xml', receipt);
    await write('b-0630.xml', result());
    await looks(pickup());
    expect(await names()).toEqual(['a-0629.xml', 'done']);
    expect(applied).toHaveLength(1);
  });

  test('where a file fails again and again: it is tried at each look, and told of once', async () => {
    let tries = 0;
    answer = () => {
      tries += 1;
      throw new Error('poisoned');
    };
    await write('0629.xml', receipt);
    await looks(pickup(), 10);
    expect(tries).toBe(9);
    expect(warnings).toHaveLength(1);
  });

  test('where a directory cannot be read: the others are, and it is said once', async () => {
    const broken = join(root, 'not-a-directory');
    await writeFile(broken, '');
    await write('0629.xml', receipt);
    const work = pickup([
      { tenant: 'beispielhausen', replies: broken },
      { tenant: 'musterstadt', replies: folder },
    ]);
    await looks(work, 4);
    expect(applied).toHaveLength(1);
    expect(warnings.filter(({ message }) => /cannot be read/.test(message))).toHaveLength(1);
  });

  test('where the file cannot be moved: what it says is applied once', async () => {
    const work = pickup();
    await write('0629.xml', receipt);
    await writeFile(join(folder, 'done'), 'in the way');
    await looks(work, 5);
    expect(applied).toHaveLength(1);
    expect(warnings.filter(({ message }) => /cannot be moved/.test(message))).toHaveLength(1);
    await rm(join(folder, 'done'));
    await work.lookOnce();
    expect(applied).toHaveLength(1);
    expect(await names('done')).toEqual(['0629.xml']);
  });

  test('in a directory that several targets answer into', async () => {
    answer = ({ target }) => (target === 'gewerbe' ? 'applied' : 'unknown');
    await write('0629.xml', receipt);
    const places = [
      { tenant: 'musterstadt', replies: folder },
      { tenant: 'beispielhausen', target: 'gewerbe', replies: folder },
    ];
    await looks(pickup(places));
    expect(applied).toEqual([expect.objectContaining({ tenant: 'beispielhausen', target: 'gewerbe' })]);
    expect(counted).toEqual(['beispielhausen/gewerbe applied']);
  });

  test('in a directory that is not there yet', async () => {
    await rm(folder, { recursive: true });
    const work = pickup();
    await looks(work);
    expect(warnings).toEqual([]);
    await mkdir(folder);
    await write('0629.xml', receipt);
    await looks(work);
    expect(applied).toHaveLength(1);
  });
});

test('it looks by itself until it is stopped', async () => {
  const seen = new Promise<void>((resolve) => {
    answer = () => {
      resolve();
      return 'applied';
    };
  });
  const work = pickup();
  await write('0629.xml', receipt);
  work.start();
  await seen;
  await work.stop();
  expect(await names('done')).toEqual(['0629.xml']);
  await write('0630.xml', result());
  expect(await names()).toEqual(['0630.xml', 'done']);
});
