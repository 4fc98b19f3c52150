import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import {
  type ImportBestaetigen,
  writeAbgabeEmpfangBestaetigen,
  writeAbgabeImportBestaetigen,
  writeEmpfangBestaetigen,
  writeImportBestaetigen,
} from './confirmations.ts';
import { writePackage } from './package-writer.ts';
import { type Result, aktenzeichenOf, prozessIdOfFileName, readReply } from './reply.ts';
import { sampleSgoAblegen } from './sample.ts';
import { supportedVersions } from './versions.ts';
import { writeSgoAblegen } from './write-message.ts';

const { prozessId, createdAt, sender, receiver, sendingSystem, receivingSystem } = sampleSgoAblegen();
const kopf = { prozessId, createdAt, sender, receiver, sendingSystem, receivingSystem: receivingSystem! };
let pool: XmlPool;

beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());

const read = (xml: string) => readReply(pool, new TextEncoder().encode(xml));
const result = async (content: Pick<ImportBestaetigen, 'rueckmeldungen' | 'rueckgabeparameter'>) =>
  (await read(writeImportBestaetigen({ ...kopf, ...content }))) as Result;

const fine = { allgemein: '0000000' };
const parameter = (wert: string, name = 'Kennzeichen') => ({ name, wert });

async function zipped(...documents: readonly [string, string][]): Promise<Buffer> {
  const [[name, xml], ...others] = documents as [[string, string], ...[string, string][]];
  const to = new PassThrough();
  const bytes = buffer(to);
  const files = others.map(([other, content]) => ({
    name: other,
    open: () => PassThrough.from([Buffer.from(content)]),
  }));
  await writePackage({ message: { name, xml }, files, to });
  return bytes;
}

