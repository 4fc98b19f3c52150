import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SgoAblegen, type Vorgang, checkProcessRules, writeSgoAblegen, xdomeaVersion } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { toFilingRecord } from './record.mapper.ts';
import { sampleBlueprint, sampleDocument, sampleEnvelope, sampleSettings } from '../sample-envelope.ts';

const PROZESS_ID = '0198c0de-1111-7000-8000-000000000001';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let pool: XmlPool;
beforeAll(async () => {
  const schemas = await loadCatalogue(fileURLToPath(new URL('../../../../schemas/', import.meta.url)));
  pool = createXmlPool({ workers: 1, schemas });
});
afterAll(() => pool.close());

interface Given {
  readonly envelope?: Parameters<typeof sampleEnvelope>[0];
  readonly rules?: Parameters<typeof sampleBlueprint>[0];
  readonly settings?: Parameters<typeof sampleSettings>[0];
  readonly prozessId?: string;
}

function file({ envelope, rules, settings, prozessId = PROZESS_ID }: Given = {}) {
  const record = toFilingRecord(sampleEnvelope(envelope), {
    prozessId,
    tenant: 'musterstadt',
    blueprint: sampleBlueprint(rules),
    settings: sampleSettings(settings),
    createdAt: new Date('2026-08-22T08:00:00Z'),
  });
  const { objekte, nachricht: _, ...head } = record.message;
  const message = { ...head, ...objekte[0] } as unknown as SgoAblegen;
  return { ...record, message, vorgang: message.vorgang as Vorgang };
}

/** Passes the schema of the message and the rules that no schema can express. */
async function expectSound({ message, files }: ReturnType<typeof file>): Promise<void> {
  const names = files.map(({ name }) => name);
  expect(checkProcessRules(message, names)).toEqual([]);
  const document = Buffer.from(writeSgoAblegen(message));
  await expect(pool.run({ document, schema: xdomeaVersion('3.1.0').schema })).resolves.toBeDefined();
}

describe('the message', () => {
  test('passes schema and process rules, with all that an application can have', () => expectSound(file()));

  test('passes them with the least', async () => {
    const rules = { kontakt: false, fachdatenErweiterung: false, fachdatenXml: false, documentTypes: {} };
    const documents = [sampleDocument(2, 'a.pdf')];
    await expectSound(file({ rules, envelope: { documents, vorgang: undefined }, settings: { receiptWanted: false } }));
  });

  test('passes them for a legal person with everything', async () => {
    const vertreter = { kind: 'natuerlich', familienname: 'Öz', vornamen: 'Can' } as const;
    const anschrift = { postfach: '12 34', postleitzahl: '00001', ort: 'Musterstadt', land: 'Frankreich' };
    await expectSound(
      file({
        envelope: {
          applicant: { kind: 'juristisch', name: 'Süßwaren & Co. KG', rechtsform: 'KG', anschrift, vertreter },
        },
      }),
    );
  });

  test('names sender, receiver, systems and case of the source', () => {
    const { message } = file({ settings: { receivingSystem: 'dms/1', creator: 'svc-hub' } });
    expect(message).toMatchObject({
      prozessId: PROZESS_ID,
      sender: { institution: { name: 'Stadt Musterstadt' }, organisationseinheit: 'OZG-Hub' },
      receiver: { organisationseinheit: 'eAkte' },
      sendingSystem: { instanzId: 'ozg-hub/musterstadt' },
      receivingSystem: { instanzId: 'dms/1' },
      creator: 'svc-hub',
      fachverfahrenObjektId: 'CIV-2026-000123',
    });
    expect(file({ envelope: { vorgang: undefined } }).message.fachverfahrenObjektId).toBe(
      sampleEnvelope().submissionId,
    );
  });

  test('is the same for the same exchange, ids included, and another for another exchange', () => {
    expect(file()).toEqual(file());
    const ids = (prozessId: string) => file({ prozessId }).files.map(({ name }) => name);
    const other = ids(PROZESS_ID.replace('1111', '2222'));
    expect(ids(PROZESS_ID).filter((name) => other.includes(name))).toEqual([]);
    expect(file().vorgang.identifikation.id).toMatch(UUID);
  });

  test('is refused where the blueprint has no filing rules', () => {
    const blueprint = { ...sampleBlueprint(), ablage: undefined };
    const settings = sampleSettings();
    const context = { prozessId: PROZESS_ID, tenant: 'musterstadt', blueprint, settings, createdAt: new Date() };
    expect(() => toFilingRecord(sampleEnvelope(), context)).toThrow(
      expect.objectContaining({ code: 'HUB_DMS_NO_FILING_RULES' }),
    );
  });
});

