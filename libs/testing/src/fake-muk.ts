import { createHash } from 'node:crypto';
import type { XmlElement } from '@ozg-hub/xml';
import { FakeIdp, type FakeIdpLogin, type FakeIdpOptions, type FakeIdpRules } from './fake-idp.ts';
import { RSA_PSS_SHA256 } from './fake-idp-names.ts';
import { type FakeAuthnRequest, FakeIdpRefusal } from './fake-idp-request.ts';
import { type FakeIdpSubject, textAttribute } from './fake-idp-response.ts';
import { element } from './saml-response.ts';

const EKONA = 'http://www.elster.de/schema/ekona/saml/extensions';
const BASIC = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const UNSPECIFIED = 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified';
const CERTIFICATE = 'Zertifikat';

/** A company's account; XML-valued attributes by their elements. */
export interface FakeMukAccount {
  readonly label: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly Unternehmensanschrift: Readonly<Record<string, string>>;
  readonly HandelndePerson: Readonly<Record<string, string>>;
}

/** Everybody here is invented. Cases of values differ as they do in reality. */
export const fakeMukAccounts: Readonly<Record<string, FakeMukAccount>> = {
  'muster-gmbh': {
    label: 'Muster GmbH, Erika Mustermann',
    texts: {
      DatenkranzTyp: 'StNr',
      PersTyp: 'NNatPers',
      Firmenname: 'Muster GmbH & Co. KG',
      Rechtsform: '310',
      RechtsformText: 'Gesellschaft mit beschränkter Haftung',
      Registernummer: '12345',
      Registerart: 'HRB',
      Registergericht: 'Gießen',
      ElsterVertrauensniveauIdentifizierung: 'SUBSTANZIELL',
      IstTestkonto: 'false',
    },
    Unternehmensanschrift: {
      Typ: 'INLAND',
      Strasse: 'Musterallee',
      Hausnummer: '1',
      PLZ: '35390',
      Ort: 'Gießen',
      Land: 'DE',
    },
    HandelndePerson: { Vorname: 'Erika', Nachname: 'Mustermann', Geburtsdatum: '12.08.1964' },
  },
  einzelkauffrau: {
    label: 'Backstube Beispiel, Petra Beispiel',
    texts: {
      DatenkranzTyp: 'IdNr',
      PersTyp: 'NatPers',
      Firmenname: 'Backstube Beispiel',
      Taetigkeit: '1071',
      TaetigkeitText: 'Herstellung von Backwaren',
      ElsterVertrauensniveauIdentifizierung: 'substanziell',
      IstTestkonto: 'false',
    },
    Unternehmensanschrift: { Typ: 'Ausland', Land: 'AT' },
    HandelndePerson: { AkademischerGrad: 'Dr.', Vorname: 'Petra', Nachname: 'Beispiel', Geburtsdatum: '01.02.1980' },
  },
  testkonto: {
    label: 'Testkonto Musterverein',
    texts: {
      DatenkranzTyp: 'StNr',
      PersTyp: 'NNatPers',
      Firmenname: 'Musterverein e. V.',
      Registerart: 'VR',
      ElsterVertrauensniveauIdentifizierung: 'substanziell',
      IstTestkonto: 'TRUE',
    },
    Unternehmensanschrift: { Typ: 'Inland', Strasse: 'Testweg', Hausnummer: '2', PLZ: '35390', Ort: 'Gießen' },
    HandelndePerson: { Vorname: 'Max', Nachname: 'Mustermann', Geburtsdatum: '28.02.1990' },
  },
};

/** Mein Unternehmenskonto of the fakes: {@link FakeIdp} with the shape of ELSTER NEZO. */
export class FakeMuk extends FakeIdp {
  constructor(options: FakeIdpOptions = {}) {
    super(muk, options);
  }
}

const muk: FakeIdpRules = {
  title: 'Fake Mein Unternehmenskonto',
  entityId: 'https://muk.example.org',
  ssoPath: '/ekona/sso',
  layout: { signatureAlgorithm: RSA_PSS_SHA256, assertionSigned: false },
  aborted: {
    codes: ['Responder', 'AuthnFailed'],
    message: 'Die ELSTER-seitige Authentifizierung wurde durch den Benutzer abgebrochen.',
  },
  check: ({ signatureAlgorithm }) => {
    if (signatureAlgorithm !== RSA_PSS_SHA256) throw new FakeIdpRefusal('signature-algorithm');
  },
  asks: ({ sp }) => sp.entityId,
  backUrl: () => undefined,
  choices: () => Object.entries(fakeMukAccounts).map(([person, { label }]) => ({ person, method: CERTIFICATE, label })),
  answer,
};

function answer({ sp }: FakeAuthnRequest, { person, fault }: FakeIdpLogin): FakeIdpSubject {
  const { texts, Unternehmensanschrift, HandelndePerson } = fakeMukAccounts[person!]!;
  const level = fault === 'low-level' ? 'basis' : 'substanziell';
  const own = {
    ...texts,
    ...(fault === 'low-level' && { ElsterVertrauensniveauIdentifizierung: level }),
    ElsterVertrauensniveauAuthentifizierung: level,
    DatenuebermittlerPseudonymId: `du-${pseudonym(sp.entityId, `${person} company`)}`,
  };
  const sent = Object.entries(own).filter(
    ([name]) => fault !== 'missing-attributes' || !/^(?:Firm|Rechts|Reg)/.test(name),
  );
  return {
    nameId: `ek-${pseudonym(sp.entityId, `${person} account`)}`,
    nameIdFormat: PERSISTENT,
    authnContext: UNSPECIFIED,
    attributes: [
      ...sent.map(([Name, value]) => textAttribute(value, { Name, NameFormat: BASIC })),
      tree('Unternehmensanschrift', 'AdresseType', Unternehmensanschrift),
      tree('HandelndePerson', 'HandelndePersonType', HandelndePerson),
    ],
  };
}

function tree(Name: string, type: string, parts: Readonly<Record<string, string>>): XmlElement {
  const attributes = {
    'xmlns:ekona': EKONA,
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'xsi:type': `ekona:${type}`,
  };
  const children = Object.entries(parts).map(([part, value]) => ({ name: `ekona:${part}`, children: [value] }));
  return element('Attribute', { Name, NameFormat: BASIC }, [element('AttributeValue', attributes, children)]);
}

/** Per service provider, as real ones are. */
function pseudonym(sp: string, of: string): string {
  return createHash('sha256').update(`${sp}|${of}`).digest('hex').slice(0, 40);
}
