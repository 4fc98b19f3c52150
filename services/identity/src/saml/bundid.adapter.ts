import type { IdentityProviderEntry } from '@ozg-hub/directory';
import { type Vertrauensniveau, reaches } from '@ozg-hub/identity';
import { akdbExtension, akdbMethods } from '@ozg-hub/saml';
import { z } from 'zod';
import { loginErrors } from '../errors.ts';
import type { IdentityProvider, LoginAttempt, LoginForm, VerifiedIdentity } from '../identity-provider.port.ts';
import { BPK2, type BundIdAttribute, POSTKORB_HANDLE, bundIdAttributes } from './bundid-attributes.ts';
import { ProviderAttributes, checkAttributes, identityAttribute } from './provider-attributes.ts';
import { SamlConnection, type SamlLayout, type SamlParts } from './saml-connection.ts';

const names = Object.keys(bundIdAttributes) as [BundIdAttribute, ...BundIdAttribute[]];
/** Comes with every login: how it was made, and what the status monitor needs. */
const ALWAYS: readonly BundIdAttribute[] = ['assertionProvedBy', 'applicationId'];
const DEFAULTS = [
  'givenName',
  'surname',
  'birthdate',
  'postalAddress',
  'postalCode',
  'localityName',
  'country',
  'mail',
];

/** `settings` of a provider of kind `bundid`. */
export const bundIdSettings = z.strictObject({
  /** The BMI-ID that the connection got. */
  onlineServiceId: z.string().regex(/^BMI-[AB]\d{4,7}$/, { error: 'must be a BMI-ID such as BMI-A1234' }),
  /** Who asks, as the BundID shows it; left out: the municipality's name. */
  organizationDisplayName: z.string().min(1).max(50).optional(),
  /** Means of signing in that are offered; left out: all that reach the level. */
  authnMethods: z.array(z.enum(akdbMethods)).min(1).optional(),
  /** What is asked for. A required one that is missing ends the login, so require little. */
  attributes: z
    .array(z.strictObject({ name: z.enum(names), required: z.boolean().default(false) }))
    .min(1)
    .default(DEFAULTS.map((name) => ({ name: name as BundIdAttribute, required: false }))),
  algorithm: z.enum(['rsa-sha256', 'rsa-pss-sha256']).default('rsa-pss-sha256'),
});
export type BundIdSettings = z.infer<typeof bundIdSettings>;

const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const LEVELS: readonly (readonly [classRef: string, level: Vertrauensniveau])[] = [
  ['STORK-QAA-Level-1', 'basis'],
  ['STORK-QAA-Level-2', 'basis'],
  ['STORK-QAA-Level-3', 'substanziell'],
  ['STORK-QAA-Level-4', 'hoch'],
];
const TRUST: Readonly<Record<string, Vertrauensniveau>> = {
  UNTERGEORDNET: 'basis',
  NORMAL: 'basis',
  SUBSTANTIELL: 'substanziell',
  HOCH: 'hoch',
};

/** Assertions are signed themselves, as responses are. */
export function bundIdLayout({ settings }: IdentityProviderEntry): SamlLayout {
  return { algorithm: bundIdSettings.parse(settings).algorithm, assertionSigned: true };
}

/** BundID (Nutzerkonto Bund) by its SAML interface, Schnittstellenbeschreibung 10.2 with request version 2. */
export class BundIdAdapter implements IdentityProvider {
  readonly applicant = 'citizen';
  readonly highest = 'hoch';
  readonly #settings: BundIdSettings;
  readonly #connection: SamlConnection;

  constructor(
    private readonly entry: IdentityProviderEntry,
    parts: SamlParts,
  ) {
    this.#settings = bundIdSettings.parse(entry.settings);
    this.#connection = new SamlConnection(entry, bundIdLayout(entry), parts);
  }

  get id(): string {
    return this.entry.id;
  }

  get name(): string {
    return this.entry.name;
  }

  async begin(attempt: LoginAttempt): Promise<LoginForm> {
    const { onlineServiceId, organizationDisplayName, authnMethods, attributes } = this.#settings;
    const asked = [
      ...attributes.map(({ name, required }) => ({ name: bundIdAttributes[name] as string, required })),
      ...ALWAYS.filter((name) => !attributes.some((one) => one.name === name)).map((name) => ({
        name: bundIdAttributes[name] as string,
      })),
      { name: BPK2 },
      { name: POSTKORB_HANDLE },
    ];
    const extension = akdbExtension({
      attributes: asked,
      organizationDisplayName: (organizationDisplayName ?? attempt.tenantName).slice(0, 50),
      onlineServiceId,
      language: attempt.language,
      ...(authnMethods && { methods: authnMethods }),
    });
    const [least] = goodEnough(attempt.demand.vertrauensniveau);
    const authnContext = { comparison: 'minimum' as const, classRefs: [least!] };
    return await this.#connection.request(attempt, { nameIdFormat: TRANSIENT, authnContext, extensions: [extension] });
  }

  async finish(answer: string, attempt: LoginAttempt): Promise<VerifiedIdentity> {
    const authnContexts = goodEnough(attempt.demand.vertrauensniveau);
    const response = await this.#connection.verify(answer, attempt, { authnContexts });
    const sent = new ProviderAttributes(response.attributes);
    const subject = sent.text(BPK2);
    if (!subject) throw loginErrors.HUB_IDENTITY_SUBJECT_MISSING();
    const attributes = names.flatMap((name) => {
      const wire = bundIdAttributes[name];
      return identityAttribute(name, sent.text(wire), trustOf(sent.find(wire)?.trustLevel));
    });
    const required = this.#settings.attributes.filter((one) => one.required).map(({ name }) => name);
    checkAttributes(attributes, required);
    const mailbox = sent.text(POSTKORB_HANDLE);
    return {
      provider: this.id,
      applicant: this.applicant,
      vertrauensniveau: LEVELS.find(([classRef]) => classRef === response.authnContext)![1],
      subject,
      attributes,
      ...(mailbox && { replyAddress: { kind: 'BUNDID', address: mailbox } }),
      authenticatedAt: response.authnInstant,
    };
  }
}

function goodEnough(demanded: Vertrauensniveau): string[] {
  return LEVELS.filter(([, level]) => reaches(level, demanded)).map(([classRef]) => classRef);
}

function trustOf(trustLevel: string | undefined): Vertrauensniveau | undefined {
  return trustLevel !== undefined && Object.hasOwn(TRUST, trustLevel) ? TRUST[trustLevel] : undefined;
}
