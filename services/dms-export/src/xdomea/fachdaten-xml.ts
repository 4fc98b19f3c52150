import type { Anschrift, Envelope, Fachdatenfeld, Fachdatenobjekt, Person } from '@ozg-hub/submission';
import { type XmlElement, writeXml } from '@ozg-hub/xml';

const NAMESPACE = 'urn:ozg-hub:fachdaten:1.0';

/**
 * The Fachdaten as an XML document for the record: what the citizen declared, without what is not passed on.
 * @throws HUB_XML_CHARACTER naming the place of a character that XML forbids
 */
export function fachdatenXml(envelope: Envelope, fachdaten: readonly Fachdatenobjekt[]): string {
  return writeXml({
    name: 'Fachdaten',
    attributes: { xmlns: NAMESPACE },
    children: [
      { name: 'Leistung', children: [envelope.leistung] },
      envelope.vorgang === undefined ? undefined : { name: 'Vorgang', children: [envelope.vorgang] },
      { name: 'Eingang', children: [envelope.submittedAt] },
      { name: 'Antragsteller', children: [personElement(envelope.applicant)] },
      ...fachdaten.map((objekt) => ({
        name: 'Objekt',
        attributes: named(objekt),
        children: objekt.fields.map(feldElement),
      })),
    ],
  });
}

function feldElement(feld: Fachdatenfeld): XmlElement {
  const attributes = { ...named(feld), datentyp: feld.type };
  switch (feld.type) {
    case 'OBJECT':
      return { name: 'Feld', attributes, children: feld.fields.map(feldElement) };
    case 'LIST':
      return {
        name: 'Feld',
        attributes,
        children: feld.items.map((item) => ({ name: 'Eintrag', children: item.map(feldElement) })),
      };
    case 'ANLAGEN':
      return { name: 'Feld', attributes, children: feld.value.map((part) => ({ name: 'Anlage', children: [part] })) };
    case 'PERSONENDATENSATZ':
      return { name: 'Feld', attributes, children: [personElement(feld.value)] };
    case 'ADRESSDATENSATZ':
      return { name: 'Feld', attributes, children: [anschriftElement(feld.value)] };
    case 'CHOICE':
      return {
        name: 'Feld',
        attributes: feld.valueLabel ? { ...attributes, bezeichnung: feld.valueLabel } : attributes,
        children: [feld.value],
      };
    default:
      return { name: 'Feld', attributes, children: [String(feld.value)] };
  }
}

function personElement(person: Person): XmlElement {
  const { kind, anschrift, ...rest } = person;
  const vertreter = 'vertreter' in rest ? rest.vertreter : undefined;
  const texts = Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    name: kind === 'natuerlich' ? 'NatuerlichePerson' : 'JuristischePerson',
    children: [
      ...texts.map(([name, value]) => ({ name: capital(name), children: [value] })),
      anschrift ? anschriftElement(anschrift) : undefined,
      vertreter ? { name: 'Vertreter', children: [personElement(vertreter)] } : undefined,
    ],
  };
}

function anschriftElement(anschrift: Anschrift): XmlElement {
  return {
    name: 'Anschrift',
    children: Object.entries(anschrift)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, value]) => ({ name: capital(name), children: [value] })),
  };
}

function named({ name, label }: { name: string; label?: string | undefined }): Record<string, string> {
  return label ? { name, bezeichnung: label } : { name };
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
