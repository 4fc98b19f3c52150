import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isHubError } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import { writeEmpfangBestaetigen, writeImportBestaetigen } from './confirmations.ts';
import { sampleForContainer, sampleSgoAblegen } from './sample.ts';
import { writeSgoAblegen } from './sgo-ablegen.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const standard = join(root, '../shared/standards/xdomea');
const official = join(standard, 'xsd/3.1.0');
const withOfficial = canRun('shared', existsSync(official), 'xdomea official schemas', '../shared/standards/xdomea');

const OFFICIAL = 'official/3.1.0';
let pool: XmlPool;

beforeAll(async () => {
  const profile = 'xdomea/3.1.0/xdomea-profil.xsd';
  const files: Record<string, string> = { [profile]: await readFile(join(root, 'schemas', profile), 'utf8') };
  const names = withOfficial
    ? (await readdir(official, { recursive: true })).filter((name) => name.endsWith('.xsd'))
    : [];
  for (const name of names) files[`official/${name}`] = await readFile(join(official, name), 'utf8');
  const main = 'official/xdomea-Nachrichten-FachverfahrensdatenAustauschen.xsd';
  pool = createXmlPool({
    workers: 1,
    schemas: {
      entries: {
        'xdomea/3.1.0': { file: profile },
        ...(withOfficial && { [OFFICIAL]: { file: main, imports: officialImports(files) } }),
      },
      files,
    },
  });
});
afterAll(() => pool.close());

/** Absolute locations in the official files stand for the copies beside them. */
function officialImports(files: Readonly<Record<string, string>>): Record<string, string> {
  const locations = Object.values(files).flatMap((text) => [...text.matchAll(/schemaLocation="(https?:[^"]+)"/g)]);
  const imports: Record<string, string> = {};
  for (const [, location] of locations) {
    const name = location!.split('/').at(-1)!;
    const file = Object.keys(files).find((path) => path.endsWith(`/${name}`));
    if (file) imports[location!] = file;
  }
  return imports;
}

async function accepted(xml: string, schema: string): Promise<true | string> {
  try {
    await pool.run({ document: new TextEncoder().encode(xml), schema });
    return true;
  } catch (error) {
    if (isHubError(error)) {
      return `${error.code} ${error.places.map(({ path, message }) => `${path}: ${message}`).join('; ')}`;
    }
    throw error;
  }
}

const kopf = () => {
  const { prozessId, createdAt, sender, receiver, sendingSystem } = sampleSgoAblegen();
  return { prozessId, createdAt, sender, receiver, sendingSystem };
};

const written: readonly (readonly [string, () => string])[] = [
  ['0605 with a Vorgang', () => writeSgoAblegen(sampleSgoAblegen())],
  ['0605 with a Dokument for a container', () => writeSgoAblegen(sampleForContainer())],
  ['0605 with as little as possible', () => writeSgoAblegen(smallest())],
  ['0629', () => writeEmpfangBestaetigen(kopf())],
  [
    '0630 done',
    () => writeImportBestaetigen({ ...kopf(), rueckmeldungen: [{ allgemein: '0000000' }], rueckgabeparameter: [done] }),
  ],
  [
    '0630 refused',
    () =>
      writeImportBestaetigen({
        ...kopf(),
        rueckmeldungen: [{ spezifisch0605: '0605005' }],
        rueckgabeparameter: [refused],
      }),
  ],
  ['0630 in words', () => writeImportBestaetigen({ ...kopf(), rueckmeldungen: [{ sonstige: 'Platte voll' }] })],
];

const done = {
  nummerImStapel: 1,
  idSgo: '11111111-2222-4333-8444-000000000090',
  parameter: { name: 'Kennzeichen', wert: '32.30.10-0042/2026' },
  erfolgreich: true,
};
const refused = {
  parameter: { name: 'Grund' },
  erfolgreich: false,
  rueckmeldungen: [{ spezifisch0605: '0605005' }, { sonstige: 'Ablage gesperrt' }],
};

function smallest() {
  const { vorgang, receivingSystem: _, creator: _creator, ...rest } = sampleSgoAblegen();
  return { ...rest, receiptWanted: false, vorgang: { identifikation: vorgang.identifikation } };
}

describe('what the hub writes', () => {
  test.each(written)('%s is accepted by the profile', async (_name, write) => {
    expect(await accepted(write(), 'xdomea/3.1.0')).toBe(true);
  });

  (withOfficial ? test : test.skip).each(written)('%s is accepted by the official schema', async (_name, write) => {
    expect(await accepted(write(), OFFICIAL)).toBe(true);
  });

  test('keeps the prefix xdomea, has a declaration and no default namespace, and leaves nothing empty', () => {
    const xml = writeSgoAblegen(sampleSgoAblegen());
    expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>')).toBe(true);
    expect(xml).toContain('<xdomea:FVDaten.SGOAblegen.0605 xmlns:xdomea="urn:xoev-de:xdomea:schema:3.1.0">');
    expect(xml).not.toMatch(/xmlns="/);
    expect(xml).not.toMatch(/\/>|<([\w:.]+)>\s*<\/\1>/);
  });

  test('writes dates as they are in Hessen, also just after midnight', () => {
    const xml = writeSgoAblegen(sampleSgoAblegen());
    expect(xml).toContain('<xdomea:Posteingangsdatum>2026-08-22</xdomea:Posteingangsdatum>');
    expect(xml).toContain('<xdomea:Beginn>2026-08-22</xdomea:Beginn>');
    expect(xml).toContain('<xdomea:DatumUhrzeit>2026-08-22T00:30:00+02:00</xdomea:DatumUhrzeit>');
  });

  test('a control character is refused with its place, not dropped', () => {
    const message = sampleSgoAblegen();
    const broken = { ...message, vorgang: { ...message.vorgang, metadaten: { betreff: 'a\u0007b' } } };
    expect(() => writeSgoAblegen(broken)).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_CHARACTER',
        places: [
          expect.objectContaining({
            path: expect.stringMatching(/\/Vorgang\[1\]\/AllgemeineMetadaten\[1\]\/Betreff\[1\]$/),
          }),
        ],
      }),
    );
  });

  test('a required text without a value is refused with its place', () => {
    const message = sampleSgoAblegen();
    expect(() => writeSgoAblegen({ ...message, fachverfahrenObjektId: ' ' })).toThrow(
      expect.objectContaining({
        code: 'HUB_XDOMEA_EMPTY',
        places: [expect.objectContaining({ path: expect.stringContaining('FachverfahrenObjektID') })],
      }),
    );
  });

  test('an unknown version is refused by name', () => {
    expect(() => writeSgoAblegen(sampleSgoAblegen(), { version: '4.0.0' })).toThrow(
      expect.objectContaining({ code: 'HUB_XDOMEA_VERSION', message: expect.stringContaining('4.0.0') }),
    );
  });
});