describe('the Vorgang', () => {
  test('is filed where the rules say', () => {
    const { vorgang } = file({
      rules: {
        aktenplanBezeichnung: 'Hundesteuer',
        federfuehrung: 'Steueramt',
        aktenfuehrung: 'Registratur',
        vorgangTyp: 'Steuerangelegenheit',
        vertraulichkeitsstufe: 'nfd',
        aufbewahrung: { years: 10, aussonderungsart: 'V' },
      },
    });
    expect(vorgang).toMatchObject({
      metadaten: {
        betreff: 'Hundesteuer Größ, Änne, Hund „Waldi & Söhne <1>“',
        federfuehrung: 'Steueramt',
        aktenfuehrung: 'Registratur',
        vertraulichkeitsstufe: 'nfd',
        aktenplaneinheit: { kennzeichen: '22.14.03', inhaltsangabe: 'Hundesteuer' },
      },
      typ: 'Steuerangelegenheit',
      archiv: { aufbewahrungsdauer: { jahre: 10 }, aussonderungsart: 'V' },
      laufzeit: { beginn: new Date('2026-08-21T21:30:00Z') },
    });
  });

  test('has a Betreff no longer than the rules allow', () => {
    const { vorgang } = file({ rules: { betreff: `${'lang '.repeat(40)}`, betreffMaxLength: 40 } });
    expect(vorgang.metadaten!.betreff!.length).toBeLessThanOrEqual(40);
  });

  test('has the applicant as Kontakt, a natural person', () => {
    expect(file().vorgang.kontakte).toEqual([
      {
        name: { anrede: 'Frau', titel: 'Dr.', familienname: 'Größ', vorname: 'Änne' },
        anschriften: [{ strasse: 'Musterweg', hausnummer: '1 a', postleitzahl: '00001', ort: 'Musterstadt' }],
        kommunikation: [
          { kanal: 'email', kennung: 'aenne@example.org' },
          { kanal: 'festnetz', kennung: '+49 6999 1234' },
        ],
        geburtsdatum: '1980-02-29',
        rolle: { listUri: 'urn:ozg-hub:codeliste:rolle', listVersion: '1', code: 'antragsteller' },
      },
    ]);
    expect(file({ rules: { kontakt: false } }).vorgang.kontakte).toBeUndefined();
  });

  test('has a legal person as institution, with who acts for it', () => {
    const vertreter = { kind: 'natuerlich', familienname: 'Öz', vornamen: 'Can' } as const;
    const anschrift = { strasse: 'Markt', hausnummer: '1', ort: 'Paris', land: 'FR' };
    const applicant = { kind: 'juristisch', name: 'Verein e. V.', vertreter, anschrift } as const;
    expect(file({ envelope: { applicant } }).vorgang.kontakte).toEqual([
      expect.objectContaining({
        institution: { name: 'Verein e. V.' },
        name: { familienname: 'Öz', vorname: 'Can' },
        anschriften: [{ staat: 'FR', strasse: 'Markt', hausnummer: '1', ort: 'Paris' }],
      }),
    ]);
  });

  test('carries the Fachdaten as Erweiterung, without what is not passed on', () => {
    const { erweiterung } = file().vorgang;
    expect(erweiterung!.gruppen).toHaveLength(1);
    const [hund] = erweiterung!.gruppen!;
    expect(hund).toMatchObject({ name: 'Hund', beschreibung: 'Angaben zum Hund' });
    expect(hund!.felder).toEqual([
      { name: 'Name', datentyp: 'string', wert: 'Waldi & Söhne <1>' },
      { name: 'Kampfhund', datentyp: 'boolean', wert: 'false' },
      { name: 'Geburtstag', datentyp: 'date', wert: '2024-02-29' },
      { name: 'Rasse', beschreibung: 'Rasse des Hundes', datentyp: 'string', wert: 'Dackel' },
      { name: 'Nachweise', datentyp: 'string', wert: 'datei-3, datei-4' },
      { name: 'Vorbesitzer', datentyp: 'string', wert: 'Tierheim e. V.' },
      { name: 'Haltungsort', datentyp: 'string', wert: 'Hundeweg 7, 00001 Musterstadt' },
    ]);
    expect(hund!.gruppen!.map(({ name, felder }) => [name, felder![0]!.wert])).toEqual([
      ['Impfung', '2026-01-02'],
      ['Weitere 1', 'Bello'],
      ['Weitere 2', 'Hasso'],
    ]);
    expect(file({ rules: { fachdatenErweiterung: false } }).vorgang.erweiterung).toBeUndefined();
  });

  test('passes on nowhere what is to be omitted', () => {
    const { message, files } = file();
    const all = writeSgoAblegen(message) + files.map((one) => ('text' in one ? one.text : '')).join('');
    expect(all).toContain('Waldi');
    expect(all).not.toMatch(/DE0212|276098106123456789/);
  });
});

