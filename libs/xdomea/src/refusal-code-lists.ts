import { type CodeTable, codeTable } from './code-list.ts';

const ID = 'Das DMS kennt diese ID nicht.';
const FOLDER = 'Das Verzeichnis ist ungültig.';
const URL = 'Die URL ist ungültig.';
const FILE = 'Eine Datei wurde nicht gefunden.';
const NAME_CHARACTERS = 'Der Name eines Metadatums enthält ungültige Zeichen.';
const VALUE_CHARACTERS = 'Der Wert eines Metadatums enthält ungültige Zeichen.';
const TEXT_CHARACTERS = 'Die Beschreibung eines Metadatums enthält ungültige Zeichen.';
const NAME = 'Der Name des Metadatums ist ungültig.';
const OTHER_TEXT = 'Die Beschreibung des Metadatums ist eine andere.';
const OTHER_TYPE = 'Der Datentyp des Metadatums ist ein anderer.';
const OTHER_VALUE = 'Der Wert des Metadatums ist ein anderer.';
const NOT_OPENED = 'Das Objekt lässt sich nicht öffnen.';
const VERSION = 'Diese Version gibt es nicht.';
const NO_STATUS = 'Der Status lässt sich nicht abfragen.';
const PARAMETER_NAME = 'Der Name des Konfigurationsparameters ist ungültig.';
const PARAMETER_VALUE = 'Der Wert des Konfigurationsparameters ist ungültig.';

/** Lists whose version changed in 3.x; the others are 1.0 in both generations. */
const NEW_IN_3 = new Set(['0611', '0621', '0623', '0632']);

