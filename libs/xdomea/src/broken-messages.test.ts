import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing/database';
import { type XmlPool, createXmlPool } from '@ozg-hub/xml';
import { writeEmpfangBestaetigen, writeImportBestaetigen } from './confirmations.ts';
import { sampleMessages } from './sample-messages.ts';
import { hasStandard, sampleSchemas } from './sample-schemas.ts';
import { sampleSgoAblegen } from './sample.ts';
import { supportedVersions } from './versions.ts';
import { writeMessage, writeSgoAblegen } from './write-message.ts';

const withOfficial = canRun('shared', hasStandard, 'xdomea broken messages', '../shared/standards/xdomea');
let pool: XmlPool;

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await sampleSchemas(), timeoutMs: 60_000 });
});
afterAll(() => pool.close());

async function problem(xml: string, schema: string): Promise<string> {
  try {
    await pool.run({ document: new TextEncoder().encode(xml), schema });
    return 'none';
  } catch (error) {
    if (!isHubError(error)) throw error;
    return error.code;
  }
}

const { prozessId, createdAt, sender, receiver, sendingSystem, receivingSystem } = sampleSgoAblegen();
const head = { prozessId, createdAt, sender, receiver, sendingSystem, receivingSystem: receivingSystem! };
const idSgo = '11111111-2222-4333-8444-000000000090';
const item = { nummerImStapel: 1, idSgo, parameter: { name: 'Kennzeichen', wert: '42' }, erfolgreich: true };
const message = (start: string) => sampleMessages().find(([name]) => name.startsWith(start))![1];

const good = {
  ablegen: (version: string) => writeSgoAblegen(sampleSgoAblegen(), { version, characters: 'transliterate' }),
  aktualisieren: (version: string) => writeMessage(message('0601'), { version }).xml,
  protokoll: (version: string) => writeMessage(message('0607'), { version }).xml,
  zda: (version: string) => writeMessage(message('0624'), { version }).xml,
  abgabe: (version: string) => writeMessage(message('0401'), { version, characters: 'transliterate' }).xml,
  receipt: (version: string) => writeEmpfangBestaetigen(head, { version }),
  result: (version: string) =>
    writeImportBestaetigen(
      { ...head, rueckmeldungen: [{ allgemein: '0000000' }], rueckgabeparameter: [item] },
      { version },
    ),
  refusal: (version: string) =>
    writeImportBestaetigen({ ...head, rueckmeldungen: [{ spezifisch: '0605005' }] }, { version }),
};

