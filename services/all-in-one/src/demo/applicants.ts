import type { JuristischePerson, NatuerlichePerson } from '@ozg-hub/submission';

/** Everybody here is invented, and so are their addresses. */
export const erikaMustermann: NatuerlichePerson = {
  kind: 'natuerlich',
  anrede: 'Frau',
  titel: 'Dr.',
  vornamen: 'Erika Käthe',
  familienname: 'Mustermann',
  geburtsname: 'Gabler-Weiß',
  geburtsdatum: '1964-08-12',
  geburtsort: 'Gießen',
  geschlecht: 'weiblich',
  staatsangehoerigkeit: 'deutsch',
  email: 'erika.mustermann@example.org',
  telefon: '0000 123456',
  anschrift: {
    strasse: 'Heidestraße',
    hausnummer: '17',
    hausnummernzusatz: 'a',
    postleitzahl: '00001',
    ort: 'Musterstadt',
    land: 'DE',
  },
};

export const juergenBeispiel: NatuerlichePerson = {
  kind: 'natuerlich',
  anrede: 'Herr',
  vornamen: 'Jürgen Friedrich',
  familienname: 'Beispiel-Groß',
  geburtsdatum: '1979-02-28',
  geburtsort: 'Lauterbach',
  staatsangehoerigkeit: 'deutsch',
  email: 'juergen.beispiel@example.org',
  telefon: '0000 98765',
  anschrift: { strasse: 'Am Mühlgraben', hausnummer: '3', postleitzahl: '00002', ort: 'Beispielhausen', land: 'DE' },
};

export const anneloreFoerster: NatuerlichePerson = {
  kind: 'natuerlich',
  anrede: 'Frau',
  vornamen: 'Annelore',
  familienname: 'Förster-Mustermann',
  geburtsdatum: '1958-11-03',
  geburtsort: 'Büdingen',
  staatsangehoerigkeit: 'deutsch',
  anschrift: { strasse: 'Forsthausweg', hausnummer: '1', postleitzahl: '00001', ort: 'Musterstadt', land: 'DE' },
};

export const oezkanMuester: NatuerlichePerson = {
  kind: 'natuerlich',
  anrede: 'Herr',
  vornamen: 'Özkan',
  familienname: 'Müster',
  geburtsdatum: '1991-05-17',
  geburtsort: 'Gelnhausen',
  staatsangehoerigkeit: 'türkisch',
  email: 'oezkan.muester@example.org',
  anschrift: {
    strasse: 'Große Bockenheimer Gasse',
    hausnummer: '44',
    postleitzahl: '00001',
    ort: 'Musterstadt',
    land: 'DE',
  },
};

export const wanderverein: JuristischePerson = {
  kind: 'juristisch',
  name: 'Wander- und Heimatverein Musterstadt-Süd 1887',
  rechtsform: 'e. V.',
  registergericht: 'Amtsgericht Musterstadt',
  registernummer: 'VR 1887',
  email: 'vorstand@example.org',
  telefon: '0000 1887',
  anschrift: { strasse: 'Schloßplatz', hausnummer: '5', postleitzahl: '00001', ort: 'Musterstadt', land: 'DE' },
  vertreter: {
    kind: 'natuerlich',
    anrede: 'Frau',
    vornamen: 'Brünhild',
    familienname: 'Weißmüller',
    email: 'brünhild.weißmüller@example.org',
  },
};

export const baeckerei: JuristischePerson = {
  kind: 'juristisch',
  name: 'Bäckerei Süß & Söhne GmbH',
  rechtsform: 'GmbH',
  registergericht: 'Amtsgericht Beispielhausen',
  registernummer: 'HRB 00815',
  email: 'kontor@example.org',
  telefon: '0000 55512',
  anschrift: { strasse: 'Dorfstraße', hausnummer: '8', postleitzahl: '00002', ort: 'Beispielhausen', land: 'DE' },
  vertreter: {
    kind: 'natuerlich',
    anrede: 'Herr',
    vornamen: 'Günther',
    familienname: 'Süß',
    geburtsdatum: '1970-01-01',
    geburtsort: 'Groß-Gerau',
    staatsangehoerigkeit: 'deutsch',
  },
};
