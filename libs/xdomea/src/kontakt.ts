import type { XmlElement } from '@ozg-hub/xml';
import type { CodeValue } from './code-list.ts';
import { type Child, code, codeValue, date, element, flag, group, optional } from './elements.ts';
import type { Anschrift, Kanal, Kommunikation, Kontakt } from './model.ts';
import type { XdomeaVersion } from './versions.ts';

/** Codes of the list Kommunikationsart; it has none for De-Mail. */
const KANAL_2: Readonly<Record<Kanal, string>> = {
  email: '001',
  festnetz: '002',
  mobil: '003',
  fax: '004',
  sonstiges: '012',
  'de-mail': '012',
  web: '007',
};

/** Codes of the list Erreichbarkeit. */
const KANAL_3: Readonly<Record<Kanal, string>> = {
  email: '01',
  festnetz: '02',
  mobil: '03',
  fax: '04',
  sonstiges: '07',
  'de-mail': '08',
  web: '09',
};

/** KontaktType, for persons, institutions, senders and receivers alike. */
export function kontakt(name: string, of: Kontakt, version: XdomeaVersion): XmlElement {
  return element(name, [
    group('Behoerdenkennung', [
      codeValue(version.generation === 2 ? 'Kennung' : 'Behoerdenschluessel', of.behoerdenkennung?.schluessel),
      codeValue('Praefix', of.behoerdenkennung?.praefix),
    ]),
    group('Institution', [
      optional('Name', of.institution?.name),
      optional('Kurzbezeichnung', of.institution?.kurzbezeichnung),
    ]),
    group('Organisationseinheit', [optional('Name', of.organisationseinheit)]),
    group('Name', [
      optional('Anrede', of.name?.anrede),
      optional('Titel', of.name?.titel),
      group('Familienname', [optional('Name', of.name?.familienname)]),
      group('Vorname', [optional('Name', of.name?.vorname)]),
    ]),
    optional('Taetigkeit', of.taetigkeit),
    optional('Zustaendigkeit', of.zustaendigkeit),
    ...(of.anschriften ?? []).map((each) => anschrift(each, version)),
    ...(of.kommunikation ?? []).map((each) => kommunikation(each, version)),
    codeValue('Rolle', of.rolle),
    group('Geburt', [date('Datum', of.geburtsdatum)]),
  ]);
}

function anschrift(of: Anschrift, version: XdomeaVersion): Child {
  const staat = of.staat?.trim() ? code('Staat', version.codelists.staat, of.staat) : undefined;
  return group('Anschrift', [
    group('Staat', [staat]),
    optional('Strasse', of.strasse),
    optional('Hausnummer', of.hausnummer),
    optional('Postfach', of.postfach),
    optional('Postleitzahl', of.postleitzahl),
    optional('Ort', of.ort),
    optional('Zusatz', of.zusatz),
  ]);
}

function kommunikation(of: Kommunikation, { codelists, generation }: XdomeaVersion): Child {
  if (of.kennung.trim() === '') return undefined;
  const kanal = (generation === 2 ? KANAL_2 : KANAL_3)[of.kanal];
  return element('Kommunikation', [
    of.dienstlich === undefined ? undefined : flag('IstDienstlich', of.dienstlich),
    code('Kanal', codelists.kanal, kanal),
    optional('Kennung', of.kennung),
    optional('Zusatz', generation === 2 && of.kanal === 'de-mail' ? 'De-Mail' : undefined),
  ]);
}

/** Behoerdenkennung of a municipality by its Amtlicher Gemeindeschlüssel (8 digits), as the DVDV writes it. */
export function behoerdenkennungOfAgs(ags: string, listVersion: string): { schluessel: CodeValue; praefix: CodeValue } {
  return {
    schluessel: {
      listUri: 'urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:ags',
      listVersion,
      code: ags,
    },
    praefix: { listUri: 'urn:de:bund:bva:dvdv:praefix', listVersion: '1', code: 'ags' },
  };
}
