import type { XmlElement } from '@ozg-hub/xml';
import { type Child, code, date, dateTime, element, flag, group, optional, text } from './elements.ts';
import { erweiterung } from './erweiterung.ts';
import { kontakt } from './kontakt.ts';
import type {
  AllgemeineMetadaten,
  Anlage,
  ArchivspezifischeMetadaten,
  Dokument,
  Format,
  HistorienProtokollInformation,
  Identifikation,
  Medium,
  Version,
  Vertraulichkeitsstufe,
  Vorgang,
} from './model.ts';
import type { XdomeaVersion } from './versions.ts';

const MEDIUM: Readonly<Record<Medium, string>> = { elektronisch: '001', hybrid: '002', papier: '003' };
const STUFE: Readonly<Record<Vertraulichkeitsstufe, string>> = {
  geheim: '001',
  nfd: '002',
  offen: '003',
  'streng-geheim': '004',
  vertraulich: '005',
};

/** VorgangType; the order of children is the order of the schema's sequence, as everywhere here. */
export function vorgang(of: Vorgang, version: XdomeaVersion): XmlElement {
  return element('Vorgang', [
    identifikation(of.identifikation),
    metadaten(of.metadaten, version),
    archiv(of.archiv),
    optional('Aktenbetreff', of.aktenbetreff),
    optional('Typ', of.typ),
    group('Laufzeit', [date('Beginn', of.laufzeit?.beginn), date('Ende', of.laufzeit?.ende)]),
    ...(of.historie ?? []).map(historie),
    ...(of.dokumente ?? []).map((each) => dokument('Dokument', each, version)),
    ...(of.kontakte ?? []).map((each) => kontakt('Kontakt', each, version)),
    of.erweiterung && erweiterung(of.erweiterung, version),
  ]);
}

/** DokumentType, and with the Anlagennummer at its end AnlageDokumentType. */
export function dokument(name: 'Dokument' | 'Anlage', of: Dokument | Anlage, version: XdomeaVersion): XmlElement {
  return element(name, [
    identifikation(of.identifikation),
    metadaten(of.metadaten, version),
    optional('FremdesGeschaeftszeichen', of.fremdesGeschaeftszeichen),
    date('Posteingangsdatum', of.posteingangsdatum),
    date('Postausgangsdatum', of.postausgangsdatum),
    date('DatumDesSchreibens', of.datumDesSchreibens),
    optional('Bearbeiter', of.bearbeiter),
    optional('Typ', of.typ),
    ...(of.historie ?? []).map(historie),
    ...(of.versionen ?? []).map((each) => dokumentVersion(each, version)),
    ...(of.anlagen ?? []).map((each) => dokument('Anlage', each, version)),
    ...(of.absender ?? []).map((each) => kontakt('Absender', each, version)),
    ...(of.empfaenger ?? []).map((each) => kontakt('Empfaenger', each, version)),
    ...(of.weitereKontakte ?? []).map((each) => kontakt('WeitererKontakt', each, version)),
    ...(of.erweiterungen ?? []).map((each) => erweiterung(each, version)),
    'anlagennummer' in of ? optional('Nummer', of.anlagennummer) : undefined,
  ]);
}

function identifikation(of: Identifikation): XmlElement {
  return element('Identifikation', [
    text('ID', of.id),
    optional('NummerImUebergeordnetenContainer', of.nummer?.toString()),
  ]);
}

function metadaten(of: AllgemeineMetadaten | undefined, { codelists }: XdomeaVersion): Child {
  if (!of) return undefined;
  const { vertraulichkeitsstufe: stufe, medium } = of;
  return group('AllgemeineMetadaten', [
    optional('Betreff', of.betreff),
    optional('Kennzeichen', of.kennzeichen),
    optional('Federfuehrung', of.federfuehrung),
    optional('Aktenfuehrung', of.aktenfuehrung),
    stufe && code('Vertraulichkeitsstufe', codelists.vertraulichkeitsstufe, STUFE[stufe]),
    optional('Bemerkung', of.bemerkung),
    medium && code('Medium', codelists.medium, MEDIUM[medium]),
    group('Aktenplaneinheit', [
      optional('Kennzeichen', of.aktenplaneinheit?.kennzeichen),
      optional('Inhaltsangabe', of.aktenplaneinheit?.inhaltsangabe),
      optional('BetreffKurz', of.aktenplaneinheit?.betreffKurz),
    ]),
  ]);
}

function archiv(of: ArchivspezifischeMetadaten | undefined): Child {
  if (!of) return undefined;
  const { aufbewahrungsdauer: dauer, aussonderungsart: art } = of;
  const wert = dauer === 'unbefristet' ? flag('Unbefristet', true) : dauer && text('AnzahlJahre', String(dauer.jahre));
  return group('ArchivspezifischeMetadaten', [
    group('Aufbewahrungsdauer', [wert]),
    art && element('Aussonderungsart', [code('Aussonderungsart', AUSSONDERUNGSART, art)]),
    date('Aufbewahrungsende', of.aufbewahrungsende),
  ]);
}

const AUSSONDERUNGSART = { uri: 'urn:xoev-de:xdomea:codeliste:aussonderungsart', version: '1.0' };

function historie(of: HistorienProtokollInformation): XmlElement {
  return element('HistorienProtokollInformation', [
    optional('MetadatumName', of.metadatumName),
    optional('MetadatumAlterWert', of.metadatumAlterWert),
    optional('MetadatumNeuerWert', of.metadatumNeuerWert),
    text('Akteur', of.akteur),
    dateTime('DatumUhrzeit', of.at),
    optional('Bemerkung', of.bemerkung),
    text('Aktion', of.aktion),
  ]);
}

function dokumentVersion(of: Version, version: XdomeaVersion): XmlElement {
  return element('Version', [text('Nummer', of.nummer), ...of.formate.map((each) => format(each, version))]);
}

function format(of: Format, { codelists }: XdomeaVersion): XmlElement {
  const { primaerdokument: datei } = of;
  return element('Format', [
    code('Name', codelists.dateiformat, of.code),
    optional('SonstigerName', of.sonstigerName),
    text('Version', of.version),
    element('Primaerdokument', [
      text('Dateiname', datei.dateiname),
      optional('DateinameOriginal', datei.dateinameOriginal?.normalize('NFC')),
      optional('Ersteller', datei.ersteller),
      datei.at && dateTime('DatumUhrzeit', datei.at),
    ]),
  ]);
}
