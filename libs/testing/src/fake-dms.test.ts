import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import {
  type AuftragMessage,
  type Dokument,
  type Message,
  type Reply,
  type Result,
  type SgoAblegen,
  aktenzeichenOf,
  asMessage,
  inventoryOf,
  messageFileName,
  messageNames,
  packageName,
  readReply,
  supportedVersions,
  writeMessage,
  writePackage,
} from '@ozg-hub/xdomea';
import { FakeDms, type FakeDmsOptions } from './fake-dms.ts';

const uuid = (number: number) => `11111111-2222-4333-8444-${String(number).padStart(12, '0')}`;
const clock = { now: () => new Date('2026-08-21T10:00:00Z') };
let pool: XmlPool;
let root: string;
let running: FakeDms[];

beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fake-dms-'));
  running = [];
});
afterEach(async () => {
  for (const dms of running) await dms.stop();
  await rm(root, { recursive: true });
});

async function started(options: Partial<FakeDmsOptions> = {}): Promise<FakeDms> {
  const dms = new FakeDms({
    inbox: join(root, 'in'),
    outbox: join(root, 'out'),
    taken: join(root, 'taken'),
    pool,
    clock,
    ...options,
  });
  running.push(dms);
  await dms.start();
  return dms;
}

function application(number: number, betreff = 'Antrag'): SgoAblegen {
  const party = { institution: { name: 'Stadt Musterstadt' } };
  return {
    prozessId: uuid(number),
    createdAt: clock.now(),
    sender: party,
    receiver: party,
    sendingSystem: { produktname: 'OZG hub' },
    receivingSystem: { instanzId: 'fake-dms' },
    receiptWanted: true,
    fachverfahrenObjektId: `CIV-${number}`,
    vorgang: {
      identifikation: { id: uuid(100 + number) },
      metadaten: { betreff, aktenplaneinheit: { kennzeichen: '32.30.10' } },
      dokumente: [
        {
          identifikation: { id: uuid(200 + number) },
          versionen: [
            {
              nummer: '1',
              formate: [
                { code: '044', version: '2b', primaerdokument: { dateiname: `${uuid(300 + number)}_Größe.pdf` } },
              ],
            },
          ],
        },
      ],
    },
  };
}

/** A later document for a container. */
function later(number: number, idContainer: string): SgoAblegen {
  const { vorgang, ...rest } = application(number);
  return { ...rest, idContainer, dokument: vorgang!.dokumente![0] as Dokument } as SgoAblegen;
}

interface Change {
  readonly files?: string[];
  readonly xml?: (xml: string) => string;
  readonly name?: string;
  readonly version?: string;
}

/** Puts a package into the inbox as the hub does: under a temporary name, then renamed. */
async function put(given: SgoAblegen | Message, change: Change = {}) {
  await mkdir(join(root, 'in'), { recursive: true });
  const message = 'nachricht' in given ? given : asMessage(given);
  const written = writeMessage(message, { version: change.version ?? '3.1.0' });
  const name = change.name ?? packageName(message.prozessId, written.name);
  const files = change.files ?? inventoryOf(message).dateien.map(({ dateiname }) => dateiname);
  const xml = (change.xml ?? ((same) => same))(written.xml);
  const temporary = join(root, 'in', `.${name}.part`);
  await writePackage({
    message: { name: messageFileName(message.prozessId, written.name), xml },
    files: files.map((file) => ({ name: file, open: () => Readable.from([Buffer.from('content')]) })),
    to: createWriteStream(temporary),
  });
  await rename(temporary, join(root, 'in', name));
}

const outbox = async () => (await readdir(join(root, 'out'))).toSorted();
const reply = async (name: string): Promise<Reply> => readReply(pool, await readFile(join(root, 'out', name)));
const receiptName = (number: number) => messageFileName(uuid(number), messageNames['0629']);
const resultName = (number: number) => messageFileName(uuid(number), messageNames['0630']);

