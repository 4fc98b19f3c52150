import { type Fachdatenfeld, type Fachdatenobjekt, displayName } from '@ozg-hub/submission';
import type { AnwendungsspezifischeErweiterung, Feld, Feldgruppe } from '@ozg-hub/xdomea';

/** The Fachdaten inside the message: one Feldgruppe per Objekt, nested where civento nests. */
export function fachdatenErweiterung(
  fachdaten: readonly Fachdatenobjekt[],
  vorgang: string | undefined,
): AnwendungsspezifischeErweiterung {
  return {
    kennung: 'ozg-hub.fachdaten',
    name: 'Fachdaten des Antrags',
    versionsnummer: '1.0',
    gruppen: fachdaten.map((objekt) => gruppe(objekt.name, objekt.label, objekt.fields)),
    felder: vorgang ? [{ name: 'Vorgang', datentyp: 'string', wert: vorgang }] : [],
  };
}

function gruppe(name: string, label: string | undefined, fields: readonly Fachdatenfeld[]): Feldgruppe {
  return {
    name,
    beschreibung: label ?? name,
    gruppen: fields.flatMap((field): Feldgruppe[] => {
      if (field.type === 'OBJECT') return [gruppe(field.name, field.label, field.fields)];
      if (field.type !== 'LIST') return [];
      return field.items.map((item, index) => gruppe(`${field.name} ${index + 1}`, field.label, item));
    }),
    felder: fields.flatMap(feld),
  };
}

function feld(field: Fachdatenfeld): Feld[] {
  const one = (datentyp: string, wert: string): Feld[] => [
    { name: field.name, ...(field.label ? { beschreibung: field.label } : {}), datentyp, wert },
  ];
  switch (field.type) {
    case 'OBJECT':
    case 'LIST':
      return [];
    case 'INTEGER':
      return one('integer', field.value);
    case 'DATE':
      return one('date', field.value);
    case 'BOOLEAN':
      return one('boolean', String(field.value));
    case 'CHOICE':
      return one('string', field.valueLabel ?? field.value);
    case 'ANLAGEN':
      return field.value.length > 0 ? one('string', field.value.join(', ')) : [];
    case 'PERSONENDATENSATZ':
      return one('string', displayName(field.value));
    case 'ADRESSDATENSATZ': {
      const { strasse, hausnummer, hausnummernzusatz, postleitzahl, ort } = field.value;
      const street = [strasse, [hausnummer, hausnummernzusatz].filter(Boolean).join('')].filter(Boolean).join(' ');
      return one('string', [street, [postleitzahl, ort].filter(Boolean).join(' ')].filter(Boolean).join(', '));
    }
    default:
      return one('string', field.value);
  }
}
