import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { checked, code, dateTime, element, flag, group, optional, text } from './elements.ts';
import { kontakt } from './kontakt.ts';
import type { Kopf, SgoAblegen, System } from './model.ts';
import { dokument, vorgang } from './schriftgut.ts';
import { type MessageCode, type XdomeaVersion, messageNames, xdomeaVersion } from './versions.ts';

/**
 * Message 0605 as an XML document (UTF-8 with declaration, prefix `xdomea`, no default namespace).
 * Validate it before it leaves: this function follows the schema's order, but ids and file names are the caller's.
 * @throws HUB_XDOMEA_CHARACTER, HUB_XDOMEA_EMPTY and HUB_XDOMEA_VALUE with the places
 */
export function writeSgoAblegen(message: SgoAblegen, options: { version?: string } = {}): string {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const root = element(messageNames['0605'], [
    element('Kopf', [
      ...kopf(message, '0605', version),
      flag('Empfangsbestaetigung', message.receiptWanted),
      flag('Importbestaetigung', true),
      text('Erstellerkennung', message.creator ?? message.sendingSystem.produktname ?? ''),
      flag('Stapel', false),
      text('Stapellaenge', '1'),
    ]),
    element('SchriftgutobjektZumAblegen', [
      text('FachverfahrenObjektID', message.fachverfahrenObjektId),
      optional('IDContainer', message.idContainer),
      element('Schriftgutobjekt', [
        message.vorgang ? vorgang(message.vorgang, version) : dokument('Dokument', message.dokument, version),
      ]),
      optional('Ablageort', message.ablageort ?? '.'),
    ]),
  ]);
  return writeXml(checked(root, version.namespace));
}

/** NkFVDatenType: the part of the Kopf that all messages of this group share. */
export function kopf(of: Kopf, nachricht: MessageCode, version: XdomeaVersion): (XmlElement | undefined)[] {
  return [
    text('ProzessID', of.prozessId),
    code('Nachrichtentyp', version.codelists.nachrichtentyp, nachricht),
    dateTime('Erstellungszeitpunkt', of.createdAt),
    kontakt('Absender', of.sender, version),
    kontakt('Empfaenger', of.receiver, version),
    system('SendendesSystem', of.sendingSystem),
    system('EmpfangendesSystem', of.receivingSystem),
  ];
}

function system(name: string, of: System | undefined): XmlElement | undefined {
  return group(name, [
    optional('InstanzID', of?.instanzId),
    optional('Produktname', of?.produktname),
    optional('Version', of?.version),
  ]);
}
