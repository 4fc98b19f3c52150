import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isHubError } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing/database';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import {
  writeAbgabeEmpfangBestaetigen,
  writeAbgabeImportBestaetigen,
  writeEmpfangBestaetigen,
  writeImportBestaetigen,
} from './confirmations.ts';
import { sampleMessages } from './sample-messages.ts';
import { hasStandard, sampleSchemas, standardFolder } from './sample-schemas.ts';
import { sampleSgoAblegen } from './sample.ts';
import { supportedVersions } from './versions.ts';
import { writeMessage, writeSgoAblegen } from './write-message.ts';

const withOfficial = canRun('shared', hasStandard, 'xdomea official schemas', '../shared/standards/xdomea');
const schemasToMeet = withOfficial ? (['xdomea', 'official'] as const) : (['xdomea'] as const);
let pool: XmlPool;

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await sampleSchemas(), timeoutMs: 60_000 });
});
afterAll(() => pool.close());

async function accepted(xml: string, schema: string): Promise<true | string> {
  try {
    await pool.run({ document: new TextEncoder().encode(xml), schema });
    return true;
  } catch (error) {
    if (!isHubError(error)) throw error;
    return `${error.code} ${error.places.map(({ path, message }) => `${path}: ${message}`).join('; ')}`;
  }
}

const { prozessId, createdAt, sender, receiver, sendingSystem, receivingSystem } = sampleSgoAblegen();
const head = { prozessId, createdAt, sender, receiver, sendingSystem, receivingSystem: receivingSystem! };
const idSgo = '11111111-2222-4333-8444-000000000090';
const done = {
  nummerImStapel: 1,
  idSgo,
  parameter: { name: 'Kennzeichen', wert: '32.30.10-0042/2026' },
  erfolgreich: true,
};
const refused = {
  parameter: { name: 'Grund' },
  erfolgreich: false,
  rueckmeldungen: [{ spezifisch: '0605005' }, { sonstige: 'Ablage gesperrt' }],
};

type Write = (version: string) => string;
/** Every message that the hub writes, or a DMS writes to it, by what it is. */
const written: readonly (readonly [string, Write])[] = [
  ...sampleMessages().map(([name, message]): [string, Write] => [
    name,
    (version) => writeMessage(message, { version, characters: 'transliterate' }).xml,
  ]),
  ['0629', (version) => writeEmpfangBestaetigen(head, { version })],
  [
    '0630: done, with Aktenzeichen',
    (version) =>
      writeImportBestaetigen(
        { ...head, rueckmeldungen: [{ allgemein: '0000000' }], rueckgabeparameter: [done] },
        { version },
      ),
  ],
  [
    '0630: refused',
    (version) =>
      writeImportBestaetigen(
        { ...head, rueckmeldungen: [{ spezifisch: '0605005' }], rueckgabeparameter: [refused] },
        { version },
      ),
  ],
  ...['0601007', '0604003', '0605001', '0607003', '0624002', '0000499'].map((code): [string, Write] => [
    `0630: refused with ${code}`,
    (version) =>
      writeImportBestaetigen(
        { ...head, rueckmeldungen: [code.startsWith('0000') ? { allgemein: code } : { spezifisch: code }] },
        { version },
      ),
  ]),
  [
    '0630: in words, several',
    (version) =>
      writeImportBestaetigen(
        { ...head, rueckmeldungen: [{ sonstige: 'Platte voll' }, { sonstige: 'x' }] },
        { version },
      ),
  ],
  [
    '0402: one of two',
    (version) =>
      writeAbgabeImportBestaetigen(
        {
          ...head,
          objekte: [
            { idSgo, erfolgreich: true },
            { idSgo, erfolgreich: false, fehlermeldung: 'voll' },
          ],
        },
        { version },
      ),
  ],
];
const matrix = supportedVersions.flatMap((version) => written.map(([name, write]) => [version, name, write] as const));

describe('message × version', () => {
  test.each(matrix)('%s %s is accepted by the profile and by the official schema', async (version, _name, write) => {
    for (const kind of schemasToMeet) {
      expect([kind, await accepted(write(version), `${kind}/${version}`)]).toEqual([kind, true]);
    }
  });

  test.each(['3.0.0', '3.1.0'])('%s 0403 is accepted by the profile and by the official schema', async (version) => {
    for (const kind of schemasToMeet) {
      expect(await accepted(writeAbgabeEmpfangBestaetigen(head, { version }), `${kind}/${version}`)).toBe(true);
    }
  });

  test('2.4.0 has no 0403', () => {
    expect(() => writeAbgabeEmpfangBestaetigen(head, { version: '2.4.0' })).toThrow('no message 0403');
  });

  test('3.0.0 and 3.1.0 differ in the namespace only', () => {
    for (const [, write] of written) {
      expect(write('3.0.0').replaceAll('schema:3.0.0', 'schema:3.1.0')).toBe(write('3.1.0'));
    }
  });

  test('4.0.0 is refused with what is missing', () => {
    expect(() => writeSgoAblegen(sampleSgoAblegen(), { version: '4.0.0' })).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_VERSION',
        message: expect.stringMatching(/4\.0\.0.*missing.*0605.*Supported: 2\.4\.0, 3\.0\.0, 3\.1\.0/),
      }),
    );
  });
});

