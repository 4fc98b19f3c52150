import type { XmlElement } from '@ozg-hub/xml';
import { code, date, element, optional, text } from './elements.ts';
import { xdomeaErrors } from './errors.ts';
import type { AnwendungsspezifischeErweiterung, Feld, Feldgruppe } from './model.ts';
import type { XdomeaVersion } from './versions.ts';

/** AnwendungsspezifischeErweiterungType: groups may nest, below the top they are called Unterfeldgruppe. */
export function erweiterung(of: AnwendungsspezifischeErweiterung, version: XdomeaVersion): XmlElement {
  return element('AnwendungsspezifischeErweiterung', [
    text('Kennung', of.kennung),
    text('Name', of.name),
    optional('Beschreibung', of.beschreibung),
    optional('Versionsnummer', of.versionsnummer),
    date('Versionsdatum', of.versionsdatum),
    ...(of.gruppen ?? []).map((each) => feldgruppe('Feldgruppe', each, version)),
    ...(of.felder ?? []).map((each) => feld('Feld', each, version)),
  ]);
}

function feldgruppe(name: 'Feldgruppe' | 'Unterfeldgruppe', of: Feldgruppe, version: XdomeaVersion): XmlElement {
  return element(name, [
    text('Name', of.name),
    text('Beschreibung', of.beschreibung),
    ...(of.gruppen ?? []).map((each) => feldgruppe('Unterfeldgruppe', each, version)),
    ...(of.felder ?? []).map((each) => feld('Feld', each, version)),
  ]);
}

/** FeldType; also the AllgemeinerRueckgabeparameter of a 0630. */
export function feld(name: string, of: Feld, version: XdomeaVersion): XmlElement {
  return element(name, [
    text('Name', of.name),
    optional('Beschreibung', of.beschreibung),
    of.datentyp === undefined
      ? undefined
      : code('Datentyp', version.codelists.datentyp, datentypCode(of.datentyp, version)),
    optional('Wert', of.wert),
  ]);
}

function datentypCode(name: string, { codelists }: XdomeaVersion): string {
  for (const [value, typeName] of codelists.datentyp.entries) if (typeName === name) return value;
  throw xdomeaErrors.HUB_XDOMEA_VALUE({
    places: [
      { path: 'AnwendungsspezifischeErweiterung//Feld/Datentyp', message: 'is not a type of the list datentyp' },
    ],
  });
}
