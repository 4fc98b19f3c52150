import type { XmlElement } from '@ozg-hub/xml';
import { type Child, code, dateTime, element, flag, group, optional, text } from './elements.ts';
import { kontakt } from './kontakt.ts';
import type { Auftrag } from './messages.ts';
import type { Kopf, System } from './model.ts';
import type { MessageCode, XdomeaVersion } from './versions.ts';

/** NkBasisType: what every message says about itself. */
export function kopf(of: Kopf, nachricht: MessageCode, version: XdomeaVersion): Child[] {
  return [
    text('ProzessID', of.prozessId),
    code('Nachrichtentyp', version.codelists.nachrichtentyp, nachricht),
    dateTime('Erstellungszeitpunkt', of.createdAt),
    kontakt('Absender', of.sender, version),
    kontakt('Empfaenger', of.receiver, version),
    system('SendendesSystem', of.sendingSystem, version),
  ];
}

/** NkFVDatenType: as {@link kopf}, for messages between a Fachverfahren and a DMS. */
export function kopfFachverfahren(of: Kopf, nachricht: MessageCode, version: XdomeaVersion): Child[] {
  return [...kopf(of, nachricht, version), system('EmpfangendesSystem', of.receivingSystem, version)];
}

/** NkKeineRueckmeldungFVDatenType: as {@link kopfFachverfahren}, for messages to a DMS. */
export function kopfAuftrag(
  of: Auftrag,
  nachricht: MessageCode,
  batch: { readonly stapel: boolean; readonly length: number },
  version: XdomeaVersion,
): XmlElement {
  return element('Kopf', [
    ...kopfFachverfahren(of, nachricht, version),
    flag('Empfangsbestaetigung', of.receiptWanted),
    flag('Importbestaetigung', true),
    text('Erstellerkennung', of.creator ?? of.sendingSystem.produktname ?? ''),
    flag('Stapel', batch.stapel),
    text('Stapellaenge', String(batch.length)),
  ]);
}

/** 2.4 requires both systems: one that says nothing is found as empty there, and left out in 3.x. */
function system(name: string, of: System | undefined, { generation }: XdomeaVersion): Child {
  const build = generation === 2 ? element : group;
  return build(name, [
    optional('InstanzID', of?.instanzId),
    optional('Produktname', of?.produktname),
    optional('Version', of?.version),
  ]);
}
