import { describe, expect, test } from '@jest/globals';
import { HubError } from '@ozg-hub/core';
import { money } from '@ozg-hub/money';
import iconv from 'iconv-lite';
import { datevFile } from './datev-file.ts';
import { type DatevProfile, fileProfile } from './file-profile.ts';
import type { Posting } from './posting.ts';
import { sampleFacts, sampleItem, samplePosting, sampleReversal } from './sample-posting.ts';

const profile = (of: object = {}) =>
  fileProfile.parse({
    profile: 'datev',
    id: 'datev',
    into: { by: 'directory', folder: '/datev' },
    berater: 29098,
    mandant: 55003,
    konten: { zahlungsdienst: '1370', entgelte: '6855' },
    steuerschluessel: { '19.00': '3' },
    ...of,
  }) as DatevProfile;
const bytes = (of: object, ...postings: Posting[]) => datevFile(profile(of), sampleFacts(postings), postings);
const linesOf = (of: object, ...postings: Posting[]) =>
  iconv.decode(bytes(of, ...postings), 'windows-1252').split('\r\n');
/** The columns of the first posting, from 1. */
const columnsOf = (of: object, ...postings: Posting[]) => {
  const columns = linesOf(of, ...postings)[2]!.split(';');
  return (number: number) => columns[number - 1];
};
const placesOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) return { code: error.code, places: error.places };
    throw error;
  }
  throw new Error('nothing was thrown');
};

const parking = sampleItem('30.70', { booking: { sachkonto: '5110', kostenstelle: '32300', kostentraeger: 'K1' } });
const plaque = sampleItem('11.90', {
  taxRate: '19.00',
  description: 'Plakette "grün"',
  booking: { sachkonto: '4400' },
});

const HEADER =
  '"EXTF";700;21;"Buchungsstapel";13;20261121003000250;;"RE";"";"";29098;55003;20260101;4;20261120;20261120;' +
  '"ePayment 2026-11-20";"";1;0;0;"EUR";;"";;;"";;;"";""';

