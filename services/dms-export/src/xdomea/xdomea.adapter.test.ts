import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Directory, xdomeaRulesOf } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import type { Envelope } from '@ozg-hub/submission';
import { type Vault, vaultErrors } from '@ozg-hub/vault';
import { openPackage, packageName, readSgoAblegen } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { sampleBlueprint, sampleDocument, sampleEnvelope, sampleSettings } from '../sample-envelope.ts';
import { sampleNotice } from '../sample-notice.ts';
import { SampleExchange, type SampleWorkOptions } from '../sample-exchange.ts';
import { packagesIn, stagedName, stagingFolder } from '../transport/staging.ts';
import { DmsConnections } from '../transport/dms-connections.ts';
import { LocalFiles } from '../transport/local-files.adapter.ts';
import { transportFor } from '../transport/transports.ts';
import { ParcelComposer } from './parcel-composer.ts';
import { XdomeaAdapter } from './xdomea.adapter.ts';

const EXCHANGE = new SampleExchange().id;
const PACKAGE = packageName(EXCHANGE, 'FVDaten.SGOAblegen.0605');
const code = (name: string) => expect.objectContaining({ code: name });

let pool: XmlPool;
let root: string;
let inbox: string;
let exchange: SampleExchange;

beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'adapter-'));
  inbox = join(root, 'inbox');
  exchange = new SampleExchange();
  await mkdir(inbox);
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface World {
  readonly envelope?: Partial<Envelope>;
  readonly settings?: Parameters<typeof sampleSettings>[0];
  readonly notScanned?: 'release' | 'hold';
  readonly contentOf?: (ref: string) => Buffer | Readable;
  /** What the vault says instead of giving the envelope. */
  readonly erased?: Error;
  /** Validated in place of the message written. */
  readonly message?: string;
  readonly rules?: Parameters<typeof sampleBlueprint>[0];
}

function adapterIn(world: World = {}) {
  const { envelope, settings, notScanned = 'release', contentOf = bytesOf, message, rules, erased } = world;
  const target = {
    tenant: 'musterstadt',
    settings: sampleSettings({
      handOver: { by: 'directory', inbox },
      replies: { by: 'directory', folder: join(root, 'out') },
      ...settings,
    }),
  };
  const snapshot = {
    target: () => target,
    tenant: () => ({ policy: { notScanned } }),
    blueprint: () => sampleBlueprint(rules),
  };
  const directory = { current: () => snapshot, at: async () => snapshot } as unknown as Directory;
  const vault = {
    read: async () => (erased ? Promise.reject(erased) : Buffer.from(JSON.stringify(sampleEnvelope(envelope)))),
    open: async (ref: string) => ({ meta: quittung, stream: () => streamOf(contentOf(ref)) }),
  } as unknown as Vault;
  const clock = { now: () => new Date('2026-08-22T08:00:00Z') };
  const xml: Pick<XmlPool, 'run'> = {
    run: (job) => pool.run(message === undefined ? job : { ...job, document: Buffer.from(message) }),
  };
  return new XdomeaAdapter({
    composer: new ParcelComposer({ store: holdingNotice as unknown as Store, vault, directory, xml }),
    directory,
    clock,
    transport: (of) => transportFor(new DmsConnections(directory), of),
  });
}

/** What the schema of the service holds: a notice, and no case. */
const holdingNotice = { query: async (text: string) => (text.includes('FROM notice') ? [sampleNotice()] : []) };
const quittung = { kind: 'document', size: 7, sha256: 'cd'.repeat(32), origin: 'ozg-hub' };

function streamOf(content: Buffer | Readable): Readable {
  return Buffer.isBuffer(content) ? Readable.from([content], { objectMode: false }) : content;
}

/** As the vault gives what was altered behind the first of its blocks. */
function altered(): Readable {
  async function* blocks() {
    yield Buffer.alloc(500);
    throw vaultErrors.HUB_VAULT_CORRUPT();
  }
  return Readable.from(blocks(), { objectMode: false });
}

const documents = sampleEnvelope().documents;
function bytesOf(ref: string): Buffer {
  return Buffer.alloc(documents.find((document) => document.ref === ref)!.size, ref.slice(-1));
}

const work = (options?: SampleWorkOptions) => exchange.work(options);
const staged = () => packagesIn(new LocalFiles(), stagingFolder(inbox));

