import { type CodeList, codeList } from './code-list.ts';

const xdomea = (name: string) => `urn:xoev-de:xdomea:codeliste:${name}`;

/** General results and technical failures; 0000000 is the only one that means success. */
const allgemeineRueckmeldung = codeList(
  xdomea('allgemeinerueckmeldung'),
  '1.1',
  `
  0000000 Erfolgreich ausgeführt.
  0000001 Das DMS war nicht erreichbar oder hat nicht rechtzeitig geantwortet.
  0000002 Die Verbindung zum DMS ist abgebrochen.
  0000003 Das DMS kennt die angegebene Kennung nicht.
  0000004 Dem Benutzer oder der Rolle fehlt im DMS das Recht für diese Nachricht.
  0000005 Das DMS kennt die ID des Fachverfahrens nicht.
  0000006 Das DMS kennt die ID der Verwaltung nicht.
  0000007 Die Sitzung beim DMS ist ungültig oder unbekannt.
  0000008 Die Nachricht an das DMS entspricht nicht dem Schema.
  0000009 Das DMS hat diese Nachricht schon verarbeitet.
  0000010 Die Stapellänge in der Nachricht an das DMS ist 0 oder kleiner.
  0000011 Die Stapellänge ist größer als 1; das ist im Dialog mit dem DMS nicht zulässig.
  0000012 Die Stapellänge ist kleiner als 1; das ist im Stapel an das DMS nicht zulässig.
  0000013 Die Stapellänge in der Nachricht an das DMS passt nicht zur Zahl der Objekte.
  0000014 Der Stapel an das DMS ist syntaktisch falsch.
  0000015 Die Übertragung an das DMS war fehlerhaft.
  0000016 Das Verzeichnis für die Übergabe an das DMS ist ungültig.
  0000017 Die URL für die Übergabe an das DMS ist ungültig.
  0000018 Das DMS hat eine Datei nicht gefunden.
  0000019 Das DMS erreicht die Datenbanktabelle nicht.
  0000499 Unbekannter Fehler auf dem Weg zum DMS.
  0000501 Das Fachverfahren war nicht erreichbar oder hat nicht rechtzeitig geantwortet.
  0000502 Die Verbindung zum Fachverfahren ist abgebrochen.
  0000503 Das Fachverfahren kennt die angegebene Kennung nicht.
  0000504 Dem Benutzer fehlt im Fachverfahren das Recht für diese Nachricht.
  0000505 Die ID des Fachverfahrens ist dort nicht bekannt.
  0000506 Das Fachverfahren kennt die ID der Verwaltung nicht.
  0000507 Die Sitzung beim Fachverfahren ist ungültig oder unbekannt.
  0000508 Die Nachricht an das Fachverfahren entspricht nicht dem Schema.
  0000509 Das Fachverfahren hat diese Nachricht schon verarbeitet.
  0000510 Die Stapellänge in der Nachricht an das Fachverfahren ist 0 oder kleiner.
  0000511 Die Stapellänge in der Nachricht an das Fachverfahren passt nicht zur Zahl der Objekte.
  0000512 Der Stapel an das Fachverfahren ist syntaktisch falsch.
  0000513 Die Übertragung an das Fachverfahren war fehlerhaft.
  0000514 Das Verzeichnis für die Übergabe an das Fachverfahren ist ungültig.
  0000515 Die URL für die Übergabe an das Fachverfahren ist ungültig.
  0000516 Das Fachverfahren hat eine Datei nicht gefunden.
  0000999 Unbekannter Fehler auf dem Weg zum Fachverfahren.
  `,
);

/** What a DMS may say against a 0605. The messages 0629 and 0630 have no list of their own. */
const spezifischeFehlermeldung0605 = codeList(
  xdomea('spezifischefehlermeldung0605'),
  '1.0',
  `
  0605001 Das DMS kennt den Container nicht, in den abgelegt werden soll.
  0605002 Das Verzeichnis ist ungültig.
  0605003 Die URL ist ungültig.
  0605004 Eine Datei wurde nicht gefunden.
  0605005 Das DMS konnte eine Datei nicht ablegen.
  0605006 Der Name eines Metadatums enthält ungültige Zeichen.
  0605007 Der Wert eines Metadatums enthält ungültige Zeichen.
  0605008 Die Beschreibung eines Metadatums enthält ungültige Zeichen.
  `,
);

const medium = codeList(xdomea('medium'), '1.0', '001 elektronisch\n002 hybrid\n003 Papier');

const vertraulichkeitsstufe = codeList(
  xdomea('vertraulichkeitsstufe'),
  '1.0',
  '001 geheim\n002 nur für den Dienstgebrauch\n003 offen\n004 streng geheim\n005 vertraulich',
);

const anschriftstyp = codeList(
  xdomea('anschriftstyp'),
  '1.0',
  '001 aktuelle Anschrift\n002 Hauptsitz oder Hauptwohnung\n003 Zweitsitz oder Nebenwohnung',
);

