import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Fachdatenfeld, NatuerlichePerson } from '@ozg-hub/submission';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { applicationRequest } from './application-request.ts';
import { type ApplicationSpec, buildApplication } from './application-xml.ts';

const erika: NatuerlichePerson = {
  kind: 'natuerlich',
  anrede: 'Frau',
  titel: 'Dr.',
  vornamen: 'Erika Käthe',
  familienname: 'Mustermann',
  geburtsname: 'Weiß',
  geburtsdatum: '1964-08-12',
  geburtsort: 'Gießen',
  geschlecht: 'weiblich',
  staatsangehoerigkeit: 'deutsch',
  email: 'erika@example.org',
  telefon: '06151 123456',
  anschrift: {
    strasse: 'Heidestraße',
    hausnummer: '17',
    hausnummernzusatz: 'a',
    postfach: '1',
    postleitzahl: '00001',
    ort: 'Musterstadt',
    land: 'DE',
  },
};
const everyType: Fachdatenfeld[] = [
  { name: 'Text', label: 'Ein Text', type: 'STRING', value: 'Zeile 1\nZeile 2 & mehr' },
  { name: 'Zahl', type: 'INTEGER', value: '-2' },
  { name: 'Tag', type: 'DATE', value: '2026-08-21' },
  { name: 'Ja', type: 'BOOLEAN', value: true },
  { name: 'Wahl', type: 'CHOICE', value: 'w', valueLabel: 'Hündin' },
  { name: 'Unterlagen', type: 'ANLAGEN', value: ['foto'] },
  { name: 'Person', type: 'PERSONENDATENSATZ', value: erika },
  { name: 'Ort', type: 'ADRESSDATENSATZ', value: { ort: 'Beispielhausen' } },
  { name: 'Gruppe', type: 'OBJECT', fields: [{ name: 'Farbe', type: 'STRING', value: 'weiß' }] },
  { name: 'Liste', type: 'LIST', items: [[{ name: 'Rufname', type: 'STRING', value: 'Waldi' }], []] },
];
const full: ApplicationSpec = {
  vorgang: 'V-1',
  art: 'NACHREICHUNG',
  laufendeNummer: 2,
  hauptvorgang: 'V-0',
  submittedAt: '2026-08-21T10:15:30+02:00',
  organisationseinheit: '00.00.MUS.01000002',
  prozessschluessel: 'AnmeldungHund',
  leika: '99.999.002.101.000 ',
  applicant: {
    kind: 'juristisch',
    name: 'Hundefreunde Weißbach',
    rechtsform: 'e. V.',
    registergericht: 'Amtsgericht Musterstadt',
    registernummer: 'VR 1',
    email: 'post@example.org',
    telefon: '1',
    anschrift: { ort: 'Musterstadt' },
    vertreter: erika,
  },
  fachdaten: [{ name: 'Alles', label: 'Jeder Datentyp', fields: everyType }],
  anlagen: [{ part: 'foto', role: 'Anlage', fileName: 'Größe.png', inline: Buffer.from('foto') }],
  identity: { source: 'BundID', vertrauensniveau: 'hoch', attributes: { bpk2: 'x' }, proof: 'y' },
  replyChannel: { kind: 'BUNDID', address: 'postfach' },
  payment: { reference: 'r', amount: 4905, currency: 'EUR', state: 'BEZAHLT' },
};

let pool: XmlPool;
beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());

const validated = (xml: string) => pool.run({ document: new TextEncoder().encode(xml), schema: 'civento/1.0' });

describe('application XML', () => {
  test('with everything that the format knows is valid', async () => {
    const { rootName } = await validated(buildApplication(full));
    expect(rootName.local).toBe('Antrag');
  });

  test('with only what is needed is valid', async () => {
    const { organisationseinheit, prozessschluessel } = full;
    await validated(buildApplication({ organisationseinheit, prozessschluessel, applicant: erika }));
  });

  test('says amounts in euro and choices with their labels', () => {
    const xml = buildApplication(full);
    expect(xml).toContain('<Betrag>49.05</Betrag>');
    expect(xml).toContain('<CHOICE Bezeichnung="Hündin">w</CHOICE>');
    expect(xml).toContain('Zeile 1\nZeile 2 &amp; mehr');
  });
});

describe('application request', () => {
  test('announces each file with its size and hash and sends it after the application', async () => {
    const content = Buffer.from('Inhalt');
    const files = [
      { part: 'a', role: 'Antragsdokument', fileName: 'Antrag.pdf', mediaType: 'application/pdf', content },
      {
        part: 'b',
        role: 'Anlage',
        fileName: 'Antrag.pdf',
        mediaType: 'application/pdf',
        content: () => Readable.from([content]),
      },
    ] as const;
    const { organisationseinheit, prozessschluessel } = full;
    const request = await applicationRequest({ organisationseinheit, prozessschluessel, applicant: erika }, files);
    await validated(request.xml);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(request.xml.match(new RegExp(`<Groesse>6</Groesse><SHA256>${sha256}</SHA256>`, 'g'))).toHaveLength(2);
    expect(request.parts.map(({ name }) => name)).toEqual(['application', 'a', 'b']);
    const twice = [request.body(), request.body()].map(async ({ body }) => Buffer.concat(await body.toArray()));
    const [first, second] = await Promise.all(twice);
    expect(first).toEqual(second);
  });
});
