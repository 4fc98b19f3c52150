import { type IdentityProviderEntry, forTestsOnly } from '@ozg-hub/directory';
import { type IdentityAttribute, type Vertrauensniveau, reaches } from '@ozg-hub/identity';
import type { SamlAttribute } from '@ozg-hub/saml';
import { z } from 'zod';
import { loginErrors } from '../errors.ts';
import type { IdentityProvider, LoginAttempt, LoginForm, VerifiedIdentity } from '../identity-provider.port.ts';
import { ProviderAttributes, checkAttributes, identityAttribute } from './provider-attributes.ts';
import { SamlConnection, type SamlLayout, type SamlParts } from './saml-connection.ts';

/** Attributes of Mein Unternehmenskonto that are texts. */
const TEXTS = [
  'DatenkranzTyp',
  'PersTyp',
  'Firmenname',
  'Rechtsform',
  'RechtsformText',
  'Taetigkeit',
  'TaetigkeitText',
  'Registernummer',
  'Registerart',
  'Registergericht',
] as const;
/** And those that are XML; their elements become `Unternehmensanschrift.Strasse` and so on. */
const TREES = ['Unternehmensanschrift', 'HandelndePerson'] as const;

/** `settings` of a provider of kind `muk`. */
export const mukSettings = z.strictObject({
  /** Accepts accounts that say IstTestkonto. For installations under test only. */
  testAccounts: forTestsOnly(z.boolean().default(false)),
  /** Attributes without which a login is refused, e.g. Firmenname, Unternehmensanschrift.Ort. */
  required: z.array(z.string().regex(/^[A-Za-z]+(?:\.[A-Za-z]+)?$/)).default([]),
});
export type MukSettings = z.infer<typeof mukSettings>;

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const ACCOUNT = /^ek-[0-9a-z-]{8,200}$/i;
const ORGANISATION = /^du-[0-9a-z-]{8,200}$/i;
const LEVELS: Readonly<Record<string, Vertrauensniveau>> = {
  basis: 'basis',
  normal: 'basis',
  niedrig: 'basis',
  substanziell: 'substanziell',
  substantiell: 'substanziell',
  hoch: 'hoch',
};

/** The response alone is signed. */
export function mukLayout(): SamlLayout {
  return { algorithm: 'rsa-pss-sha256', assertionSigned: false };
}

/**
 * Mein Unternehmenskonto (ELSTER NEZO): requests signed by PSS, responses signed as a whole, assertions encrypted. It proves
 * that a certificate belongs to a company, not that the person may act for it.
 */
export class MukAdapter implements IdentityProvider {
  readonly applicant = 'company';
  /** Signing in by an ELSTER certificate is no more, however well the company is identified. */
  readonly highest = 'substanziell';
  readonly #settings: MukSettings;
  readonly #connection: SamlConnection;

  constructor(
    private readonly entry: IdentityProviderEntry,
    parts: SamlParts,
  ) {
    this.#settings = mukSettings.parse(entry.settings);
    this.#connection = new SamlConnection(entry, mukLayout(), parts);
  }

  get id(): string {
    return this.entry.id;
  }

  get name(): string {
    return this.entry.name;
  }

  async begin(attempt: LoginAttempt): Promise<LoginForm> {
    return await this.#connection.request(attempt, { nameIdFormat: PERSISTENT });
  }

  async finish(answer: string, attempt: LoginAttempt): Promise<VerifiedIdentity> {
    const response = await this.#connection.verify(answer, attempt);
    const sent = new ProviderAttributes(response.attributes);
    const subject = sent.text('DatenuebermittlerPseudonymId');
    const isPersistent = response.nameIdFormat === undefined || response.nameIdFormat === PERSISTENT;
    if (!subject || !ORGANISATION.test(subject) || !isPersistent || !ACCOUNT.test(response.nameId)) {
      throw loginErrors.HUB_IDENTITY_SUBJECT_MISSING();
    }
    const isTest = (sent.text('IstTestkonto') ?? 'false').toLowerCase();
    if (isTest !== 'false' && !this.#settings.testAccounts) throw loginErrors.HUB_IDENTITY_TEST_ACCOUNT();
    const attributes = [
      ...TEXTS.flatMap((name) => identityAttribute(name, sent.text(name))),
      ...TREES.flatMap((name) => partsOf(name, sent.find(name))),
    ];
    checkAttributes(attributes, this.#settings.required);
    return {
      provider: this.id,
      applicant: this.applicant,
      vertrauensniveau: levelOf(sent),
      subject,
      account: response.nameId,
      attributes,
      // A mailbox belongs to the certificate, so to the account and not to the company.
      replyAddress: { kind: 'MUK', address: response.nameId },
      authenticatedAt: response.authnInstant,
    };
  }
}

/** The lower of identification and authentication. */
function levelOf(sent: ProviderAttributes): Vertrauensniveau {
  const written = ['Identifizierung', 'Authentifizierung']
    .map((part) => sent.text(`ElsterVertrauensniveau${part}`)?.toLowerCase())
    .filter((level) => level !== undefined);
  const levels = written.map((level) => (Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined));
  const known = levels.filter((level) => level !== undefined);
  if (known.length === 0 || known.length < levels.length) throw loginErrors.HUB_IDENTITY_LEVEL_UNREADABLE();
  return known.reduce((one, other) => (reaches(one, other) ? other : one));
}

function partsOf(name: string, attribute: SamlAttribute | undefined): IdentityAttribute[] {
  const [value, second] = attribute?.values ?? [];
  if (value === undefined) return [];
  if (second !== undefined || typeof value === 'string') throw loginErrors.HUB_IDENTITY_ATTRIBUTE_UNREADABLE();
  return value.children.flatMap((child) => [
    ...identityAttribute(`${name}.${child.local}`, child.text.normalize('NFC').trim() || undefined),
  ]);
}