const erreichbarkeit = codeList(
  'urn:de:xoev:codeliste:erreichbarkeit',
  '3',
  `
  01 E-Mail
  02 Festnetztelefon
  03 Mobiltelefon
  04 Fax
  05 Sofortnachrichten
  06 Funkruf
  07 anderer Weg
  08 De-Mail
  09 Webadresse
  `,
);

/** Types of XML Schema, the type of a Feld's value. */
const datentyp = codeList(
  xdomea('datentyp'),
  '1.1',
  [
    ...['anyURI', 'base64Binary', 'boolean', 'byte', 'date', 'dateTime', 'decimal', 'double', 'duration', 'ENTITIES'],
    ...['ENTITY', 'float', 'gDay', 'gMonth', 'gMonthDay', 'gYear', 'gYearMonth', 'hexBinary', 'ID', 'IDREF', 'IDREFS'],
    ...['int', 'integer', 'language', 'long', 'Name', 'NCNAME', 'negativeInteger', 'NMTOKEN', 'NMTOKENS'],
    ...[
      'nonNegativeInteger',
      'nonPositiveInteger',
      'normalizedString',
      'NOTATION',
      'positiveInteger',
      'QName',
      'short',
    ],
    ...['string', 'time', 'token', 'unsignedByte', 'unsignedInt', 'unsignedLong', 'unsignedShort', 'anySimpleType'],
  ]
    .map((name, index) => `${String(index + 1).padStart(3, '0')} ${name}`)
    .join('\n'),
);

/** Formats of primary files; which one a file gets, see {@link dateiformatOf}. */
const dateiformat = codeList(
  xdomea('dateiformat'),
  '1.0',
  `
  001 bmp (Windows Bitmap)
  002 csv (Werte mit Trennzeichen)
  003 doc (Word für Windows)
  004 doc (Word für DOS)
  005 doc (Word für Macintosh)
  006 eml (E-Mail)
  007 htm (HTML)
  008 html (HTML)
  009 jpe (JPEG)
  010 jpeg (JPEG)
  011 jpg (JPEG)
  012 msg (Outlook-Nachricht)
  013 odp (OpenDocument-Präsentation)
  014 ods (OpenDocument-Tabelle)
  015 odt (OpenDocument-Text)
  016 otp (Vorlage einer OpenDocument-Präsentation)
  017 ots (Vorlage einer OpenDocument-Tabelle)
  018 pdf (PDF)
  019 png (PNG)
  020 ppt (PowerPoint)
  021 ps (PostScript)
  022 rtf (Rich Text)
  023 tif (TIFF)
  024 tiff (TIFF)
  025 wps (Works)
  026 xlc (Excel-Diagramm)
  027 xlm (Excel-Makro)
  028 xls (Excel-Tabelle, BIFF)
  029 xlw (Excel-Arbeitsmappe, BIFF)
  030 xml (XML)
  031 xsd (XML Schema)
  032 dot (Word-Vorlage)
  033 pot (PowerPoint-Vorlage)
  034 xlt (Excel-Vorlage)
  035 docx (Office Open XML, Text)
  036 xlsx (Office Open XML, Tabelle)
  037 pptx (Office Open XML, Präsentation)
  038 dotx (Office Open XML, Textvorlage)
  039 xltx (Office Open XML, Tabellenvorlage)
  040 potx (Office Open XML, Präsentationsvorlage)
  041 dtd (DTD)
  042 mpp (Microsoft Project)
  043 ott (Vorlage eines OpenDocument-Texts)
  044 pdf (PDF/A)
  045 txt (Unicode-Text)
  100 sonstiges Format
  `,
);

/** The message types that this lib writes or reads; the official list has more. */
const nachrichtentyp = codeList(
  xdomea('nachrichtentyp'),
  '2.0',
  '0605 Schriftgutobjekt ablegen\n0629 Empfang bestätigen\n0630 Import bestätigen',
);

export interface CodeLists {
  readonly allgemeineRueckmeldung: CodeList;
  readonly spezifischeFehlermeldung0605: CodeList;
  readonly medium: CodeList;
  readonly vertraulichkeitsstufe: CodeList;
  readonly anschriftstyp: CodeList;
  readonly erreichbarkeit: CodeList;
  readonly datentyp: CodeList;
  readonly dateiformat: CodeList;
  readonly nachrichtentyp: CodeList;
  /** ISO 3166-1 alpha-2; only uri and version, the codes are not repeated here. */
  readonly staat: CodeList;
}

/** The code lists of xdomea 3.0.0 and 3.1.0, which are the same. */
export const codelists: CodeLists = {
  allgemeineRueckmeldung,
  spezifischeFehlermeldung0605,
  medium,
  vertraulichkeitsstufe,
  anschriftstyp,
  erreichbarkeit,
  datentyp,
  dateiformat,
  nachrichtentyp,
  staat: codeList('urn:xoev-de:kosit:codeliste:country-codes', '7', ''),
};