const HEADINGS =
  'Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basis-Umsatz;WKZ Basis-Umsatz;Konto;' +
  'Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Belegfeld 2;Skonto;Buchungstext;Postensperre;' +
  'Diverse Adressnummer;Geschäftspartnerbank;Sachverhalt;Zinssperre;Beleglink;Beleginfo - Art 1;Beleginfo - Inhalt 1;' +
  'Beleginfo - Art 2;Beleginfo - Inhalt 2;Beleginfo - Art 3;Beleginfo - Inhalt 3;Beleginfo - Art 4;' +
  'Beleginfo - Inhalt 4;Beleginfo - Art 5;Beleginfo - Inhalt 5;Beleginfo - Art 6;Beleginfo - Inhalt 6;' +
  'Beleginfo - Art 7;Beleginfo - Inhalt 7;Beleginfo - Art 8;Beleginfo - Inhalt 8;KOST1 - Kostenstelle;' +
  'KOST2 - Kostenstelle;Kost-Menge;EU-Land u. UStID (Bestimmung);EU-Steuersatz (Bestimmung);Abw. Versteuerungsart;' +
  'Sachverhalt L+L;Funktionsergänzung L+L;BU 49 Hauptfunktionstyp;BU 49 Hauptfunktionsnummer;' +
  'BU 49 Funktionsergänzung;Zusatzinformation - Art 1;Zusatzinformation- Inhalt 1;Zusatzinformation - Art 2;' +
  'Zusatzinformation- Inhalt 2;Zusatzinformation - Art 3;Zusatzinformation- Inhalt 3;Zusatzinformation - Art 4;' +
  'Zusatzinformation- Inhalt 4;Zusatzinformation - Art 5;Zusatzinformation- Inhalt 5;Zusatzinformation - Art 6;' +
  'Zusatzinformation- Inhalt 6;Zusatzinformation - Art 7;Zusatzinformation- Inhalt 7;Zusatzinformation - Art 8;' +
  'Zusatzinformation- Inhalt 8;Zusatzinformation - Art 9;Zusatzinformation- Inhalt 9;Zusatzinformation - Art 10;' +
  'Zusatzinformation- Inhalt 10;Zusatzinformation - Art 11;Zusatzinformation- Inhalt 11;Zusatzinformation - Art 12;' +
  'Zusatzinformation- Inhalt 12;Zusatzinformation - Art 13;Zusatzinformation- Inhalt 13;Zusatzinformation - Art 14;' +
  'Zusatzinformation- Inhalt 14;Zusatzinformation - Art 15;Zusatzinformation- Inhalt 15;Zusatzinformation - Art 16;' +
  'Zusatzinformation- Inhalt 16;Zusatzinformation - Art 17;Zusatzinformation- Inhalt 17;Zusatzinformation - Art 18;' +
  'Zusatzinformation- Inhalt 18;Zusatzinformation - Art 19;Zusatzinformation- Inhalt 19;Zusatzinformation - Art 20;' +
  'Zusatzinformation- Inhalt 20;Stück;Gewicht;Zahlweise;Forderungsart;Veranlagungsjahr;Zugeordnete Fälligkeit;' +
  'Skontotyp;Auftragsnummer;Buchungstyp;USt-Schlüssel (Anzahlungen);EU-Land (Anzahlungen);' +
  'Sachverhalt L+L (Anzahlungen);EU-Steuersatz (Anzahlungen);Erlöskonto (Anzahlungen);Herkunft-Kz;Buchungs GUID;' +
  'KOST-Datum;SEPA-Mandatsreferenz;Skontosperre;Gesellschaftername;Beteiligtennummer;Identifikationsnummer;' +
  'Zeichnernummer;Postensperre bis;Bezeichnung SoBil-Sachverhalt;Kennzeichen SoBil-Buchung;Festschreibung;' +
  'Leistungsdatum;Datum Zuord. Steuerperiode;Fälligkeit;Generalumkehr (GU);Steuersatz;Land;Abrechnungsreferenz;' +
  'BVV-Position;EU-Land u. UStID (Ursprung);EU-Steuersatz (Ursprung);Abw. Skontokonto';

/** A record with nothing behind its Zusatzinformationen: texts are quoted, numbers and dates are not. */
const record = (first: string, kost: string, references: readonly string[]) =>
  `${first};;"";;;;"";${'"";'.repeat(16)}${kost};;"";;"";;;;;;` +
  [...references, ...Array<string>(40 - references.length).fill('""')].join(';') +
  ';;;;"";;;;"";"";;"";;;;"";"";;"";;"";;"";"";;"";;0;;;;"";;"";"";;"";;';

const IDS = [
  '"Zahlung";"01910000-0000-7000-8000-000000000011"',
  '"Ereignis";"01910000-0000-7000-8000-0000000000e1"',
  '"Transaktion";"01910000-0000-4000-8000-000000000012"',
].flatMap((pair) => pair.split(';'));