type Broken = readonly [what: string, from: keyof typeof good, find: string | RegExp, put: string];
const everywhere: readonly Broken[] = [
  [
    'an element in the wrong place',
    'ablegen',
    /(<xdomea:Typ>Antragsverfahren.*?)(<xdomea:Laufzeit>.*?<\/xdomea:Laufzeit>)/,
    '$2$1',
  ],
  ['an unknown element', 'ablegen', '<xdomea:Typ>', '<xdomea:Neu>1</xdomea:Neu><xdomea:Typ>'],
  [
    'a missing FachverfahrenObjektID',
    'ablegen',
    /<xdomea:FachverfahrenObjektID>.*?<\/xdomea:FachverfahrenObjektID>/,
    '',
  ],
  ['a ProzessID that is no UUID', 'ablegen', /<xdomea:ProzessID>1/, '<xdomea:ProzessID>x'],
  ['Importbestaetigung 0', 'ablegen', '<xdomea:Importbestaetigung>1', '<xdomea:Importbestaetigung>0'],
  ['a code in the namespace', 'ablegen', /<code>0605<\/code>/, '<xdomea:code>0605</xdomea:code>'],
  ['an unknown message type', 'ablegen', '<code>0605</code>', '<code>0999</code>'],
  ['another version of a fixed list', 'ablegen', /(nachrichtentyp" listVersionID=")\d/, '$19'],
  ['an unknown Medium', 'ablegen', /(codeliste:medium"[^>]*><code>)001/, '$1009'],
  ['an unknown Vertraulichkeitsstufe', 'ablegen', /(vertraulichkeitsstufe"[^>]*><code>)002/, '$1006'],
  ['an unknown Aussonderungsart', 'ablegen', /(aussonderungsart"[^>]*><code>)B/, '$1C'],
  ['an unknown Datentyp', 'ablegen', /(datentyp"[^>]*><code>)005/, '$1099'],
  [
    'a date with time',
    'ablegen',
    '>2026-08-22</xdomea:Posteingangsdatum>',
    '>2026-08-22T00:00:00</xdomea:Posteingangsdatum>',
  ],
  ['a day that does not exist', 'ablegen', '1980-02-29', '1981-02-29'],
  ['a Dateiname without UUID', 'ablegen', /<xdomea:Dateiname>[^<]*</, '<xdomea:Dateiname>Antrag.pdf<'],
  ['a Primaerdokument without Dateiname', 'ablegen', /<xdomea:Dateiname>[^<]*<\/xdomea:Dateiname>/, ''],
  ['a format without version', 'ablegen', /(<\/xdomea:Name>)<xdomea:Version>2b<\/xdomea:Version>/, '$1'],
  ['two objects in one Schriftgutobjekt', 'ablegen', /(<xdomea:Vorgang>.*<\/xdomea:Vorgang>)/s, '$1$1'],
  ['a Feldgruppe without Beschreibung', 'ablegen', /<xdomea:Beschreibung>Angaben[^<]*<\/xdomea:Beschreibung>/, ''],
  ['text between elements', 'ablegen', '<xdomea:Laufzeit>', 'text<xdomea:Laufzeit>'],
  ['an update without IDDokument', 'aktualisieren', /<xdomea:IDDokument>.*?<\/xdomea:IDDokument>/, ''],
  ['an update without Ablageort', 'aktualisieren', '<xdomea:Ablageort>.</xdomea:Ablageort>', ''],
  ['a log entry without Notiz', 'protokoll', /<xdomea:Notiz>.*?<\/xdomea:Notiz>/, ''],
  ['a log entry at an impossible hour', 'protokoll', /<xdomea:Uhrzeit>\d\d/, '<xdomea:Uhrzeit>25'],
  ['a zdA of nothing', 'zda', /<xdomea:IDSGO>.*?<\/xdomea:IDSGO>/, ''],
  ['a hand-over of nothing', 'abgabe', /<xdomea:Schriftgutobjekt>.*<\/xdomea:Schriftgutobjekt>/s, ''],
  ['a receipt with content', 'receipt', '</xdomea:Kopf>', '</xdomea:Kopf><xdomea:Hinweis>x</xdomea:Hinweis>'],
  ['a result without FVSessionID', 'result', /<xdomea:FVSessionID>.*?<\/xdomea:FVSessionID>/, ''],
  ['an unknown general code', 'result', /(allgemeinerueckmeldung"[^>]*><code>)0000000/, '$10000020'],
  ['an unknown specific code', 'refusal', /(spezifischefehlermeldung0605"[^>]*><code>)0605005/, '$10605009'],
  ['an object without Erfolgreich', 'result', /<xdomea:Erfolgreich>1<\/xdomea:Erfolgreich>/, ''],
  ['a result without Rueckmeldung', 'result', /<xdomea:Rueckmeldung>.*<\/xdomea:Rueckmeldung>/s, ''],
];
const since3: readonly Broken[] = [
  ['a format without list version', 'ablegen', /(dateiformat") listVersionID="1.0"/, '$1'],
  ['a format with a name', 'ablegen', /(dateiformat"[^>]*><code>\d+<\/code>)/, '$1<name>PDF</name>'],
  ['an IDSGO that is no UUID', 'result', /<xdomea:IDSGO>1/, '<xdomea:IDSGO>#'],
  ['a zdA of what is no UUID', 'zda', /<xdomea:IDSGO>1/, '<xdomea:IDSGO>#'],
  [
    'a general code for an object',
    'result',
    '</xdomea:Erfolgreich>',
    '</xdomea:Erfolgreich><xdomea:Rueckmeldung><xdomea:AllgemeineRueckmeldung><code>0000000</code></xdomea:AllgemeineRueckmeldung></xdomea:Rueckmeldung>',
  ],
];
const only24: readonly Broken[] = [
  ['a character outside String.Latin', 'ablegen', 'Bewohnerparken<', 'Bewohner–parken<'],
  ['an unknown format', 'ablegen', /(dateiformat"[^>]*><code>)044/, '$1046'],
  ['a Dateiname without extension', 'ablegen', /(<xdomea:Dateiname>[^<]*)\.pdf</, '$1<'],
  [
    'a DateinameOriginal',
    'ablegen',
    '</xdomea:Dateiname>',
    '</xdomea:Dateiname><xdomea:DateinameOriginal>x</xdomea:DateinameOriginal>',
  ],
  ['two results', 'refusal', /(<xdomea:Rueckmeldung>.*<\/xdomea:Rueckmeldung>)/s, '$1$1'],
  ['a message without receiving system', 'zda', /<xdomea:EmpfangendesSystem>.*<\/xdomea:EmpfangendesSystem>/s, ''],
  ['a log entry without time', 'protokoll', /<xdomea:Uhrzeit>.*?<\/xdomea:Uhrzeit>/, ''],
];
const matrix = supportedVersions.flatMap((version) =>
  [...everywhere, ...(version === '2.4.0' ? only24 : since3)].map((each) => [version, ...each] as const),
);

describe('broken messages', () => {
  test.each(matrix)(
    '%s %s is refused by the profile, and by the official schema',
    async (version, _what, from, find, put) => {
      const whole = good[from](version);
      const broken = whole.replace(find, put);
      expect(broken).not.toBe(whole);
      expect(await problem(whole, `xdomea/${version}`)).toBe('none');
      expect(await problem(broken, `xdomea/${version}`)).toBe('HUB_XML_INVALID');
      if (withOfficial) expect(await problem(broken, `official/${version}`)).toBe('HUB_XML_INVALID');
    },
  );
});