describe('a delivery', () => {
  test('is a package in the inbox with the message first and every document', async () => {
    expect(await adapterIn().deliver(work())).toEqual({ state: 'AWAITING_RECEIPT' });
    expect(await readdir(inbox)).toEqual([PACKAGE]);
    expect([...exchange.steps.keys()]).toEqual(['compose', 'package', 'hand-over']);

    const opened = await openPackage(join(inbox, PACKAGE));
    const [message, ...files] = opened.entries.map(({ name }) => name);
    const { objekte } = await readSgoAblegen(pool, await opened.read(message!, 1_000_000));
    expect(objekte[0]).toMatchObject({ fachverfahrenObjektId: 'CIV-2026-000123' });
    expect(files).toHaveLength(4);
    const sizes = await Promise.all(files.map(async (name) => (await opened.read(name, 1_000_000)).length));
    opened.close();
    expect(sizes.slice(0, 3)).toEqual(documents.map(({ size }) => size));
    expect(await staged()).toEqual([]);
  });

  test.each([
    [{ replies: undefined }, 'DELIVERED'],
    [{ receiptWanted: false }, 'AWAITING_RESULT'],
    [{}, 'AWAITING_RECEIPT'],
  ])('to a DMS with %j ends as %s', async (settings, state) => {
    expect(await adapterIn({ settings: settings as object }).deliver(work())).toEqual({ state });
  });

  test('says how often and where its message says less or otherwise, also when only a probe tells that it arrived', async () => {
    const settings = { version: '2.4.0', receivingSystem: 'dms/1', characters: 'transliterate' } as const;
    const applicant = { kind: 'natuerlich', familienname: 'Иванова', vornamen: 'Ольга' } as const;
    const adapter = adapterIn({ settings, envelope: { applicant } });
    const { details } = await adapter.deliver(work());
    expect(details).toEqual({
      version: '2.4.0',
      counts: { transliterated: expect.any(Number) },
      paths: expect.arrayContaining([expect.stringMatching(/\/Familienname\[1\]/)]),
    });
    expect(JSON.stringify([...exchange.steps])).not.toMatch(/Иванова|Ivanova|Ольга|Olga/i);
    expect(await adapter.probe(work())).toMatchObject({ verdict: 'EFFECTIVE', outcome: { details } });
    const refusing = adapterIn({ settings: { ...settings, characters: 'refuse' }, envelope: { applicant } });
    exchange = new SampleExchange();
    await expect(refusing.deliver(work())).rejects.toEqual(code('HUB_XDOMEA_CHARACTER'));
  });

  test('awaits no receipt where the version has none for the message', async () => {
    const rules = { xdomea: { ...xdomeaRulesOf({}), erstantrag: '0401' as const } };
    const state = async (version: '2.4.0' | '3.0.0') => {
      exchange = new SampleExchange();
      const settings = { version, receivingSystem: 'dms/1', characters: 'transliterate' } as const;
      return (await adapterIn({ settings, rules }).deliver(work())).state;
    };
    expect(await state('2.4.0')).toBe('AWAITING_RESULT');
    await rm(join(inbox, packageName(EXCHANGE, 'Abgabe.Abgabe.0401')));
    expect(await state('3.0.0')).toBe('AWAITING_RECEIPT');
  });

  test('makes the inbox only where the settings say so', async () => {
    await rm(inbox, { recursive: true });
    await expect(adapterIn().deliver(work())).rejects.toEqual(code('HUB_DMS_INBOX_UNAVAILABLE'));
    await adapterIn({ settings: { handOver: { by: 'directory', inbox, createDirectories: true } } }).deliver(
      work({ fence: 2 }),
    );
    expect(await readdir(inbox)).toEqual([PACKAGE]);
  });

  const parked: readonly (readonly [string, World, string])[] = [
    ['a control character in the Fachdaten', { envelope: { vorgang: 'CIV\u0001' } }, 'HUB_XML_CHARACTER'],
    [
      'what the standard does not allow',
      { settings: { sender: { name: ' ', agsListVersion: 'x' } } },
      'HUB_XDOMEA_EMPTY',
    ],
    ['what the schema forbids', { message: '<nonsense/>' }, 'HUB_XML_INVALID'],
    ['documents that no scanner has seen', { notScanned: 'hold' }, 'HUB_DMS_DOCUMENT_HELD'],
    ['a document of another size', { contentOf: () => Buffer.from('short') }, 'HUB_XDOMEA_FILE_SIZE'],
    ['a document that was altered in the vault', { contentOf: altered }, 'HUB_VAULT_CORRUPT'],
    [
      'its last document altered in the vault',
      { contentOf: (ref) => (ref === documents.at(-1)!.ref ? altered() : bytesOf(ref)) },
      'HUB_VAULT_CORRUPT',
    ],
  ];
  test.each(parked)('with %s stays for a person, nothing in the inbox', async (_name, world, expected) => {
    await expect(adapterIn(world).deliver(work())).rejects.toMatchObject({ code: expected, class: 'never' });
    expect(await readdir(inbox)).toEqual([]);
    expect(await staged()).toEqual([]);
    expect([...exchange.steps.keys()]).toEqual(['compose']);
  });

  test('of clean documents goes out also where others are held', async () => {
    const clean = { documents: [sampleDocument(2, 'a.pdf', { scan: 'CLEAN' })] };
    await adapterIn({ envelope: clean, notScanned: 'hold' }).deliver(work());
    expect(await readdir(inbox)).toEqual([PACKAGE]);
  });
});