describe('what the hub writes', () => {
  test.each(supportedVersions)('%s keeps the prefix, has a declaration, leaves nothing empty', (version) => {
    for (const [, write] of written) {
      const xml = write(version);
      expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>')).toBe(true);
      expect(xml).toMatch(new RegExp(`<xdomea:[\\w.]+ xmlns:xdomea="urn:xoev-de:xdomea:schema:${version}">`));
      expect(xml).not.toMatch(/xmlns="/);
      expect(xml).not.toMatch(/\/>|<([\w:.]+)>\s*<\/\1>/);
    }
  });

  test('writes dates as they are in Hessen, also just after midnight', () => {
    const xml = writeSgoAblegen(sampleSgoAblegen());
    expect(xml).toContain('<xdomea:Posteingangsdatum>2026-08-22</xdomea:Posteingangsdatum>');
    expect(xml).toContain('<xdomea:Beginn>2026-08-22</xdomea:Beginn>');
    expect(xml).toContain('<xdomea:DatumUhrzeit>2026-08-22T00:30:00+02:00</xdomea:DatumUhrzeit>');
  });

  test('numbers the objects of a batch and counts them', () => {
    const [, batch] = sampleMessages().find(([name]) => name === '0605: a batch')!;
    const { xml } = writeMessage(batch);
    expect(xml).toContain('<xdomea:Stapel>1</xdomea:Stapel><xdomea:Stapellaenge>2</xdomea:Stapellaenge>');
    expect([...xml.matchAll(/<xdomea:NummerImStapel>(\d+)</g)].map(([, number]) => number)).toEqual(['1', '2']);
    const single = writeSgoAblegen(sampleSgoAblegen());
    expect(single).toContain('<xdomea:Stapel>0</xdomea:Stapel><xdomea:Stapellaenge>1</xdomea:Stapellaenge>');
    expect(single).not.toContain('NummerImStapel');
  });

  test('says what 2.4 has no place for, and writes 3.x without notes', () => {
    const akte = sampleMessages().find(([name]) => name === '0604: an Akte with Vorgänge')![1];
    expect(writeMessage(akte).notes).toEqual([]);
    const { xml, notes } = writeMessage(akte, { version: '2.4.0' });
    const at = '/FVDaten.SGOErstellen.0604/SchriftgutobjektZumErstellen[1]/Schriftgutobjekt[1]/Akte[1]';
    expect(notes).toEqual([
      {
        kind: 'left-out',
        path: `${at}/AllgemeineMetadaten[1]/Aktenfuehrung`,
        message: expect.stringContaining('2.4.0'),
      },
      {
        kind: 'left-out',
        path: `${at}/ArchivspezifischeMetadaten[1]/Aufbewahrungsdauer`,
        message: expect.stringContaining('2.4.0'),
      },
    ]);
    expect(xml).toContain('<xdomea:Aufbewahrungsende>2036</xdomea:Aufbewahrungsende>');
  });

  test('tells the original name of a file in 2.4 only where the name in the package does not', () => {
    const { vorgang, ...rest } = sampleSgoAblegen();
    const [document] = vorgang.dokumente!;
    const named = (dateinameOriginal: string) => {
      const format = document!.versionen![0]!.formate[0]!;
      const primaerdokument = { ...format.primaerdokument, dateinameOriginal };
      const dokument = { ...document!, versionen: [{ nummer: '1', formate: [{ ...format, primaerdokument }] }] };
      const objekte = [
        { fachverfahrenObjektId: 'x', vorgang: { identifikation: { id: prozessId }, dokumente: [dokument] } },
      ];
      return writeMessage({ ...rest, nachricht: '0605', objekte }, { version: '2.4.0' }).notes;
    };
    expect(named('Antrag Größe.pdf')).toEqual([]);
    expect(named('Antrag: Größe?.pdf')).toEqual([expect.objectContaining({ kind: 'left-out' })]);
  });

  test('2.4 needs to know the receiving system', () => {
    const { receivingSystem: _, ...message } = sampleSgoAblegen();
    expect(() => writeSgoAblegen(message, { version: '2.4.0', characters: 'transliterate' })).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_EMPTY',
        places: [expect.objectContaining({ path: '/FVDaten.SGOAblegen.0605/Kopf[1]/EmpfangendesSystem[1]' })],
      }),
    );
  });

  test('a required text without a value is refused with its place', () => {
    expect(() => writeSgoAblegen({ ...sampleSgoAblegen(), fachverfahrenObjektId: ' ' })).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_EMPTY',
        places: [expect.objectContaining({ path: expect.stringContaining('FachverfahrenObjektID') })],
      }),
    );
  });
});

(withOfficial ? describe : describe.skip)('the constructed samples', () => {
  test.each(['2.4.0', '3.1.0'])('%s are accepted by the profile as by the official schema', async (version) => {
    const folder = join(standardFolder, `samples/constructed-${version}`);
    const names = (await readdir(folder)).filter((name) => !name.includes('.0611.'));
    expect(names.length).toBeGreaterThanOrEqual(version === '2.4.0' ? 1 : 9);
    for (const name of names) {
      const xml = await readFile(join(folder, name), 'utf8');
      expect([name, await accepted(xml, `official/${version}`)]).toEqual([name, true]);
      expect([name, await accepted(xml, `xdomea/${version}`)]).toEqual([name, true]);
    }
  });
});