/** What a DMS may say against a message, by message. A code is the message and the position in its list. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  '0601': [ID, FOLDER, URL, FILE, 'Es lässt sich keine neue Version erstellen.', NAME_CHARACTERS, VALUE_CHARACTERS],
  '0602': [ID, NOT_OPENED, VERSION],
  '0603': [ID, NOT_OPENED, VERSION],
  '0604': [
    'Das DMS kennt den Container nicht.',
    'Diese Art von Schriftgutobjekt gibt es im DMS nicht.',
    'Das DMS konnte das Schriftgutobjekt nicht anlegen.',
    NOT_OPENED,
    NAME_CHARACTERS,
    VALUE_CHARACTERS,
    TEXT_CHARACTERS,
  ],
  '0605': [
    'Das DMS kennt den Container nicht, in den abgelegt werden soll.',
    FOLDER,
    URL,
    FILE,
    'Das DMS konnte eine Datei nicht ablegen.',
    NAME_CHARACTERS,
    VALUE_CHARACTERS,
    TEXT_CHARACTERS,
  ],
  '0606': [
    ID,
    'Den Drucker gibt es nicht.',
    'Der Drucker ist nicht bereit.',
    'Diese Art von untergeordnetem Objekt gibt es nicht.',
    'Der Druck ist fehlgeschlagen.',
    VERSION,
  ],
  '0607': [ID, 'Der Eintrag enthält ungültige Zeichen.', 'Das DMS konnte den Eintrag nicht anlegen.'],
  '0608': ['Diese Art von Suche kennt das DMS nicht.'],
  '0609': [
    ID,
    NAME,
    'Die Beschreibung des Metadatums ist ungültig.',
    'Den Datentyp des Metadatums gibt es nicht.',
    'Der Wert des Metadatums ist ungültig.',
    'Das Metadatum lässt sich nicht anlegen.',
    'Der Datentyp des Metadatums fehlt.',
    'Der Wert des Metadatums fehlt.',
  ],
  '0610': [
    ID,
    NAME,
    'Die Beschreibung des Metadatums ist ungültig.',
    'Der Wert des Metadatums ist ungültig.',
    'Das Metadatum lässt sich nicht ändern.',
    OTHER_TYPE,
    'Der Wert des Metadatums fehlt.',
  ],
  '0611': [ID, NAME, 'Das Metadatum lässt sich nicht lesen.', OTHER_TEXT, OTHER_TYPE, OTHER_VALUE],
  '0612': [ID, NAME, 'Das Metadatum lässt sich nicht löschen.', OTHER_TEXT, OTHER_TYPE, OTHER_VALUE],
  '0613': [ID, 'Das Objekt lässt sich nicht zum Löschen markieren.'],
  '0614': [ID, 'Das Objekt ist nicht zum Löschen markiert.', 'Die Löschmarkierung lässt sich nicht aufheben.'],
  '0615': [ID, 'Das Objekt lässt sich nicht löschen.'],
  '0616': [ID, NO_STATUS],
  '0617': [ID, 'Das Objekt lässt sich nicht als ungültig kennzeichnen.'],
  '0618': ['Das DMS kennt den Datensatz nicht.', 'Mindestens ein Objekt lässt sich nicht löschen.'],
  '0619': ['Die Nachrichten lassen sich nicht abfragen.', 'Es liegt keine Nachricht vor.'],
  '0620': [
    'Wer vertreten werden soll, ist nicht bekannt.',
    'Wer vertreten soll, ist nicht bekannt.',
    'Die Vertretung besteht schon.',
    'Die Vertretung ist schon beendet.',
    'Die Vertretung lässt sich nicht einrichten.',
    'Die Vertretung lässt sich nicht beenden.',
  ],
  '0621': ['Der Benutzer oder die Rolle ist nicht bekannt.', NO_STATUS],
  '0622': [
    ID,
    'Wer zuständig werden soll, ist nicht bekannt.',
    'Wer bisher zuständig war, ist nicht bekannt.',
    'Die aufnehmende Aktenplaneinheit ist nicht bekannt.',
    'Die aufnehmende Akte ist nicht bekannt.',
    'Die abgebende Aktenplaneinheit ist nicht bekannt.',
    'Die abgebende Akte ist nicht bekannt.',
    NAME_CHARACTERS,
    TEXT_CHARACTERS,
    VALUE_CHARACTERS,
    'Die Zuständigkeit lässt sich nicht ändern.',
  ],
  '0623': [
    ID,
    FOLDER,
    URL,
    'Das Protokoll lässt sich nicht als Datei ablegen.',
    'Das Protokoll lässt sich nicht als Geschäftsgang ablegen.',
    'Die Daten des Geschäftsgangs sind syntaktisch falsch.',
    'Die Protokolleinträge lassen sich nicht anlegen.',
  ],
  '0624': [ID, 'Die zdA-Verfügung lässt sich nicht ausführen.'],
  '0625': ['Diesen Status kennt das System nicht.', NO_STATUS],
  '0626': [PARAMETER_NAME, PARAMETER_VALUE, 'Den Datentyp gibt es nicht.'],
  '0627': [
    PARAMETER_NAME,
    PARAMETER_VALUE,
    'Der Konfigurationsparameter lässt sich nicht ändern.',
    'Der Datentyp des Konfigurationsparameters ist ein anderer.',
  ],
  '0628': [PARAMETER_NAME, 'Der Konfigurationsparameter lässt sich nicht lesen.'],
  '0631': [ID, VERSION],
  '0632': [ID, 'Die zdA-Verfügung lässt sich nicht aufheben.'],
};

/** By message; 0629 and 0630 have no list of their own. */
export const spezifischeFehlermeldungen: Readonly<Record<string, CodeTable>> = Object.fromEntries(
  Object.entries(reasons).map(([message, texts]) => [
    message,
    codeTable(
      `spezifischefehlermeldung${message}`,
      { 2: '1.0', 3: NEW_IN_3.has(message) ? '1.1' : '1.0' },
      texts.map((text, index) => `${message}${String(index + 1).padStart(3, '0')} ${text}`).join('\n'),
    ),
  ]),
);