/** What is wrong, where it is wrong, what it becomes. */
const broken: readonly (readonly [string, number, string | RegExp, string])[] = [
  [
    'an element in the wrong place',
    0,
    /(<xdomea:Typ>Antragsverfahren<\/xdomea:Typ>)(<xdomea:Laufzeit>.*?<\/xdomea:Laufzeit>)/,
    '$2$1',
  ],
  ['an unknown element', 0, '<xdomea:Typ>', '<xdomea:Neu>1</xdomea:Neu><xdomea:Typ>'],
  ['a missing FachverfahrenObjektID', 0, /<xdomea:FachverfahrenObjektID>.*?<\/xdomea:FachverfahrenObjektID>/, ''],
  ['a ProzessID that is no UUID', 0, /<xdomea:ProzessID>1/, '<xdomea:ProzessID>x'],
  ['Importbestaetigung 0', 0, '<xdomea:Importbestaetigung>1', '<xdomea:Importbestaetigung>0'],
  ['a code in the namespace', 0, /<code>0605<\/code>/, '<xdomea:code>0605</xdomea:code>'],
  ['an unknown message type', 0, '<code>0605</code>', '<code>0999</code>'],
  ['another version of a fixed list', 0, 'nachrichtentyp" listVersionID="2.0"', 'nachrichtentyp" listVersionID="9.0"'],
  ['an unknown Medium', 0, /(codeliste:medium"[^>]*><code>)001/, '$1009'],
  ['an unknown Vertraulichkeitsstufe', 0, /(vertraulichkeitsstufe"[^>]*><code>)002/, '$1006'],
  ['an unknown Aussonderungsart', 0, /(aussonderungsart"[^>]*><code>)B/, '$1C'],
  ['an unknown Datentyp', 0, /(datentyp"[^>]*><code>)005/, '$1099'],
  ['a format without list version', 0, /(dateiformat") listVersionID="1.0"/, '$1'],
  ['a date with time', 0, '>2026-08-22</xdomea:Posteingangsdatum>', '>2026-08-22T00:00:00</xdomea:Posteingangsdatum>'],
  ['a day that does not exist', 0, '1980-02-29', '1981-02-29'],
  ['a Dateiname without UUID', 0, /<xdomea:Dateiname>[^<]*</, '<xdomea:Dateiname>Antrag.pdf<'],
  ['a Primaerdokument without Dateiname', 0, /<xdomea:Dateiname>[^<]*<\/xdomea:Dateiname>/, ''],
  ['a format without version', 0, /(<\/xdomea:Name>)<xdomea:Version>2b<\/xdomea:Version>/, '$1'],
  [
    'two objects in one Schriftgutobjekt',
    0,
    '</xdomea:Vorgang>',
    '</xdomea:Vorgang><xdomea:Vorgang><xdomea:Identifikation><xdomea:ID>11111111-2222-4333-8444-000000000099</xdomea:ID></xdomea:Identifikation></xdomea:Vorgang>',
  ],
  ['a Feldgruppe without Beschreibung', 0, /<xdomea:Beschreibung>Angaben[^<]*<\/xdomea:Beschreibung>/, ''],
  ['text between elements', 0, '<xdomea:Laufzeit>', 'text<xdomea:Laufzeit>'],
  ['a receipt with content', 3, '</xdomea:Kopf>', '</xdomea:Kopf><xdomea:Hinweis>x</xdomea:Hinweis>'],
  ['a result without FVSessionID', 4, /<xdomea:FVSessionID>.*?<\/xdomea:FVSessionID>/, ''],
  ['an unknown general code', 4, /(allgemeinerueckmeldung"[^>]*><code>)0000000/, '$10000020'],
  ['an unknown specific code', 5, /(spezifischefehlermeldung0605"[^>]*><code>)0605005/, '$10605009'],
  [
    'a general code for an object',
    5,
    /<xdomea:SonstigeFehlermeldung>.*?<\/xdomea:SonstigeFehlermeldung>/,
    '<xdomea:AllgemeineRueckmeldung><code>0000000</code></xdomea:AllgemeineRueckmeldung>',
  ],
  ['an object without Erfolgreich', 4, /<xdomea:Erfolgreich>1<\/xdomea:Erfolgreich>/, ''],
  ['an IDSGO that is no UUID', 4, /<xdomea:IDSGO>1/, '<xdomea:IDSGO>#'],
  ['a result without Rueckmeldung', 6, /<xdomea:Rueckmeldung>.*<\/xdomea:Rueckmeldung>/, ''],
];

describe('broken messages', () => {
  test.each(broken)('%s is refused by the profile, and by the official schema', async (_name, index, from, to) => {
    const good = written[index]![1]();
    const bad = good.replace(from, to);
    expect(bad).not.toBe(good);
    expect(await accepted(bad, 'xdomea/3.1.0')).toMatch(/^HUB_XML_INVALID /);
    if (withOfficial) expect(await accepted(bad, OFFICIAL)).toMatch(/^HUB_XML_INVALID /);
  });
});

(withOfficial ? describe : describe.skip)('the constructed samples', () => {
  const folder = join(standard, 'samples/constructed-3.1.0');
  test('of 0605, 0629 and 0630 are accepted by the profile as by the official schema', async () => {
    const names = (await readdir(folder)).filter((name) => /\.06(05|29|30)\.xml$/.test(name));
    expect(names.length).toBeGreaterThanOrEqual(5);
    for (const name of names) {
      const xml = await readFile(join(folder, name), 'utf8');
      expect([name, await accepted(xml, OFFICIAL)]).toEqual([name, true]);
      expect([name, await accepted(xml, 'xdomea/3.1.0')]).toEqual([name, true]);
    }
  });
});
