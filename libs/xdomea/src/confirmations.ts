import { writeXml } from '@ozg-hub/xml';
import type { XmlElement } from '@ozg-hub/xml';
import { checked, code, element, flag, group, optional, text } from './elements.ts';
import { feld } from './erweiterung.ts';
import type { Kopf } from './model.ts';
import { kopf } from './sgo-ablegen.ts';
import { type XdomeaVersion, messageNames, xdomeaVersion } from './versions.ts';

/** Message 0629: the message with this ProzessID has arrived. */
export function writeEmpfangBestaetigen(message: Kopf, options: { version?: string } = {}): string {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const root = element(messageNames['0629'], [element('Kopf', kopf(message, '0629', version))]);
  return writeXml(checked(root, version.namespace));
}

/** A code that the DMS answers with, or free text where no list has one. */
export type RueckmeldungToWrite =
  { readonly allgemein: string } | { readonly spezifisch0605: string } | { readonly sonstige: string };

/** One Rueckgabeparameter: one parameter of one object. */
export interface RueckgabeparameterToWrite {
  readonly nummerImStapel?: number;
  /** UUID of the object in the DMS. */
  readonly idSgo?: string;
  readonly parameter: { readonly name: string; readonly wert?: string };
  readonly erfolgreich: boolean;
  /** General codes are not allowed here, only on the level of the message. */
  readonly rueckmeldungen?: readonly Exclude<RueckmeldungToWrite, { allgemein: string }>[];
}

export interface ImportBestaetigen extends Kopf {
  readonly fvSessionId?: string;
  /** At least one. */
  readonly rueckmeldungen: readonly RueckmeldungToWrite[];
  readonly rueckgabeparameter?: readonly RueckgabeparameterToWrite[];
}

/** Message 0630: what became of the objects of the message with this ProzessID. */
export function writeImportBestaetigen(message: ImportBestaetigen, options: { version?: string } = {}): string {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const root = element(messageNames['0630'], [
    element('Kopf', [...kopf(message, '0630', version), text('FVSessionID', message.fvSessionId ?? '-')]),
    element('ErfolgOderMisserfolg', [
      ...message.rueckmeldungen.map((each) => rueckmeldung(each, version)),
      ...(message.rueckgabeparameter ?? []).map((each) => rueckgabeparameter(each, version)),
    ]),
  ]);
  return writeXml(checked(root, version.namespace));
}

function rueckgabeparameter(of: RueckgabeparameterToWrite, version: XdomeaVersion): XmlElement {
  return element('Rueckgabeparameter', [
    optional('NummerImStapel', of.nummerImStapel?.toString()),
    optional('IDSGO', of.idSgo),
    group('Parameter', [feld('AllgemeinerRueckgabeparameter', of.parameter, version)]),
    flag('Erfolgreich', of.erfolgreich),
    ...(of.rueckmeldungen ?? []).map((each) => rueckmeldung(each, version)),
  ]);
}

function rueckmeldung(of: RueckmeldungToWrite, { codelists }: XdomeaVersion): XmlElement {
  if ('allgemein' in of) {
    return element('Rueckmeldung', [code('AllgemeineRueckmeldung', codelists.allgemeineRueckmeldung, of.allgemein)]);
  }
  if ('spezifisch0605' in of) {
    const list = codelists.spezifischeFehlermeldung0605;
    return element('Rueckmeldung', [code('SpezifischeFehlermeldung0605', list, of.spezifisch0605)]);
  }
  return element('Rueckmeldung', [text('SonstigeFehlermeldung', of.sonstige)]);
}
