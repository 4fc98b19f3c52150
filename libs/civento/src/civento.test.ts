import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HubError, isHubError } from '@ozg-hub/core';
import { checkDirectory } from '@ozg-hub/directory';
import { envelope } from '@ozg-hub/submission';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import {
  type Application,
  type MappingProfile,
  applicationExtraction,
  mappingProfile,
  toApplication,
  toEnvelope,
} from './index.ts';

const path = (relative: string) => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const EXAMPLE = readFileSync(path('schemas/civento/1.0/example.xml'), 'utf8');
const SAMPLE = readFileSync(path('libs/civento/fixtures/formular-beispiel.xml'), 'utf8');

let pool: XmlPool;
const profiles = new Map<string, MappingProfile>();

beforeAll(async () => {
  pool = createXmlPool({ workers: 1, schemas: await loadCatalogue(path('schemas')) });
  const profileSchema = mappingProfile.transform((profile) => {
    profiles.set(profile.id, profile);
    return profile;
  });
  await checkDirectory(path('deploy/directory'), { profileSchema });
});
afterAll(() => pool.close());

async function read(xml: string, id = 'civento-1.0'): Promise<Application> {
  const profile = profiles.get(id);
  if (profile === undefined) throw new Error(`no profile ${id}`);
  const { value } = await pool.run({ ...applicationExtraction(profile), document: Buffer.from(xml) });
  return toApplication(value, profile);
}

const refusal = (xml: string, id?: string): Promise<HubError> =>
  read(xml, id).then(
    () => Promise.reject(new Error('was accepted')),
    (error: unknown) => (isHubError(error) ? error : Promise.reject(error)),
  );

const context = {
  submissionId: '0190f5a0-0000-7000-8000-000000000000',
  tenant: 'musterstadt',
  leistung: '99999002101000',
  blueprint: 'hund-anmelden@2',
  directoryVersion: 'sha256-00',
  source: 'civento',
  acceptedAt: new Date('2026-08-21T08:16:00Z'),
  documents: [],
};

describe('the documented example', () => {
  test('becomes an application with every element in its place', async () => {
    const application = await read(EXAMPLE);
    expect(application).toMatchObject({
      organisationseinheit: '00.00.MUS.01000002',
      prozessschluessel: 'AnmeldungHund',
      leika: '99.999.002.101.000',
      vorgang: 'V-2026-0815-4711',
      art: 'ERSTANTRAG',
      laufendeNummer: 1,
      hauptvorgang: 'V-2026-0801-1200',
      submittedAt: '2026-08-21T10:15:30+02:00',
      applicant: {
        kind: 'natuerlich',
        vornamen: 'Erika Käthe',
        familienname: 'Mustermann',
        geburtsdatum: '1964-08-12',
        anschrift: { strasse: 'Heidestraße', hausnummernzusatz: 'a', land: 'DE' },
      },
      identity: { source: 'BundID', vertrauensniveau: 'substanziell', attributes: { bpk2: 'example-bpk2-4711' } },
      replyChannel: { kind: 'BUNDID', address: 'example-postfach-4711' },
      payment: { reference: 'ePay-2026-000815', amount: 4900, currency: 'EUR', state: 'BEZAHLT' },
    });
    expect(application.fachdaten.flatMap(({ fields }) => fields.map(({ type }) => type)).toSorted()).toEqual([
      'ADRESSDATENSATZ',
      'ANLAGEN',
      'BOOLEAN',
      'CHOICE',
      'DATE',
      'INTEGER',
      'LIST',
      'OBJECT',
      'PERSONENDATENSATZ',
      'STRING',
    ]);
    expect(application.anlagen).toEqual([
      expect.objectContaining({ part: 'antrag', role: 'Antragsdokument', fileName: 'Anmeldung eines Hundes.pdf' }),
      expect.objectContaining({ part: 'impfpass', role: 'Anlage', size: 69, inline: expect.any(Buffer) }),
    ]);
    expect(application.anlagen[1]?.inline?.subarray(1, 4).toString('latin1')).toBe('PNG');
  });

  test('gives an envelope that follows its contract', async () => {
    const result = toEnvelope(await read(EXAMPLE), context);
    expect(envelope.parse(result)).toEqual(result);
  });

  test('is taken with an inline file as large as one text of a document may be', async () => {
    const content = Buffer.alloc(7_000_000, 'Wasserzähler ');
    const application = await read(EXAMPLE.replace(/<Inhalt>[^<]*</, `<Inhalt>${content.toString('base64')}<`));
    expect(application.anlagen[1]?.inline?.equals(content)).toBe(true);
  });

  test.each(['AAA', 'AA=A', '====', 'A===', 'AAAA=', 'AA-A'])('is refused with %s as inline content', async (text) => {
    const { code } = await refusal(EXAMPLE.replace(/<Inhalt>[^<]*</, `<Inhalt>${text}<`));
    expect(['HUB_APPLICATION_INLINE_BROKEN', 'HUB_XML_INVALID']).toContain(code);
  });

  test('has the same canonical hash with and without its inline content', async () => {
    const job = applicationExtraction(profiles.get('civento-1.0') as MappingProfile);
    const hash = async (xml: string) => (await pool.run({ ...job, document: Buffer.from(xml) })).canonicalSha256;
    const other = EXAMPLE.replace(/<Inhalt>[^<]*</, '<Inhalt>AAAA<');
    expect(other).not.toBe(EXAMPLE);
    expect(await hash(other)).toBe(await hash(EXAMPLE));
    expect(await hash(EXAMPLE.replace('Bello', 'Bella'))).not.toBe(await hash(EXAMPLE));
  });
});

