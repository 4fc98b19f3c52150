import type { Anschrift as Address, NatuerlichePerson, Person } from '@ozg-hub/submission';
import type { Anschrift, Kommunikation, Kontakt } from '@ozg-hub/xdomea';

const ROLLE = { listUri: 'urn:ozg-hub:codeliste:rolle', listVersion: '1', code: 'antragsteller' } as const;

/** The applicant as a Kontakt of the Vorgang. */
export function applicantKontakt(person: Person): Kontakt {
  if (person.kind === 'natuerlich') return { ...natural(person), rolle: ROLLE };
  const acting = person.vertreter ? nameOf(person.vertreter) : undefined;
  return {
    institution: { name: person.name },
    ...(acting ? { name: acting } : {}),
    ...(person.anschrift ? { anschriften: [anschriftOf(person.anschrift)] } : {}),
    kommunikation: kommunikationOf(person),
    rolle: ROLLE,
  };
}

function natural(person: NatuerlichePerson): Kontakt {
  return {
    name: nameOf(person),
    ...(person.anschrift ? { anschriften: [anschriftOf(person.anschrift)] } : {}),
    kommunikation: kommunikationOf(person),
    ...(person.geburtsdatum ? { geburtsdatum: person.geburtsdatum } : {}),
  };
}

function nameOf({ anrede, titel, familienname, vornamen }: NatuerlichePerson): NonNullable<Kontakt['name']> {
  return {
    ...(anrede ? { anrede } : {}),
    ...(titel ? { titel } : {}),
    familienname,
    ...(vornamen ? { vorname: vornamen } : {}),
  };
}

function anschriftOf({
  strasse,
  hausnummer,
  hausnummernzusatz,
  postfach,
  postleitzahl,
  ort,
  land,
}: Address): Anschrift {
  const number = [hausnummer, hausnummernzusatz].filter(Boolean).join(' ');
  const staat = land && /^[A-Z]{2}$/.test(land) ? land : undefined;
  return {
    ...(staat ? { staat } : {}),
    ...(strasse ? { strasse } : {}),
    ...(number ? { hausnummer: number } : {}),
    ...(postfach ? { postfach } : {}),
    ...(postleitzahl ? { postleitzahl } : {}),
    ...(ort ? { ort } : {}),
    ...(land && !staat ? { zusatz: land } : {}),
  };
}

function kommunikationOf({
  email,
  telefon,
}: {
  email?: string | undefined;
  telefon?: string | undefined;
}): Kommunikation[] {
  return [
    ...(email ? [{ kanal: 'email' as const, kennung: email }] : []),
    ...(telefon ? [{ kanal: 'festnetz' as const, kennung: telefon }] : []),
  ];
}
