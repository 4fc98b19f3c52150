/** Attributes of the BundID (Schnittstellenbeschreibung 10.2 §6) by the names that identity proofs have. */
export const bundIdAttributes = {
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
  deMail: 'urn:oid:1.3.6.1.4.1.55605.70737875.1.1.1.7.1',
  telephoneNumber: 'urn:oid:2.5.4.20',
  eidasIssuingCountry: 'urn:oid:1.3.6.1.4.1.25484.494450.10.1',
  communityId: 'urn:oid:1.3.6.1.4.1.25484.494450.5',
  pseudonym: 'urn:oid:1.2.40.0.10.2.1.1.226699',
  mfa: 'urn:oid:1.3.6.1.4.1.25484.494450.7',
  /** Which means of signing in it was: eID, Elster, Benutzername … */
  assertionProvedBy: 'urn:oid:1.3.6.1.4.1.25484.494450.2',
  /** Antrags-ID: the status monitor of the BundID knows the application by it. */
  applicationId: 'urn:oid:1.3.6.1.4.1.25484.494450.4',
} as const;
export type BundIdAttribute = keyof typeof bundIdAttributes;

/** Stable per host of our entityID; missing for a guest login. */
export const BPK2 = 'urn:oid:1.3.6.1.4.1.25484.494450.3';
/** legacyPostkorbHandle: the mailbox, never a key of the user. */
export const POSTKORB_HANDLE = 'urn:oid:2.5.4.18';