describe('a format of another shape', () => {
  test('is read by a profile alone', async () => {
    const application = await read(SAMPLE, 'formular-beispiel-1.0');
    expect(application).toMatchObject({
      organisationseinheit: '00.00.MUS.01000002',
      prozessschluessel: 'AnmeldungHund',
      vorgang: '2026-000123',
      art: 'ERSTANTRAG',
      laufendeNummer: 1,
      submittedAt: '2026-08-21T10:15:00+02:00',
      applicant: { kind: 'natuerlich', anrede: 'Frau', familienname: 'Weiß', geburtsdatum: '1980-02-03' },
      anlagen: [
        { part: 'd1', role: 'Antragsdokument' },
        { part: 'd2', role: 'Anlage', fileName: 'Impfpass für Bello.jpg' },
      ],
      replyChannel: { kind: 'EMAIL', address: 'joerg.weiss@example.org' },
      payment: { reference: 'K-2026-77', amount: 4950, state: 'BEZAHLT' },
    });
    expect(application.fachdaten).toEqual([
      {
        name: 'Hund',
        label: 'Angaben zum Hund',
        fields: [
          { name: 'Name', label: 'Rufname', type: 'STRING', value: 'Bello' },
          { name: 'AnzahlHunde', type: 'INTEGER', value: '2' },
          { name: 'HaltungSeit', type: 'DATE', value: '2026-08-01' },
          { name: 'Listenhund', type: 'BOOLEAN', value: false },
          { name: 'Geschlecht', type: 'CHOICE', value: 'w', valueLabel: 'weiblich' },
          { name: 'Nachweise', type: 'ANLAGEN', value: ['d2'] },
        ],
      },
      {
        name: 'Haltung',
        fields: [
          {
            name: 'WeitereHunde',
            type: 'LIST',
            items: [
              [
                { name: 'Name', type: 'STRING', value: 'Waldi' },
                { name: 'HaltungSeit', type: 'DATE', value: '2020-05-01' },
              ],
              [{ name: 'Name', type: 'STRING', value: 'Rex' }],
            ],
          },
        ],
      },
    ]);
    expect(envelope.safeParse(toEnvelope(application, context)).success).toBe(true);
  });

  test.each([
    ['a date that is none', '01.08.2026</wert>', '32.08.2026</wert>', '/eingang/wert[12]'],
    ['a choice nobody mapped', 'Hündin', 'geheim', '/eingang/wert[14]'],
    ['a boolean nobody mapped', 'nein', 'geheim', '/eingang/wert[13]'],
    ['an office nobody mapped', 'amt="steueramt"', 'amt="geheim"', '/eingang/@amt'],
    ['a file of an unknown kind', 'typ="nachweis"', 'typ="geheim"', '/eingang/datei[2]/@typ'],
    ['an amount that is none', '49,5', 'geheim', '/eingang/gebuehr'],
  ])('is refused with the place for %s', async (_, from, to, place) => {
    const error = await refusal(SAMPLE.replace(from, to), 'formular-beispiel-1.0');
    expect(error.code).toBe('HUB_XML_NOT_EXTRACTABLE');
    expect(error.places.map((each) => each.path)).toEqual([place]);
    expect(JSON.stringify(error.places)).not.toContain('geheim');
  });

  test.each([
    ['another root element', SAMPLE.replaceAll('eingang', 'ausgang'), 'HUB_XML_NOT_EXTRACTABLE'],
    ['an applicant of no known kind', SAMPLE.replace('>privat<', '>amt<'), 'HUB_APPLICATION_INVALID'],
    [
      'two files of one name',
      SAMPLE.replace('id="d2"', 'id="d1"').replace('thema="hund"', ''),
      'HUB_APPLICATION_PART_TWICE',
    ],
    [
      'a file named like the application',
      SAMPLE.replace('id="d1"', 'id="application"'),
      'HUB_APPLICATION_PART_RESERVED',
    ],
    [
      'a file named like the identity proof',
      SAMPLE.replace('id="d1"', 'id="identity-proof"'),
      'HUB_APPLICATION_PART_RESERVED',
    ],
    ['a file name that is a path', SAMPLE.replace('name="Hunde', 'name="../Hunde'), 'HUB_APPLICATION_INVALID'],
    ['a part name no header can carry', SAMPLE.replace('id="d1"', 'id="a b"'), 'HUB_APPLICATION_INVALID'],
    ['a case id of 129 characters', SAMPLE.replace('2026-000123', 'x'.repeat(129)), 'HUB_APPLICATION_INVALID'],
    ['content that is not Base64', SAMPLE.replace('/9j/', '?9j/'), 'HUB_APPLICATION_INLINE_BROKEN'],
  ])('is refused for %s', async (_, xml, code) => {
    expect((await refusal(xml, 'formular-beispiel-1.0')).code).toBe(code);
  });
});

