/** Means of signing in, and the STORK level that each reaches. */
export const fakeBundIdMethods = { Benutzername: 1, Authega: 3, Elster: 3, FINK: 3, eIDAS: 4, eID: 4 } as const;
export type FakeBundIdMethod = keyof typeof fakeBundIdMethods;

/** Names of the attributes on the wire (Schnittstellenbeschreibung 10.2 §6), by FriendlyName. */
export const fakeBundIdNames = {
  givenName: 'urn:oid:2.5.4.42',
  surname: 'urn:oid:2.5.4.4',
  mail: 'urn:oid:0.9.2342.19200300.100.1.3',
  postalAddress: 'urn:oid:2.5.4.16',
  postalCode: 'urn:oid:2.5.4.17',
  localityName: 'urn:oid:2.5.4.7',
  country: 'urn:oid:1.2.40.0.10.2.1.1.225599',
  personalTitle: 'urn:oid:0.9.2342.19200300.100.1.40',
  gender: 'urn:oid:1.3.6.1.4.1.33592.1.3.5',
  birthdate: 'urn:oid:1.2.40.0.10.2.1.1.55',
  placeOfBirth: 'urn:oid:1.3.6.1.5.5.7.9.2',
  birthName: 'urn:oid:1.2.40.0.10.2.1.1.225566',
  nationality: 'urn:oid:1.2.40.0.10.2.1.1.225577',
  documentType: 'urn:oid:1.2.40.0.10.2.1.1.552255',
  telephoneNumber: 'urn:oid:2.5.4.20',
  'eIDAS-Issuing-Country': 'urn:oid:1.3.6.1.4.1.25484.494450.10.1',
  bPK2: 'urn:oid:1.3.6.1.4.1.25484.494450.3',
  'EID-CITIZEN-QAA-LEVEL': 'urn:oid:1.2.40.0.10.2.1.1.261.94',
  Version: 'urn:oid:1.3.6.1.4.1.25484.494450.1',
  AssertionProvedBy: 'urn:oid:1.3.6.1.4.1.25484.494450.2',
  legacyPostkorbHandle: 'urn:oid:2.5.4.18',
  applicationId: 'urn:oid:1.3.6.1.4.1.25484.494450.4',
  mfa: 'urn:oid:1.3.6.1.4.1.25484.494450.7',
} as const;
export type FakeBundIdName = keyof typeof fakeBundIdNames;

export interface FakeBundIdPerson {
  readonly label: string;
  readonly methods: readonly FakeBundIdMethod[];
  /** A guest login has no mailbox and no bPK2. */
  readonly mailbox: string | undefined;
  readonly attributes: Readonly<Partial<Record<FakeBundIdName, string>>>;
}

/** Everybody here is invented. */
export const fakeBundIdPersons: Readonly<Record<string, FakeBundIdPerson>> = {
  erika: {
    label: 'Erika Mustermann',
    methods: ['Benutzername', 'Elster', 'eID'],
    mailbox: '3b241101-e2bb-4255-8caf-4136c566a962',
    attributes: {
      givenName: 'Erika',
      surname: 'Mustermann',
      birthName: 'Gabler',
      birthdate: '1964-08-12',
      placeOfBirth: 'Berlin',
      gender: '2',
      postalAddress: 'Heidestraße 17',
      postalCode: '51147',
      localityName: 'Köln',
      country: 'DE',
      nationality: 'D',
      documentType: 'ID',
      mail: 'erika.mustermann@example.org',
      telephoneNumber: '+49 221 0000000',
    },
  },
  max: {
    label: 'Max Mustermann',
    methods: ['Benutzername', 'Authega', 'eID'],
    mailbox: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    // An eID without given name, in capitals; no mail address in the account.
    attributes: {
      surname: 'MUSTERMANN',
      birthdate: '1990-02-28',
      postalAddress: 'AM MUSTERGRABEN 3 A',
      postalCode: '35390',
      localityName: 'GIEẞEN',
      country: 'DE',
    },
  },
  jeanne: {
    label: 'Jeanne Exemple (Frankreich)',
    methods: ['eIDAS'],
    mailbox: '16fd2706-8baf-433b-82eb-8c7fada847da',
    attributes: {
      givenName: 'Jeanne',
      surname: 'Exemple',
      birthdate: '1979-05-01',
      'eIDAS-Issuing-Country': 'FR',
      mail: 'jeanne@example.org',
    },
  },
  gast: {
    label: 'Gast (ohne Konto)',
    methods: ['Elster', 'eID'],
    mailbox: undefined,
    attributes: { givenName: 'Gisela', surname: 'Gast', birthdate: '1955-11-11' },
  },
};