describe('a reply', () => {
  test('0629 is a receipt of its exchange', async () => {
    expect(await read(writeEmpfangBestaetigen(kopf))).toEqual({
      kind: 'receipt',
      prozessId,
      createdAt: '2026-08-21T10:15:30+02:00',
      version: '3.1.0',
    });
  });

  test('0630 gives the record its id and its Aktenzeichen', async () => {
    const reply = await result({
      rueckmeldungen: [fine],
      rueckgabeparameter: [
        { nummerImStapel: 1, idSgo: prozessId.toUpperCase(), parameter: parameter('32-0042/2026'), erfolgreich: true },
      ],
    });
    expect(reply).toMatchObject({
      outcome: 'accepted',
      message: { kind: 'fine' },
      items: [{ successful: true, idSgo: prozessId }],
    });
    expect(aktenzeichenOf(reply.items[0]!)).toBe('32-0042/2026');
  });

  test('0630 with several parameters of one object is one item', async () => {
    const item = (name: string) => ({
      nummerImStapel: 1,
      parameter: parameter(`value of ${name}`, name),
      erfolgreich: true,
    });
    const reply = await result({ rueckmeldungen: [fine], rueckgabeparameter: [item('Ordner'), item('az')] });
    expect(reply.items).toHaveLength(1);
    expect(aktenzeichenOf(reply.items[0]!, ['Geschäftszeichen', 'AZ'])).toBe('value of az');
    expect(aktenzeichenOf(reply.items[0]!, ['other'])).toBeUndefined();
  });

  test('0630 that refuses says why in our words', async () => {
    const reply = await result({
      rueckmeldungen: [{ spezifisch: '0605001' }],
      rueckgabeparameter: [
        { parameter: parameter(''), erfolgreich: false, rueckmeldungen: [{ sonstige: 'Container fehlt' }] },
      ],
    });
    expect(reply).toMatchObject({
      outcome: 'rejected',
      message: {
        kind: 'business',
        list: 'SpezifischeFehlermeldung0605',
        code: '0605001',
        text: expect.stringMatching(/Container/),
      },
      items: [{ nummerImStapel: 1, successful: false, codes: [{ kind: 'other', text: 'Container fehlt' }] }],
    });
  });

  const outcomes: readonly (readonly [string, string, readonly boolean[], Result['outcome']])[] = [
    ['fine, nothing about objects', '0000000', [], 'accepted'],
    ['technical failure, nothing about objects', '0000001', [], 'rejected'],
    ['fine, one of two objects refused', '0000000', [true, false], 'partial'],
    ['fine, all objects refused', '0000000', [false, false], 'rejected'],
    ['failure, yet the object is there', '0000499', [true], 'partial'],
    ['failure and refused', '0000499', [false], 'rejected'],
  ];
  test.each(outcomes)(
    '%s: the outcome follows from message and objects together',
    async (_name, allgemein, objects, outcome) => {
      const rueckgabeparameter = objects.map((erfolgreich, index) => ({
        nummerImStapel: index + 1,
        parameter: parameter('x'),
        erfolgreich,
      }));
      const reply = await result({ rueckmeldungen: [{ allgemein }], rueckgabeparameter });
      expect(reply.outcome).toBe(outcome);
    },
  );

  test('in a ZIP is read from the ZIP, beside other files', async () => {
    const name = `${prozessId}_FVDaten.EmpfangBestaetigen.0629.xml`;
    const bytes = await zipped([name, writeEmpfangBestaetigen(kopf)], ['Protokoll.xml', '<p/>']);
    expect((await readReply(pool, bytes)).kind).toBe('receipt');
  });

  test('in a ZIP with two messages, or none, is refused', async () => {
    const xml = writeEmpfangBestaetigen(kopf);
    const two = await zipped(['a.0629.xml', xml], ['b.0629.xml', xml]);
    await expect(readReply(pool, two)).rejects.toMatchObject({ code: 'HUB_XDOMEA_MESSAGE' });
    await expect(readReply(pool, await zipped(['a.txt', xml]))).rejects.toMatchObject({ code: 'HUB_XDOMEA_MESSAGE' });
  });

  test('that is another message, has another type in its head, a DOCTYPE or is HTML is refused', async () => {
    const refused = [
      [writeSgoAblegen(sampleSgoAblegen()), 'HUB_XDOMEA_MESSAGE'],
      [writeEmpfangBestaetigen(kopf).replace('<code>0629<', '<code>0630<'), 'HUB_XDOMEA_MESSAGE'],
      [writeEmpfangBestaetigen(kopf).replace('?>', '?><!DOCTYPE x>'), 'HUB_XML_DOCTYPE'],
      ['<html><body>502 Bad Gateway</body></html>', 'HUB_XML_INVALID'],
      [writeEmpfangBestaetigen(kopf).slice(0, 300), 'HUB_XML_MALFORMED'],
    ] as const;
    for (const [xml, code] of refused) await expect(read(xml)).rejects.toMatchObject({ code });
  });

  test('larger than allowed is refused', async () => {
    const bytes = new TextEncoder().encode(writeEmpfangBestaetigen(kopf));
    await expect(readReply(pool, bytes, { maxBytes: 100 })).rejects.toMatchObject({ code: 'HUB_XML_TOO_LARGE' });
  });

  test('leaves the bytes it was given as they were', async () => {
    const bytes = new TextEncoder().encode(writeEmpfangBestaetigen(kopf));
    const before = bytes.length;
    await readReply(pool, bytes);
    expect(bytes.length).toBe(before);
  });

  test('is found by the ProzessID in its file name', () => {
    expect(prozessIdOfFileName(`${prozessId.toUpperCase()}_FVDaten.ImportBestaetigen.0630.xml`)).toBe(prozessId);
    expect(prozessIdOfFileName('antwort.xml')).toBeUndefined();
  });
});