describe('the schema', () => {
  const oneLine = EXAMPLE.replace(/>\s+</g, '><');
  const antrag = '/Antrag';
  test.each([
    ['an INTEGER that is text', '>2</INTEGER>', '>zwei</INTEGER>', `${antrag}/Metadaten/Objekt[1]/Feld[2]/INTEGER`],
    ['a BOOLEAN that is neither', '>false<', '>nein<', `${antrag}/Metadaten/Objekt[1]/Feld[3]/BOOLEAN`],
    ['a DATE that is none', '>2026-08-01<', '>2026-02-30<', `${antrag}/Metadaten/Objekt[1]/Feld[5]/DATE`],
    ['a DATE with a zone', '>2026-08-01<', '>2026-08-01Z<', `${antrag}/Metadaten/Objekt[1]/Feld[5]/DATE`],
    ['an unknown type', '<STRING>Bello</STRING>', '<FLOAT>1</FLOAT>', `${antrag}/Metadaten/Objekt[1]/Feld[1]/FLOAT`],
    ['a field without name', ' Name="AnzahlHunde"', '', `${antrag}/Metadaten/Objekt[1]/Feld[2]`],
    ['two Anlagen of one name', 'Name="antrag"', 'Name="impfpass"', `${antrag}/Anlagen/Anlage[2]`],
    ['two objects of one name', 'Name="Haltung"', 'Name="Hund"', `${antrag}/Metadaten/Objekt[2]`],
    ['a size of nothing', '<Groesse>69', '<Groesse>0', `${antrag}/Anlagen/Anlage[2]/Groesse`],
    ['a hash that is none', '<SHA256>', '<SHA256>x', `${antrag}/Anlagen/Anlage[2]/SHA256`],
    ['a file name that is a path', '<Dateiname>Anm', '<Dateiname>../Anm', `${antrag}/Anlagen/Anlage[1]/Dateiname`],
    ['an unknown Klassifizierung', '>Antragsdokument<', '>Bescheid<', `${antrag}/Anlagen/Anlage[1]/Klassifizierung`],
    ['an unknown Art', '>ERSTANTRAG<', '>ANTRAG<', `${antrag}/Vorgang/Art`],
    ['a time without zone', '10:15:30+02:00', '10:15:30', `${antrag}/Vorgang/Eingangszeitpunkt`],
    ['a Leistungsschluessel of 13 digits', '101.000', '101.00', `${antrag}/Leistungsschluessel`],
    ['an amount with a comma', '49.00', '49,00', `${antrag}/Zahlung/Betrag`],
    ['an unknown Vertrauensniveau', '>substanziell<', '>mittel<', `${antrag}/Identitaet/Vertrauensniveau`],
    ['no applicant', /<Antragsteller>.*<\/Antragsteller>/, '', `${antrag}/Metadaten`],
    [
      'a natural person without name',
      '<Name>Mustermann</Name><Geburtsname>',
      '<Geburtsname>',
      `${antrag}/Antragsteller/NatuerlichePerson/Geburtsname`,
    ],
    ['an element nobody defined', '<Metadaten>', '<Kommentar/><Metadaten>', `${antrag}/Kommentar`],
  ])('refuses %s and says where', async (_, from, to, place) => {
    const xml = oneLine.replace(from, to);
    expect(xml).not.toBe(oneLine);
    const error = await refusal(xml);
    expect(error.code).toBe('HUB_XML_INVALID');
    expect(error.places.map((each) => each.path)).toContain(place);
  });

  test('gives three errors in a document of one line three paths', async () => {
    const xml = oneLine
      .replace('>2</INTEGER>', '>zwei</INTEGER>')
      .replace('>false<', '>nein<')
      .replace('49.00', 'viel');
    expect(xml).not.toContain('\n<');
    const { places } = await refusal(xml);
    expect(places.map((each) => each.path)).toEqual([
      '/Antrag/Metadaten/Objekt[1]/Feld[2]/INTEGER',
      '/Antrag/Metadaten/Objekt[1]/Feld[3]/BOOLEAN',
      '/Antrag/Zahlung/Betrag',
    ]);
  });

  test('leaves references between parts to the mapping, which names the field', async () => {
    const error = await refusal(EXAMPLE.replace('<Verweis>impfpass', '<Verweis>ausweis'));
    expect(error.code).toBe('HUB_APPLICATION_PART_UNKNOWN');
    expect(error.places[0]?.field).toBe('fachdaten.Hund.Nachweise');
  });

  test.each([
    ['a Leistungsschluessel with blanks', '99.999.002.101.000', '99 999 002 101 000'],
    ['no V.Ident', /<Ident>.*?<\/Ident>/, ''],
    ['a name with an umlaut and blanks around it', '>Mustermann<', '> Müßtermann <'],
    ['an empty STRING', '>Bello<', '><'],
  ])('accepts %s', async (_, from, to) => {
    await expect(read(oneLine.replace(from, to))).resolves.toBeDefined();
  });
});