describe('a fake DMS', () => {
  test('takes a package away at once, answers receipt and result with an Aktenzeichen, and keeps a ledger', async () => {
    const dms = await started();
    await put(application(1));
    await dms.settled(1);
    expect(await readdir(join(root, 'in'))).toEqual([]);
    expect(await outbox()).toEqual([receiptName(1), resultName(1)]);
    expect(await reply(receiptName(1))).toMatchObject({ kind: 'receipt', prozessId: uuid(1) });
    const result = await reply(resultName(1));
    expect(result).toMatchObject({ kind: 'result', outcome: 'accepted', prozessId: uuid(1) });
    expect(result.kind === 'result' && aktenzeichenOf(result.items[0]!)).toBe('32.30.10-0001/2026');
    const ledger = (await readFile(join(root, 'taken/ledger.jsonl'), 'utf8')).trim().split('\n');
    expect(ledger.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        file: packageName(uuid(1), messageNames['0605']),
        prozessId: uuid(1),
        fachverfahrenObjektId: 'CIV-1',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        at: '2026-08-21T10:00:00.000Z',
      }),
    ]);
  });

  test('numbers Aktenzeichen per Aktenplaneinheit in the order of its ledger, across restarts', async () => {
    const first = await started();
    await put(application(1));
    await first.settled(1);
    await first.stop();
    await put(application(2));
    const second = await started();
    await second.settled(2);
    expect(second.ledger.map(({ aktenzeichen }) => aktenzeichen)).toEqual(['32.30.10-0001/2026', '32.30.10-0002/2026']);
  });

  test('never answers a second time after a restart, also when the replies have been taken away', async () => {
    const first = await started();
    await put(application(1));
    await first.settled(1);
    await first.stop();
    for (const name of await outbox()) await unlink(join(root, 'out', name));
    const second = await started();
    await second.settled(1);
    expect(await outbox()).toEqual([]);
  });

  test('finishes after a restart what it had taken but not answered', async () => {
    const first = await started({ delayMs: 60_000 });
    await put(application(1));
    while (first.ledger.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    expect(await outbox()).toEqual([]);
    const second = await started();
    await second.settled(1);
    expect(await outbox()).toEqual([receiptName(1), resultName(1)]);
  });

  test('after a crash between preparing and noting an answer hands it over once', async () => {
    const first = await started();
    await put(application(1));
    await first.settled(1);
    await first.stop();
    const journal = join(root, 'taken/answers.jsonl');
    const prepared = (await readFile(journal, 'utf8')).split('\n').filter((line) => line.includes('"prepared"'));
    await writeFile(journal, `${prepared.join('\n')}\n{"name":"cut o`);
    await rename(join(root, 'out', resultName(1)), join(root, 'out', `.${resultName(1)}.tmp`));
    await unlink(join(root, 'out', receiptName(1)));
    const second = await started();
    await second.settled(1);
    expect(await outbox()).toEqual([resultName(1)]);
  });

  test('records a package that comes a second time, keeps both, and does not answer again', async () => {
    const dms = await started();
    await put(application(1));
    await dms.settled(1);
    await put(application(1));
    await dms.settled(2);
    expect(dms.ledger.map(({ prozessId, repeated }) => [prozessId, repeated])).toEqual([
      [uuid(1), undefined],
      [uuid(1), true],
    ]);
    const name = packageName(uuid(1), messageNames['0605']);
    expect(await readdir(join(root, 'taken'))).toEqual(expect.arrayContaining([name, name.replace('.zip', '~2.zip')]));
    expect(await outbox()).toEqual([receiptName(1), resultName(1)]);
  });

  test('leaves work in progress alone', async () => {
    const dms = await started();
    await writeFile(join(root, 'in', `.${packageName(uuid(9), messageNames['0605'])}`), 'half');
    await writeFile(join(root, 'in', `${packageName(uuid(9), messageNames['0605'])}.part`), 'half');
    await put(application(1));
    await dms.settled(1);
    expect((await readdir(join(root, 'in'))).length).toBe(2);
  });

  const bad: readonly (readonly [string, () => Promise<void>, string])[] = [
    [
      'a file that the message names and the package lacks',
      () => put(application(1), { files: [] }),
      'RULES file-missing',
    ],
    [
      'a file that the message does not name',
      () => put(application(1), { files: [`${uuid(301)}_Größe.pdf`, `${uuid(5)}_x.pdf`] }),
      'RULES file-not-named',
    ],
    [
      'a violation of the schema',
      () => put(application(1), { xml: (xml) => xml.replace('Importbestaetigung>1', 'Importbestaetigung>0') }),
      'HUB_XML_INVALID',
    ],
    [
      'an empty element',
      () => put(application(1), { xml: (xml) => xml.replace('Stadt Musterstadt', '') }),
      'RULES empty-element',
    ],
    ['a ZIP that is cut off', cutOff, 'HUB_XDOMEA_PACKAGE'],
  ];
  test.each(bad)('refuses %s with a result that says so', async (_name, prepare, problem) => {
    const dms = await started();
    await prepare();
    await dms.settled(1);
    expect(dms.ledger[0]).toMatchObject({ problem, prozessId: uuid(1) });
    expect(await reply(resultName(1))).toMatchObject({ outcome: 'rejected', message: { kind: 'technical' } });
  });

  async function cutOff() {
    await put(application(1), { name: 'whole' });
    const whole = await readFile(join(root, 'in/whole'));
    await writeFile(join(root, 'in/cut'), whole.subarray(0, whole.length - 40));
    await rename(join(root, 'in/cut'), join(root, 'in', packageName(uuid(1), messageNames['0605'])));
  }
});