describe.each(supportedVersions)('a reply in %s', (version) => {
  const written = async (content: Pick<ImportBestaetigen, 'rueckmeldungen' | 'rueckgabeparameter'>) =>
    (await read(writeImportBestaetigen({ ...kopf, ...content }, { version }))) as Result;

  test('0629 is a receipt that names its version', async () => {
    expect(await read(writeEmpfangBestaetigen(kopf, { version }))).toMatchObject({
      kind: 'receipt',
      prozessId,
      version,
    });
  });

  test('0630 of a batch tells each object by its number, whatever the order', async () => {
    const reply = await written({
      rueckmeldungen: [fine],
      rueckgabeparameter: [
        { nummerImStapel: 3, idSgo: prozessId, parameter: parameter('A-3'), erfolgreich: true },
        {
          nummerImStapel: 1,
          parameter: parameter(''),
          erfolgreich: false,
          rueckmeldungen: [{ spezifisch: '0605005' }],
        },
        { nummerImStapel: 2, idSgo: prozessId, parameter: parameter('A-2'), erfolgreich: true },
      ],
    });
    expect(reply.outcome).toBe('partial');
    expect(reply.items.map(({ nummerImStapel, successful }) => [nummerImStapel, successful])).toEqual([
      [3, true],
      [1, false],
      [2, true],
    ]);
    expect(aktenzeichenOf(reply.items[2]!)).toBe('A-2');
    const [said] = reply.items[1]!.codes;
    if (version === '2.4.0') expect(said).toMatchObject({ kind: 'other', list: 'Hinweis', text: /0605005 Das DMS/ });
    else expect(said).toMatchObject({ kind: 'business', code: '0605005', text: expect.stringContaining('Datei') });
  });

  const codes = ['0000001', '0000499', '0601003', '0604002', '0605001', '0607003', '0624002'];
  test.each(codes)('0630 with code %s says it in our words', async (code) => {
    const kind = code.startsWith('0000') ? 'technical' : 'business';
    const said = kind === 'technical' ? { allgemein: code } : { spezifisch: code };
    const { message } = await written({ rueckmeldungen: [said] });
    expect(message).toMatchObject({ kind, code, text: expect.stringMatching(/^[A-ZÄÖÜ].+\.$/) });
  });

  test('0402 tells what became of the objects that were handed over', async () => {
    const objekte = [
      { idSgo: prozessId, erfolgreich: true },
      { idSgo: prozessId, erfolgreich: false, fehlermeldung: 'Platte voll' },
    ];
    const reply = (await read(writeAbgabeImportBestaetigen({ ...kopf, objekte }, { version }))) as Result;
    expect(reply).toMatchObject({
      outcome: version === '2.4.0' ? 'rejected' : 'partial',
      message: { kind: 'other', text: 'Platte voll' },
    });
    const all = (await read(writeAbgabeImportBestaetigen({ ...kopf, objekte: [objekte[0]!] }, { version }))) as Result;
    expect(all).toMatchObject({ outcome: 'accepted', message: { kind: 'fine' } });
  });
});

describe('a reply in a version of its own', () => {
  test('0403 is a receipt', async () => {
    expect(await read(writeAbgabeEmpfangBestaetigen(kopf))).toMatchObject({ kind: 'receipt', prozessId });
  });

  test('keeps an id that is no UUID, as 2.4 allows', async () => {
    const rueckgabeparameter = [{ idSgo: 'DMS-Ä/42', parameter: parameter('x'), erfolgreich: true }];
    const xml = writeImportBestaetigen({ ...kopf, rueckmeldungen: [fine], rueckgabeparameter }, { version: '2.4.0' });
    expect(((await read(xml)) as Result).items[0]?.idSgo).toBe('DMS-Ä/42');
  });

  test('takes an empty Erfolgreich of 2.4 for true, as its schema says', async () => {
    const rueckgabeparameter = [{ idSgo: 'x', parameter: parameter('x'), erfolgreich: false }];
    const xml = writeImportBestaetigen({ ...kopf, rueckmeldungen: [fine], rueckgabeparameter }, { version: '2.4.0' });
    const empty = xml.replace('<xdomea:Erfolgreich>0</xdomea:Erfolgreich>', '<xdomea:Erfolgreich/>');
    expect((await read(empty)) as Result).toMatchObject({ outcome: 'accepted', items: [{ successful: true }] });
  });

  test('is refused with what is missing where it is 4.0.0', async () => {
    const xml = writeEmpfangBestaetigen(kopf).replaceAll('schema:3.1.0', 'schema:4.0.0');
    await expect(read(xml)).rejects.toMatchObject({
      code: 'HUB_XDOMEA_VERSION',
      message: expect.stringContaining('Fachverfahrensdaten'),
    });
  });
});