describe('the documents', () => {
  const dokumente = (given?: Given) => file(given).vorgang.dokumente!;

  test('are the Antragsdokument with the others as its Anlagen, then the Fachdaten', () => {
    const [antrag, fachdaten, ...rest] = dokumente();
    expect(rest).toEqual([]);
    expect(antrag).toMatchObject({ typ: 'Anmeldung', metadaten: { betreff: 'Antrag Größ.pdf' } });
    expect(
      antrag!.anlagen!.map(({ typ, metadaten, anlagennummer }) => [typ, metadaten!.betreff, anlagennummer]),
    ).toEqual([
      ['Anlage', 'Impfnachweis', '1'],
      ['Anlage', 'Nachweis.jpg', '2'],
    ]);
    expect(fachdaten).toMatchObject({ typ: 'Antragsdatensatz', metadaten: { betreff: 'Antragsdaten' } });
  });

  test('lie beside each other where there is no Antragsdokument', async () => {
    const record = file({
      envelope: { documents: sampleEnvelope().documents.filter(({ role }) => role === 'Anlage') },
    });
    expect(record.vorgang.dokumente!.map(({ metadaten }) => metadaten!.betreff)).toEqual([
      'Impfnachweis',
      'Nachweis.jpg',
      'Antragsdaten',
    ]);
    await expectSound(record);
  });

  test('are the Fachdaten alone where nothing was attached', async () => {
    const record = file({ envelope: { documents: [] } });
    expect(record.vorgang.dokumente).toHaveLength(1);
    await expectSound(record);
  });

  test('are numbered once in each container', () => {
    const further = sampleDocument(9, 'Zweiter Antrag.pdf', { role: 'Antragsdokument' });
    const all = dokumente({ envelope: { documents: [...sampleEnvelope().documents, further] } });
    const numbers = (container: readonly { identifikation: { nummer?: number } }[]) =>
      container.map(({ identifikation }) => identifikation.nummer);
    expect(numbers(all)).toEqual([1, 2, 3]);
    expect(numbers(all[0]!.anlagen!)).toEqual([1, 2]);
  });

  test('keep two files of one name apart, and the name as it was sent', () => {
    const { files, vorgang } = file();
    expect(new Set(files.map(({ name }) => name)).size).toBe(4);
    expect(vorgang.dokumente![0]!.anlagen!.map((anlage) => anlage.versionen![0]!.formate[0]!.primaerdokument)).toEqual([
      expect.objectContaining({ dateinameOriginal: 'Nachweis.jpg' }),
      expect.objectContaining({ dateinameOriginal: 'Nachweis.jpg' }),
    ]);
  });

  test('say which PDF/A they are', () => {
    const formats = dokumente().map(({ versionen }) => versionen![0]!.formate[0]!);
    expect(formats[0]).toMatchObject({ version: '2b' });
  });

  test('include the Fachdaten as XML: every type, without what is not passed on', () => {
    const { files } = file();
    const xml = files.find((one) => 'text' in one) as { text: string };
    expect(xml.text).toContain('<Feld name="Rasse" bezeichnung="Dackel" datentyp="CHOICE">DACKEL</Feld>');
    expect(xml.text).toContain('<Eintrag><Feld name="Name" datentyp="STRING">Hasso</Feld></Eintrag>');
    expect(xml.text).toContain('<JuristischePerson><Name>Tierheim e. V.</Name></JuristischePerson>');
    expect(xml.text).toContain('<Anlage>datei-3</Anlage>');
    expect(file({ rules: { fachdatenXml: false } }).files).toHaveLength(3);
  });
});
