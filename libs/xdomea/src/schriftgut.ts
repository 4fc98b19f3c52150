import type { XmlElement } from '@ozg-hub/xml';
import { type Child, code, date, dateTime, element, flag, group, onlyIf, optional, text } from './elements.ts';
import { erweiterung } from './erweiterung.ts';
import { kontakt } from './kontakt.ts';
import type { Schriftgutobjekt } from './messages.ts';
import type {
  Akte,
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

export function schriftgutobjekt(of: Schriftgutobjekt, version: XdomeaVersion): XmlElement {
  if (of.akte) return akte(of.akte, version);
  return of.vorgang ? vorgang(of.vorgang, version) : dokument('Dokument', of.dokument, version);
}

function akte(of: Akte, version: XdomeaVersion): XmlElement {
  return element('Akte', [
    identifikation(of.identifikation),
    metadaten(of.metadaten, version),
    archiv(of.archiv, version),
    optional('Standort', of.standort),
    optional('Typ', of.typ),
    group('Laufzeit', [date('Beginn', of.laufzeit?.beginn), date('Ende', of.laufzeit?.ende)]),
    ...(of.historie ?? []).map((each) => historie(each, version)),
    group('Akteninhalt', [
      ...(of.dokumente ?? []).map((each) => dokument('Dokument', each, version)),
      ...(of.vorgaenge ?? []).map((each) => vorgang(each, version)),
    ]),
    ...(of.kontakte ?? []).map((each) => kontakt('Kontakt', each, version)),
    of.erweiterung && erweiterung(of.erweiterung, version),
  ]);
}

/** VorgangType; the order of children is the order of the schema's sequence, as everywhere here. */
function vorgang(of: Vorgang, version: XdomeaVersion): XmlElement {
  return element('Vorgang', [
    identifikation(of.identifikation),
    metadaten(of.metadaten, version),
    archiv(of.archiv, version),
    optional('Aktenbetreff', of.aktenbetreff),
    optional('Typ', of.typ),
    group('Laufzeit', [date('Beginn', of.laufzeit?.beginn), date('Ende', of.laufzeit?.ende)]),
    ...(of.historie ?? []).map((each) => historie(each, version)),
    ...(of.dokumente ?? []).map((each) => dokument('Dokument', each, version)),
    ...(of.kontakte ?? []).map((each) => kontakt('Kontakt', each, version)),
    of.erweiterung && erweiterung(of.erweiterung, version),
  ]);
}

/** DokumentType, and with the Anlagennummer at its end AnlageDokumentType. */
export function dokument(
  name: 'Dokument' | 'Anlage' | 'Anschreiben',
  of: Dokument | Anlage,
  version: XdomeaVersion,
): XmlElement {
  const weitere = (of.weitereKontakte ?? []).map((each) => kontakt('WeitererKontakt', each, version));
  const erweiterungen = (of.erweiterungen ?? []).map((each) => erweiterung(each, version));
  return element(name, [
    identifikation(of.identifikation),
    metadaten(of.metadaten, version),
    optional('FremdesGeschaeftszeichen', of.fremdesGeschaeftszeichen),
    date('Posteingangsdatum', of.posteingangsdatum),
    date('Postausgangsdatum', of.postausgangsdatum),
    date('DatumDesSchreibens', of.datumDesSchreibens),
    optional('Bearbeiter', of.bearbeiter),
    optional('Typ', of.typ),
    ...(of.historie ?? []).map((each) => historie(each, version)),
    ...(of.versionen ?? []).map((each) => dokumentVersion(each, version)),
    ...(of.anlagen ?? []).map((each) => dokument('Anlage', each, version)),
    ...(of.absender ?? []).map((each) => kontakt('Absender', each, version)),
    ...(of.empfaenger ?? []).map((each) => kontakt('Empfaenger', each, version)),
    ...(version.generation === 2 ? erweiterungen.concat(weitere) : weitere.concat(erweiterungen)),
    'anlagennummer' in of ? optional('Nummer', of.anlagennummer) : undefined,
  ]);
}

function identifikation(of: Identifikation): XmlElement {
  return element('Identifikation', [
    text('ID', of.id),
    optional('NummerImUebergeordnetenContainer', of.nummer?.toString()),
  ]);
}

function metadaten(of: AllgemeineMetadaten | undefined, { codelists, generation }: XdomeaVersion): Child {
  if (!of) return undefined;
  const { vertraulichkeitsstufe: stufe, medium } = of;
  return group('AllgemeineMetadaten', [
    optional('Betreff', of.betreff),
    optional('Kennzeichen', of.kennzeichen),
    optional('Federfuehrung', of.federfuehrung),
    onlyIf(generation !== 2, optional('Aktenfuehrung', of.aktenfuehrung)),
    stufe && code('Vertraulichkeitsstufe', codelists.vertraulichkeitsstufe, STUFE[stufe]),
    optional('Bemerkung', of.bemerkung),
    medium && code('Medium', codelists.medium, MEDIUM[medium]),
    group('Aktenplaneinheit', [
      optional('Kennzeichen', of.aktenplaneinheit?.kennzeichen),
      optional('Inhaltsangabe', of.aktenplaneinheit?.inhaltsangabe),
      onlyIf(generation !== 2, optional('BetreffKurz', of.aktenplaneinheit?.betreffKurz)),
    ]),
  ]);
}

function archiv(of: ArchivspezifischeMetadaten | undefined, { codelists, generation }: XdomeaVersion): Child {
  if (!of) return undefined;
  const { aufbewahrungsdauer: dauer, aussonderungsart, aufbewahrungsende: ende } = of;
  const art = aussonderungsart && code('Aussonderungsart', codelists.aussonderungsart, aussonderungsart);
  if (generation === 2) {
    const jahre = dauer === undefined || dauer === 'unbefristet' ? undefined : String(dauer.jahre);
    return group('ArchivspezifischeMetadaten', [
      jahre === undefined
        ? onlyIf(false, dauer && element('Aufbewahrungsdauer', []))
        : text('Aufbewahrungsdauer', jahre),
      art,
      optional('Aufbewahrungsende', ende?.slice(0, 4)),
    ]);
  }
  const wert = dauer === 'unbefristet' ? flag('Unbefristet', true) : dauer && text('AnzahlJahre', String(dauer.jahre));
  return group('ArchivspezifischeMetadaten', [
    group('Aufbewahrungsdauer', [wert]),
    group('Aussonderungsart', [art]),
    date('Aufbewahrungsende', ende),
  ]);
}

function historie(of: HistorienProtokollInformation, { generation }: XdomeaVersion): XmlElement {
  const [name, before, after] =
    generation === 2
      ? ['Metadatum', 'AlterWert', 'NeuerWert']
      : ['MetadatumName', 'MetadatumAlterWert', 'MetadatumNeuerWert'];
  return element('HistorienProtokollInformation', [
    optional(name!, of.metadatumName),
    optional(before!, of.metadatumAlterWert),
    optional(after!, of.metadatumNeuerWert),
    text('Akteur', of.akteur),
    dateTime('DatumUhrzeit', of.at),
    optional('Bemerkung', of.bemerkung),
    text('Aktion', of.aktion),
  ]);
}

function dokumentVersion(of: Version, version: XdomeaVersion): XmlElement {
  return element('Version', [text('Nummer', of.nummer), ...of.formate.map((each) => format(each, version))]);
}

function format(of: Format, { codelists, generation }: XdomeaVersion): XmlElement {
  const { primaerdokument: datei } = of;
  const original = datei.dateinameOriginal?.normalize('NFC');
  const repeated = generation === 2 && original !== undefined && datei.dateiname.endsWith(`_${original}`);
  return element('Format', [
    code('Name', codelists.dateiformat, of.code),
    optional('SonstigerName', of.sonstigerName),
    text('Version', of.version),
    element('Primaerdokument', [
      text('Dateiname', datei.dateiname),
      onlyIf(generation !== 2, optional('DateinameOriginal', repeated ? undefined : original)),
      optional('Ersteller', datei.ersteller),
      datei.at && dateTime('DatumUhrzeit', datei.at),
    ]),
  ]);
}
