import { codeTable } from './code-list.ts';

const unchanged = { 2: '1.0', 3: '1.0' };

export const medium = codeTable('medium', unchanged, '001 elektronisch\n002 hybrid\n003 Papier');

export const vertraulichkeitsstufe = codeTable(
  'vertraulichkeitsstufe',
  unchanged,
  '001 geheim\n002 nur für den Dienstgebrauch\n003 offen\n004 streng geheim\n005 vertraulich',
);

/** For the archive: A, B and V are the codes themselves. */
export const aussonderungsart = codeTable('aussonderungsart', unchanged, 'A archivieren\nB bewerten\nV vernichten');

export const bewertungsvorschlag = codeTable('bewertungsvorschlag', unchanged, 'A archivieren\nV vernichten');

export const schriftgutobjekttyp = codeTable('schriftgutobjekttyp', unchanged, '001 Akte\n002 Dokument\n003 Vorgang');

export const beteiligungsstatus = codeTable(
  'beteiligungsstatus',
  { 2: '1.0', 3: '1.1' },
  '001 steht bevor\n002 läuft\n003 abgeschlossen\n004 übersprungen',
);

export const anschriftstyp = codeTable(
  'anschriftstyp',
  unchanged,
  '001 aktuelle Anschrift\n002 Hauptsitz oder Hauptwohnung\n003 Zweitsitz oder Nebenwohnung',
);

/** Ways to reach somebody, in 3.x. */
export const erreichbarkeit = codeTable(
  'urn:de:xoev:codeliste:erreichbarkeit',
  { 3: '3' },
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

/** Ways to reach somebody, in 2.4. */
export const kommunikationsart = codeTable(
  'kommunikationsart',
  { 2: '1.0' },
  `
  001 E-Mail
  002 Festnetztelefon
  003 Mobiltelefon
  004 Fax
  005 Sofortnachrichten
  006 Funkruf
  007 Webadresse
  008 E-Mail einer Institution
  009 Festnetztelefon einer Institution
  010 Fax einer Institution
  011 Webadresse einer Institution
  012 anderer Weg
  `,
);

/** ISO 3166-1 alpha-2, and XK. Both generations refer to the list without fixing its version. */
export const staat = codeTable(
  'urn:xoev-de:kosit:codeliste:country-codes',
  { 2: '7', 3: '7' },
  [
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD',
    'CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF',
    'GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN',
    'KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA',
    'NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI',
    'SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI',
    'VN VU WF WS XK YE YT ZA ZM ZW',
  ]
    .flatMap((line) => line.split(' '))
    .map((code) => `${code} ${code}`)
    .join('\n'),
);

/** Types of XML Schema, the type of a Feld's value. */
export const datentyp = codeTable(
  'datentyp',
  { 2: '1.0', 3: '1.1' },
  [
    ...['anyURI', 'base64Binary', 'boolean', 'byte', 'date', 'dateTime', 'decimal', 'double', 'duration', 'ENTITIES'],
    ...['ENTITY', 'float', 'gDay', 'gMonth', 'gMonthDay', 'gYear', 'gYearMonth', 'hexBinary', 'ID', 'IDREF', 'IDREFS'],
    ...['int', 'integer', 'language', 'long', 'Name', 'NCNAME', 'negativeInteger', 'NMTOKEN', 'NMTOKENS'],
    ...['nonNegativeInteger', 'nonPositiveInteger', 'normalizedString', 'NOTATION', 'positiveInteger', 'QName'],
    ...['short', 'string', 'time', 'token', 'unsignedByte', 'unsignedInt', 'unsignedLong', 'unsignedShort'],
    'anySimpleType',
  ]
    .map((name, index) => `${String(index + 1).padStart(3, '0')} ${name}`)
    .join('\n'),
);

/** Formats of primary files; which one a file gets, see {@link dateiformatOf}. 3.x does not fix the list's version. */
export const dateiformat = codeTable(
  'dateiformat',
  unchanged,
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
