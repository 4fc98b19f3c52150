import type { XmlElement } from '@ozg-hub/xml';
import { type Child, code, element, flag, group, onlyIf, optional, text } from './elements.ts';
import { feld } from './erweiterung.ts';
import { xdomeaErrors } from './errors.ts';
import { type WriteOptions, finishMessage } from './finish-message.ts';
import { kopf, kopfFachverfahren } from './kopf.ts';
import type { Kopf } from './model.ts';
import { type MessageCode, type XdomeaVersion, messageNames, xdomeaVersion } from './versions.ts';

/** Message 0629: the message with this ProzessID has arrived. */
export function writeEmpfangBestaetigen(message: Kopf, options: WriteOptions = {}): string {
  return write('0629', options, (version) => [element('Kopf', kopfFachverfahren(message, '0629', version))]);
}

/** Message 0403: the 0401 with this ProzessID has arrived. @throws HUB_XDOMEA_VALUE for 2.4, which has none */
export function writeAbgabeEmpfangBestaetigen(message: Kopf, options: WriteOptions = {}): string {
  return write('0403', options, (version) => {
    if (version.generation === 2) throw xdomeaErrors.HUB_XDOMEA_VALUE({ detail: 'xdomea 2.4.0 has no message 0403.' });
    return [element('Kopf', kopf(message, '0403', version))];
  });
}

/** A code that the DMS answers with, or free text where no list has one. */
export type RueckmeldungToWrite =
  | { readonly allgemein: string }
  /** Begins with the number of the message that it answers, e.g. `0605005`. */
  | { readonly spezifisch: string }
  | { readonly sonstige: string };

/** One Rueckgabeparameter: one parameter of one object. */
export interface RueckgabeparameterToWrite {
  readonly nummerImStapel?: number;
  /** UUID of the object in the DMS; in 2.4 any text. */
  readonly idSgo?: string;
  readonly parameter: { readonly name: string; readonly wert?: string };
  readonly erfolgreich: boolean;
  /** General codes are not allowed here, only on the level of the message. 2.4 has them as a text. */
  readonly rueckmeldungen?: readonly Exclude<RueckmeldungToWrite, { allgemein: string }>[];
}

export interface ImportBestaetigen extends Kopf {
  readonly fvSessionId?: string;
  /** At least one; of several, 2.4 has only the first. */
  readonly rueckmeldungen: readonly RueckmeldungToWrite[];
  readonly rueckgabeparameter?: readonly RueckgabeparameterToWrite[];
}

/** Message 0630: what became of the objects of the message with this ProzessID. */
export function writeImportBestaetigen(message: ImportBestaetigen, options: WriteOptions = {}): string {
  return write('0630', options, (version) => {
    const rueckmeldungen = message.rueckmeldungen.map((each) => element('Rueckmeldung', [rueckmeldung(each, version)]));
    const parameters = message.rueckgabeparameter ?? [];
    return [
      element('Kopf', [
        ...kopfFachverfahren(message, '0630', version),
        text('FVSessionID', message.fvSessionId ?? '-'),
      ]),
      element('ErfolgOderMisserfolg', [
        ...rueckmeldungen.map((each, index) => onlyIf(version.generation !== 2 || index === 0, each)),
        ...parameters.map((each) =>
          version.generation === 2 ? rueckgabeparameter2(each, version) : rueckgabeparameter3(each, version),
        ),
      ]),
    ];
  });
}

/** What became of one object of a 0401. */
export interface AbgegebenesObjekt {
  /** The DMS's own id of the object. */
  readonly idSgo: string;
  readonly erfolgreich: boolean;
  readonly fehlermeldung?: string;
}

/** Message 0402: what became of the objects of the 0401. 2.4 has one verdict for all, and no ids. */
export function writeAbgabeImportBestaetigen(
  message: Kopf & { readonly objekte: readonly AbgegebenesObjekt[] },
  options: WriteOptions = {},
): string {
  return write('0402', options, (version) => {
    const { objekte } = message;
    const failed = objekte.find(({ erfolgreich }) => !erfolgreich);
    const head = element('Kopf', kopf(message, '0402', version));
    if (version.generation === 2) {
      const verdict = [flag('Erfolgreich', !failed), optional('Fehlermeldung', failed?.fehlermeldung)];
      return [head, element('ErfolgOderMisserfolg', verdict)];
    }
    const verdicts = objekte.map((each) =>
      element('AbgegebenesObjekt', [
        text('IDSGO', each.idSgo),
        flag('Erfolgreich', each.erfolgreich),
        optional('Fehlermeldung', each.fehlermeldung),
      ]),
    );
    return [head, ...verdicts];
  });
}

function write(nachricht: MessageCode, options: WriteOptions, build: (version: XdomeaVersion) => Child[]): string {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const root = element(messageNames[nachricht], build(version));
  return finishMessage(root, version, options.characters).xml;
}

function rueckgabeparameter3(of: RueckgabeparameterToWrite, version: XdomeaVersion): XmlElement {
  return element('Rueckgabeparameter', [
    optional('NummerImStapel', of.nummerImStapel?.toString()),
    optional('IDSGO', of.idSgo),
    group('Parameter', [feld('AllgemeinerRueckgabeparameter', of.parameter, version)]),
    flag('Erfolgreich', of.erfolgreich),
    ...(of.rueckmeldungen ?? []).map((each) => element('Rueckmeldung', [rueckmeldung(each, version)])),
  ]);
}

/** 2.4 has no codes here, only a text. */
function rueckgabeparameter2(of: RueckgabeparameterToWrite, version: XdomeaVersion): XmlElement {
  const texts = (of.rueckmeldungen ?? []).map((each) => {
    if ('sonstige' in each) return each.sonstige;
    const list = version.codelists.spezifischeFehlermeldungen[each.spezifisch.slice(0, 4)];
    return `${each.spezifisch} ${list?.entries.get(each.spezifisch) ?? ''}`.trim();
  });
  return element('Rueckgabeparameter', [
    group('Parameter', [feld('AllgemeinerRueckgabeparameter', of.parameter, version)]),
    flag('Erfolgreich', of.erfolgreich),
    optional('NummerImStapel', of.nummerImStapel?.toString()),
    optional('IDSGO', of.idSgo),
    optional('Hinweis', texts.join('; ')),
  ]);
}

function rueckmeldung(of: RueckmeldungToWrite, { codelists }: XdomeaVersion): XmlElement {
  if ('allgemein' in of) return code('AllgemeineRueckmeldung', codelists.allgemeineRueckmeldung, of.allgemein);
  if ('sonstige' in of) return text('SonstigeFehlermeldung', of.sonstige);
  const nachricht = of.spezifisch.slice(0, 4);
  const list = codelists.spezifischeFehlermeldungen[nachricht];
  if (!list) throw xdomeaErrors.HUB_XDOMEA_VALUE({ detail: 'No message has a code that begins like this.' });
  return code(`SpezifischeFehlermeldung${nachricht}`, list, of.spezifisch);
}
