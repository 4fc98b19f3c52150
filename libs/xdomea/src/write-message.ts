import { berlinDateTime } from '@ozg-hub/core';
import type { XmlElement } from '@ozg-hub/xml';
import { type Child, date, element, flag, optional, text } from './elements.ts';
import { type WriteNote, type WriteOptions, finishMessage } from './finish-message.ts';
import { kopf, kopfAuftrag } from './kopf.ts';
import { kontakt } from './kontakt.ts';
import type {
  AbgabeMessage,
  AblageObjekt,
  AuftragMessage,
  DokumentZumAktualisieren,
  ErstellObjekt,
  Message,
  Protokolleintrag,
  SgoAblegen,
} from './messages.ts';
import { dokument, schriftgutobjekt } from './schriftgut.ts';
import { type MessageName, type XdomeaVersion, messageNames, xdomeaVersion } from './versions.ts';

export interface WrittenMessage {
  readonly name: MessageName;
  readonly xml: string;
  /** Where the message says less or otherwise than it was asked to; for the trail. */
  readonly notes: readonly WriteNote[];
}

/**
 * A message as an XML document (UTF-8 with declaration, prefix `xdomea`, no default namespace). Validate it before it
 * leaves: this function follows the schema's order, but ids and file names are the caller's.
 * @throws HUB_XDOMEA_VERSION; HUB_XDOMEA_CHARACTER, HUB_XDOMEA_EMPTY and HUB_XDOMEA_VALUE with the places
 */
export function writeMessage(message: Message, options: WriteOptions = {}): WrittenMessage {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const name = messageNames[message.nachricht];
  const children = message.nachricht === '0401' ? abgabe(message, version) : auftrag(message, version);
  return { name, ...finishMessage(element(name, children), version, options.characters) };
}

/** {@link writeMessage} for a 0605 with one object; gives the document alone. */
export function writeSgoAblegen(message: SgoAblegen, options: WriteOptions = {}): string {
  return writeMessage(asMessage(message), options).xml;
}

/** The 0605 with one object as a message. */
export function asMessage(message: SgoAblegen): AuftragMessage {
  return { ...message, nachricht: '0605', objekte: [message] };
}

function auftrag(message: AuftragMessage, version: XdomeaVersion): XmlElement[] {
  const { nachricht, objekte } = message;
  const stapel = message.stapel ?? objekte.length !== 1;
  const { name, contents } = objekteOf(message, version);
  return [
    kopfAuftrag(message, nachricht, { stapel, length: objekte.length }, version),
    ...contents.map((content, index) => {
      const nummer = objekte[index]?.nummerImStapel ?? (stapel ? index + 1 : undefined);
      return element(name, [optional('NummerImStapel', nummer?.toString()), ...content]);
    }),
  ];
}

/** Name of the elements that carry the objects, and what stands in each after its number. */
function objekteOf(message: AuftragMessage, version: XdomeaVersion): { name: string; contents: Child[][] } {
  switch (message.nachricht) {
    case '0601':
      return {
        name: 'DokumentZumAktualisieren',
        contents: message.objekte.map((each) => aktualisieren(each, version)),
      };
    case '0604':
      return {
        name: 'SchriftgutobjektZumErstellen',
        contents: message.objekte.map((each) => erstellen(each, version)),
      };
    case '0605':
      return { name: 'SchriftgutobjektZumAblegen', contents: message.objekte.map((each) => ablegen(each, version)) };
    case '0607':
      return { name: 'ProtokolleintragZumErstellen', contents: message.objekte.map((each) => eintrag(each, version)) };
    case '0624':
      return {
        name: 'SchriftgutobjektZumZDAVerfuegen',
        contents: message.objekte.map(({ idSgo }) => [text('IDSGO', idSgo)]),
      };
  }
}

function neuesObjekt(of: AblageObjekt | ErstellObjekt, version: XdomeaVersion): Child[] {
  return [
    text('FachverfahrenObjektID', of.fachverfahrenObjektId),
    optional('IDContainer', of.idContainer),
    element('Schriftgutobjekt', [schriftgutobjekt(of, version)]),
  ];
}

function ablegen(of: AblageObjekt, version: XdomeaVersion): Child[] {
  return [...neuesObjekt(of, version), text('Ablageort', of.ablageort ?? '.')];
}

function erstellen(of: ErstellObjekt, version: XdomeaVersion): Child[] {
  return [
    ...neuesObjekt(of, version),
    of.oeffnen === undefined ? undefined : flag('SGOOeffnen', of.oeffnen),
    optional('Client', of.client),
  ];
}

function aktualisieren(of: DokumentZumAktualisieren, version: XdomeaVersion): Child[] {
  return [
    text('IDDokument', of.idDokument),
    text('Ablageort', of.ablageort ?? '.'),
    flag('NeueVersionErstellen', of.neueVersion ?? true),
    dokument('Dokument', of.dokument, version),
  ];
}

/** 2.4 wants a Kontakt where 3.x has a name. */
function eintrag(of: Protokolleintrag, version: XdomeaVersion): Child[] {
  const { bearbeiter, at, idSgo, notiz } = of;
  return [
    text('IDSGO', idSgo),
    element('Protokolleintrag', [
      version.generation === 2
        ? kontakt('Bearbeiter', { name: { familienname: bearbeiter } }, version)
        : text('Bearbeiter', bearbeiter),
      date('Datum', at),
      text('Uhrzeit', berlinDateTime(at).slice('YYYY-MM-DDT'.length)),
      text('Notiz', notiz),
    ]),
  ];
}

function abgabe(message: AbgabeMessage, version: XdomeaVersion): Child[] {
  const { receiptWanted, anschreiben, objekte } = message;
  return [
    element('Kopf', [
      ...kopf(message, '0401', version),
      flag('Importbestaetigung', true),
      version.generation === 2 ? undefined : flag('Empfangsbestaetigung', receiptWanted),
    ]),
    anschreiben && dokument('Anschreiben', anschreiben, version),
    ...objekte.map((each) => element('Schriftgutobjekt', [schriftgutobjekt(each, version)])),
  ];
}