describe('a fake DMS in every version', () => {
  const auftrag = (number: number, rest: object) => {
    const { vorgang: _, fachverfahrenObjektId: _id, ...head } = application(number);
    return { ...head, ...rest } as AuftragMessage;
  };
  const resultOf = async (number: number) => (await reply(resultName(number))) as Result;

  test.each(supportedVersions)('%s: files a case, adds to it, writes its protocol and closes it', async (version) => {
    const dms = await started();
    await put(application(1), { version });
    await dms.settled(1);
    const idSgo = (await resultOf(1)).items[0]!.idSgo!;
    const entry = { idSgo, bearbeiter: 'OZG hub', at: clock.now(), notiz: 'Bescheid zugestellt' };
    await put(later(2, idSgo), { version });
    await dms.settled(2);
    const idDokument = (await resultOf(2)).items[0]!.idSgo!;
    const dokument = later(3, idSgo).dokument!;
    await put(auftrag(3, { nachricht: '0601', objekte: [{ idDokument, dokument }] }), { version });
    await put(auftrag(4, { nachricht: '0607', objekte: [entry] }), { version });
    await put(auftrag(5, { nachricht: '0624', objekte: [{ idSgo }] }), { version });
    await dms.settled(5);
    for (const number of [1, 2, 3, 4, 5]) {
      expect(await reply(receiptName(number))).toMatchObject({ kind: 'receipt', version });
      expect(await resultOf(number)).toMatchObject({ outcome: 'accepted', version });
    }
  });

  test.each(supportedVersions)('%s: hands over by 0401 and is answered with 0402', async (version) => {
    const dms = await started();
    await put(auftrag(1, { nachricht: '0401', objekte: [{ vorgang: application(1).vorgang }] }), { version });
    await dms.settled(1);
    const names = await outbox();
    expect(names).toHaveLength(version === '2.4.0' ? 1 : 2);
    const replies = await Promise.all(names.map(reply));
    expect(replies.find(({ kind }) => kind === 'result')).toMatchObject({ outcome: 'accepted', prozessId: uuid(1) });
  });

  test.each(supportedVersions)('%s: refuses one object of a batch and takes the others', async (version) => {
    const dms = await started({ refuse: [{ betreff: 'Hund' }] });
    const objekte = [application(1, 'Anmeldung eines Hundes'), application(2, 'Anmeldung eines Pferdes')];
    await put(auftrag(1, { nachricht: '0605', objekte }), { version });
    await dms.settled(1);
    const result = await resultOf(1);
    expect(result.outcome).toBe('partial');
    expect(result.items.map(({ nummerImStapel, successful }) => [nummerImStapel, successful])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(aktenzeichenOf(result.items[1]!)).toBe('32.30.10-0001/2026');
  });

  test('refuses what refers to an object that it never gave an id', async () => {
    const dms = await started();
    await put(later(1, uuid(77)));
    await put(auftrag(2, { nachricht: '0624', objekte: [{ idSgo: uuid(77) }] }));
    await dms.settled(2);
    expect(await resultOf(1)).toMatchObject({ outcome: 'rejected', message: { code: '0605001' } });
    expect(await resultOf(2)).toMatchObject({ outcome: 'rejected', message: { code: '0624001' } });
  });

  test('changes nothing in what is closed, until a clerk lifts that', async () => {
    const dms = await started();
    const told = async (number: number, message: Parameters<typeof put>[0]) => {
      await put(message);
      await dms.settled(number);
      return await resultOf(number);
    };
    const idSgo = (await told(1, application(1))).items[0]!.idSgo!;
    await told(2, auftrag(2, { nachricht: '0624', objekte: [{ idSgo }] }));
    expect(await told(3, later(3, idSgo))).toMatchObject({ outcome: 'rejected', message: { code: '0605005' } });
    dms.lift(idSgo);
    expect(await told(4, later(4, idSgo))).toMatchObject({ outcome: 'accepted' });
  });

  test('answers in another version where it was told to', async () => {
    const dms = await started({ answerVersion: '2.4.0' });
    await put(application(1));
    await dms.settled(1);
    expect(await resultOf(1)).toMatchObject({ version: '2.4.0', outcome: 'accepted' });
  });
});

describe('a fake DMS that has been told to', () => {
  test('refuse answers with the code, as often as it was told', async () => {
    const dms = await started({ refuse: [{ betreff: 'Hund', code: '0605001', times: 1 }] });
    await put(application(1, 'Anmeldung eines Hundes'));
    await dms.settled(1);
    await put(application(2, 'Anmeldung eines Hundes'));
    await dms.settled(2);
    expect(await reply(resultName(1))).toMatchObject({
      outcome: 'rejected',
      message: { kind: 'business', code: '0605001', list: 'SpezifischeFehlermeldung0605' },
      items: [{ successful: false, codes: [{ code: '0605001' }] }],
    });
    expect(await reply(resultName(2))).toMatchObject({ outcome: 'accepted' });
  });

  test('answer twice writes every answer under two names', async () => {
    const dms = await started({ answerTwice: true });
    await put(application(1));
    await dms.settled(1);
    const names = await outbox();
    expect(names).toHaveLength(4);
    for (const name of names) expect((await reply(name)).prozessId).toBe(uuid(1));
  });

  test('lose the receipt sends the result alone', async () => {
    const dms = await started({ loseReceipt: true });
    await put(application(1));
    await dms.settled(1);
    expect(await outbox()).toEqual([resultName(1)]);
  });

  test('send the result before the receipt keeps that order in its journal', async () => {
    const dms = await started({ resultBeforeReceipt: true });
    await put(application(1));
    await dms.settled(1);
    const lines = (await readFile(join(root, 'taken/answers.jsonl'), 'utf8')).trim().split('\n');
    const handed = lines.map((line) => JSON.parse(line)).filter(({ step }) => step === 'handed');
    expect(handed.map(({ name }) => name)).toEqual([resultName(1), receiptName(1)]);
  });

  test('send strangers answers for an exchange that nobody began', async () => {
    const dms = await started({ stranger: true });
    await put(application(1));
    await dms.settled(1);
    const replies = await Promise.all((await outbox()).map(reply));
    expect(replies.filter(({ prozessId }) => prozessId !== uuid(1))).toHaveLength(1);
  });

  test('name the parameter and zip its replies does so', async () => {
    const dms = await started({ parameterName: 'AZ', replyAs: 'zip' });
    await put(application(1));
    await dms.settled(1);
    const result = await reply(packageName(uuid(1), messageNames['0630']));
    expect(result).toMatchObject({ items: [{ parameters: [{ name: 'AZ', value: '32.30.10-0001/2026' }] }] });
  });
});