describe('a Buchungsstapel for DATEV', () => {
  test('is the file written out here: header 700/21/13, 125 columns, income, fee', () => {
    expect(linesOf({}, samplePosting({ items: [parking, plaque] }))).toEqual([
      HEADER,
      HEADINGS,
      record(
        '30,70;"S";"EUR";;;"";1370;5110;"";2011;"2600000483-7";"";;"Bewohnerparkausweis, 1 Jahr"',
        '"32300";"K1"',
        IDS,
      ),
      record(
        '0,35;"S";"EUR";;;"";6855;1370;"";2011;"2600000483-7";"";;"Entgelt Bewohnerparkausweis, 1 Jahr"',
        '"32300";"K1"',
        IDS,
      ),
      record('11,90;"S";"EUR";;;"";1370;4400;"3";2011;"2600000483-7";"";;"Plakette ""grün"""', '"";""', IDS),
      '',
    ]);
  });

  test('has 125 columns in each line and 31 fields in its header', () => {
    const [header, ...lines] = linesOf({}, samplePosting(), sampleReversal(samplePosting()));
    expect(header!.split(';')).toHaveLength(31);
    expect(lines.slice(0, -1).map((line) => line.split(';').length)).toEqual([125, 125, 125, 125]);
  });

  test('is Windows-1252', () => {
    const written = bytes({}, samplePosting({ items: [plaque] }));
    expect(written.includes(Buffer.from([0x67, 0x72, 0xfc, 0x6e]))).toBe(true);
  });

  test('takes back on the other side what went back, and names the original', () => {
    const column = columnsOf({}, sampleReversal(samplePosting()));
    expect([1, 2, 7, 8, 10, 11].map(column)).toEqual(['30,70', '"H"', '1370', '5110', '2711', '"2600000483-7"']);
    expect([54, 55].map(column)).toEqual(['"Storno von"', '"01910000-0000-7000-8000-0000000000e1"']);
  });

  test('takes the BU-Schlüssel of the item before that of the tax rate', () => {
    const item = sampleItem('11.90', { taxRate: '19.00', booking: { sachkonto: '4400', steuerschluessel: '103' } });
    expect(columnsOf({}, samplePosting({ items: [item] }))(9)).toBe('"103"');
  });

  test('begins the Wirtschaftsjahr in which the day lies', () => {
    const begin = (wirtschaftsjahrBeginn: string) =>
      linesOf({ wirtschaftsjahrBeginn }, samplePosting())[0]!.split(';')[12];
    expect([begin('01-01'), begin('11-01'), begin('12-01')]).toEqual(['20260101', '20261101', '20251201']);
  });

  test('cuts the Buchungstext at 60 characters and nothing else', () => {
    const item = sampleItem('1.00', { description: `${'Gebühr '.repeat(12)}Ende` });
    const text = columnsOf({}, samplePosting({ items: [item] }))(14)!;
    expect(text.length).toBeLessThanOrEqual(62);
    const long = samplePosting({ kassenzeichen: '1'.repeat(37), fee: undefined });
    expect(placesOf(() => bytes({}, long))).toEqual({
      code: 'HUB_EPAY_FILE_VALUE',
      places: [{ line: 3, field: 'Belegfeld 1', message: 'has more than 36 characters' }],
    });
  });

  test('refuses characters that Windows-1252 lacks by line and column, or writes the nearest where the profile says so', () => {
    const posting = samplePosting({ items: [parking, sampleItem('1.00', { description: 'für Łódź' })] });
    expect(placesOf(() => bytes({}, posting))).toEqual({
      code: 'HUB_EPAY_FILE_CHARACTERS',
      places: [{ line: 5, field: 'Buchungstext', message: 'character 5 is not in windows-1252' }],
    });
    expect(linesOf({ characters: 'transliterate' }, posting)[4]).toContain('"für Lódz"');
  });

  test('refuses an item without Sachkonto, unless the profile has an account for it', () => {
    const posting = samplePosting({ items: [sampleItem('1.00', { booking: {} })] });
    expect(placesOf(() => bytes({}, posting)).places).toMatchObject([{ line: 3, field: 'Gegenkonto' }]);
    const konten = { zahlungsdienst: '1370', erloese: '4100' };
    expect(columnsOf({ konten }, posting)(8)).toBe('4100');
  });

  test('refuses what is not in euros', () => {
    const posting = samplePosting();
    const facts = { ...sampleFacts([posting]), currency: 'CHF' };
    expect(placesOf(() => datevFile(profile(), facts, [posting])).code).toBe('HUB_EPAY_FILE_CURRENCY');
  });

  test('adds up to the posting, whatever part of it went back', () => {
    const came = samplePosting({ items: [parking, plaque, sampleItem('0.03')] });
    for (const minor of [1, 2, 3, 100, 2131, 4262]) {
      const lines = linesOf({}, sampleReversal(came, money(minor, 'EUR'))).slice(2, -1);
      const cents = lines.map((line) => Number(line.slice(0, line.indexOf(';')).replace(',', '')));
      expect(cents.reduce((all, each) => all + each, 0)).toBe(minor);
    }
  });
});