describe('a notice', () => {
  const left: readonly (readonly [string, World, string])[] = [
    ['to a DMS that never tells an id', { settings: { replies: undefined } }, 'HUB_DMS_CASE_UNANSWERED'],
    ['whose application has no Vorgang yet', {}, 'HUB_DMS_CASE_UNKNOWN'],
    ['whose application was erased', { erased: vaultErrors.HUB_VAULT_NOT_FOUND() }, 'HUB_DMS_ERASED'],
  ];
  test.each(left)(
    '%s stays for a person, with a code that says so; nothing in the inbox',
    async (_name, world, code) => {
      const filed = adapterIn(world).deliver(work({ event: 'mitteilung' }));
      await expect(filed).rejects.toMatchObject({ code, class: 'never' });
      expect(await readdir(inbox)).toEqual([]);
    },
  );
});

describe('after a crash', () => {
  test('while packaging: nothing was handed over, the next try begins anew', async () => {
    const adapter = adapterIn();
    await expect(adapter.deliver(work({ dieAfter: 'package' }))).rejects.toThrow('died');
    expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
    await adapter.deliver(work({ fence: 2 }));
    expect(await readdir(inbox)).toEqual([PACKAGE]);
    expect(await staged()).toEqual([]);
  });

  test('between package and hand-over: the package still lies there and is handed over as it is', async () => {
    const adapter = adapterIn();
    await expect(adapter.deliver(work({ dieBefore: 'hand-over' }))).rejects.toThrow('died');
    expect(await staged()).toEqual([stagedName({ exchangeId: EXCHANGE, fence: 1 })]);
    expect(await adapter.probe(work())).toEqual({ verdict: 'NOT_EFFECTIVE' });
    await adapterIn({ contentOf: () => Buffer.from('is not read again') }).deliver(work({ fence: 2 }));
    expect(await readdir(inbox)).toEqual([PACKAGE]);
  });

  test('between hand-over and its stored result: the DMS has it, though it took the package away', async () => {
    const adapter = adapterIn();
    await expect(adapter.deliver(work({ dieAfter: 'hand-over' }))).rejects.toThrow('died');
    await rm(join(inbox, PACKAGE));
    const effective = { verdict: 'EFFECTIVE', outcome: { state: 'AWAITING_RECEIPT' } };
    expect(await adapter.probe(work())).toEqual(effective);
    expect(await adapter.deliver(work({ fence: 2 }))).toEqual({ state: 'AWAITING_RECEIPT' });
    expect(await readdir(inbox)).toEqual([]);
  });

  test('with the staging folder lost: nobody can tell, unless the hand-over was stored', async () => {
    const adapter = adapterIn();
    await expect(adapter.deliver(work({ dieAfter: 'hand-over' }))).rejects.toThrow('died');
    await rm(stagingFolder(inbox), { recursive: true });
    expect(await adapter.probe(work())).toEqual({ verdict: 'UNKNOWN', code: 'HUB_DMS_STAGING_FOREIGN' });
    await expect(adapter.deliver(work())).rejects.toMatchObject({ class: 'ask' });
    exchange.steps.set('hand-over', { package: PACKAGE });
    expect(await adapter.probe(work())).toMatchObject({ verdict: 'EFFECTIVE' });
  });

  test('leftovers of the earlier try are gone with the next', async () => {
    await mkdir(stagingFolder(inbox));
    await writeFile(join(stagingFolder(inbox), stagedName({ exchangeId: EXCHANGE, fence: 1 })), 'half');
    await adapterIn()
      .deliver(work({ fence: 2, dieBefore: 'hand-over' }))
      .catch(() => undefined);
    expect(await staged()).toEqual([stagedName({ exchangeId: EXCHANGE, fence: 2 })]);
    const name = stagedName({ exchangeId: EXCHANGE, fence: 2 });
    const package2 = await readFile(join(stagingFolder(inbox), name));
    expect(package2.subarray(0, 2).toString()).toBe('PK');
  });
});
