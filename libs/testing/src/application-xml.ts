import type { Anlage, Application } from '@ozg-hub/civento';
import type { Anschrift, Fachdatenfeld, Fachdatenobjekt, NatuerlichePerson, Person } from '@ozg-hub/submission';
import { type XmlElement, writeXml } from '@ozg-hub/xml';

const NAMESPACE = 'urn:ozg-hub:civento:antrag:1.0';

/** What an application says; what is left out has the value of a first application of one summer's day. */
export type ApplicationSpec = Pick<Application, 'organisationseinheit' | 'prozessschluessel' | 'applicant'> &
  Partial<Application>;

type Child = XmlElement | string | undefined;

/** The application as XML of our own format, `schemas/civento/1.0`. */
export function buildApplication(spec: ApplicationSpec): string {
  const { fachdaten = [], anlagen = [] } = spec;
  return writeXml({
    name: 'Antrag',
    attributes: { xmlns: NAMESPACE },
    children: [
      element('Vorgang', [
        text('Ident', spec.vorgang),
        text('Art', spec.art ?? 'ERSTANTRAG'),
        text('LaufendeNummer', String(spec.laufendeNummer ?? 1)),
        text('Hauptvorgang', spec.hauptvorgang),
        text('Eingangszeitpunkt', spec.submittedAt ?? '2026-08-21T10:15:30+02:00'),
      ]),
      text('Organisationseinheit', spec.organisationseinheit),
      text('Prozessschluessel', spec.prozessschluessel),
      text('Leistungsschluessel', spec.leika),
      element('Antragsteller', [person(spec.applicant)]),
      fachdaten.length > 0 ? element('Metadaten', fachdaten.map(objekt)) : undefined,
      anlagen.length > 0 ? element('Anlagen', anlagen.map(anlage)) : undefined,
      identity(spec.identity),
      spec.replyChannel &&
        element('Rueckkanal', [text('Art', spec.replyChannel.kind), text('Adresse', spec.replyChannel.address)]),
      spec.payment &&
        element('Zahlung', [
          text('Referenz', spec.payment.reference),
          text('Betrag', (spec.payment.amount / 100).toFixed(2)),
          text('Zustand', spec.payment.state),
        ]),
    ],
  });
}

function element(name: string, children: readonly Child[], attributes: Record<string, string> = {}): XmlElement {
  return { name, attributes, children };
}

function text(name: string, value: string | undefined): XmlElement | undefined {
  return value === undefined ? undefined : element(name, [value]);
}

function person(of: Person): XmlElement {
  if (of.kind === 'natuerlich') return element('NatuerlichePerson', natuerlich(of));
  return element('JuristischePerson', [
    text('Name', of.name),
    text('Rechtsform', of.rechtsform),
    text('Registergericht', of.registergericht),
    text('Registernummer', of.registernummer),
    text('Email', of.email),
    text('Telefonnummer', of.telefon),
    of.anschrift && element('Adressdaten', adresse(of.anschrift)),
    of.vertreter && element('Vertreter', natuerlich(of.vertreter)),
  ]);
}

function natuerlich(of: NatuerlichePerson): Child[] {
  return [
    text('Anrede', of.anrede),
    text('Titel', of.titel),
    text('Vornamen', of.vornamen),
    text('Name', of.familienname),
    text('Geburtsname', of.geburtsname),
    text('Geburtsdatum', of.geburtsdatum),
    text('Geburtsort', of.geburtsort),
    text('Geschlecht', of.geschlecht),
    text('Nationalitaet', of.staatsangehoerigkeit),
    text('Email', of.email),
    text('Telefonnummer', of.telefon),
    of.anschrift && element('Adressdaten', adresse(of.anschrift)),
  ];
}

function adresse(of: Anschrift): Child[] {
  return [
    text('Strasse', of.strasse),
    text('Hausnummer', of.hausnummer),
    text('Hausnummernzusatz', of.hausnummernzusatz),
    text('Postfach', of.postfach),
    text('Postleitzahl', of.postleitzahl),
    text('Ort', of.ort),
    text('Land', of.land),
  ];
}

function named(name: string, { name: of, label }: { name: string; label?: string | undefined }, children: Child[]) {
  return element(name, children, { Name: of, ...(label === undefined ? {} : { Bezeichnung: label }) });
}

function objekt(of: Fachdatenobjekt): XmlElement {
  return named('Objekt', of, of.fields.map(feld));
}

function feld(of: Fachdatenfeld): XmlElement {
  return named('Feld', of, [value(of)]);
}

function value(of: Fachdatenfeld): XmlElement {
  switch (of.type) {
    case 'STRING':
    case 'INTEGER':
    case 'DATE':
      return element(of.type, [of.value]);
    case 'BOOLEAN':
      return element(of.type, [String(of.value)]);
    case 'CHOICE':
      return element(of.type, [of.value], of.valueLabel === undefined ? {} : { Bezeichnung: of.valueLabel });
    case 'ANLAGEN':
      return element(
        of.type,
        of.value.map((part) => text('Verweis', part)),
      );
    case 'PERSONENDATENSATZ':
      return element(of.type, [person(of.value)]);
    case 'ADRESSDATENSATZ':
      return element(of.type, adresse(of.value));
    case 'OBJECT':
      return element(of.type, of.fields.map(feld));
    case 'LIST':
      return element(
        of.type,
        of.items.map((fields) => element('Eintrag', fields.map(feld))),
      );
  }
}

function anlage(of: Anlage): XmlElement {
  return element(
    'Anlage',
    [
      text('Klassifizierung', of.role),
      text('Dateiname', of.fileName),
      text('Titel', of.title),
      text('Medientyp', of.mediaType),
      text('Groesse', of.size?.toString()),
      text('SHA256', of.sha256),
      text('Inhalt', of.inline?.toString('base64')),
    ],
    { Name: of.part },
  );
}

function identity(of: Application['identity']): XmlElement | undefined {
  return (
    of &&
    element('Identitaet', [
      text('Quelle', of.source),
      text('Vertrauensniveau', of.vertrauensniveau),
      ...Object.entries(of.attributes).map(([name, attribute]) => element('Attribut', [attribute], { Name: name })),
      text('Nachweis', of.proof),
    ])
  );
}
