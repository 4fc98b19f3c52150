import { type IdentityProviderEntry, forTestsOnly } from '@ozg-hub/directory';
import { type Vertrauensniveau, reaches, vertrauensniveau } from '@ozg-hub/identity';
import type { VerifiedResponse } from '@ozg-hub/saml';
import { z } from 'zod';
import { loginErrors } from '../errors.ts';
import type { IdentityProvider, LoginAttempt, LoginForm, VerifiedIdentity } from '../identity-provider.port.ts';
import { ProviderAttributes, checkAttributes, identityAttribute } from './provider-attributes.ts';
import { SamlConnection, type SamlLayout, type SamlParts } from './saml-connection.ts';

const wire = z.string().min(1).max(300);

/** `settings` of a provider of kind `saml`: a Servicekonto by plain SAML 2.0, described instead of programmed. */
export const servicekontoSettings = z.strictObject({
  applicant: z.enum(['citizen', 'company']).default('citizen'),
  algorithm: z.enum(['rsa-sha256', 'rsa-pss-sha256']).default('rsa-pss-sha256'),
  /** Whether assertions are signed themselves; responses must be. */
  assertionSigned: z.boolean().default(true),
  /** Takes assertions in the clear too. For installations under test only. */
  unencryptedAllowed: forTestsOnly(z.boolean().default(false)),
  nameIdFormat: wire.optional(),
  /** Level by what the provider says: an AuthnContextClassRef, or a value of `levelAttribute`. */
  levels: z
    .record(wire, vertrauensniveau)
    .refine((levels) => Object.keys(levels).length > 0, { error: 'at least one' }),
  /** Attribute that says the level; left out: the AuthnContext does, and is asked for. */
  levelAttribute: wire.optional(),
  /** Attribute that is the stable key of the account; left out: a persistent NameID. */
  subjectAttribute: wire.optional(),
  /** What is taken over: by the provider's name, as the name in the proof. */
  attributes: z
    .array(
      z.strictObject({
        name: wire,
        as: z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,79}$/),
        required: z.boolean().default(false),
      }),
    )
    .max(100)
    .default([]),
  /** Attribute with the address of the mailbox, and the kind of reply channel that it is. */
  reply: z.strictObject({ kind: z.string().regex(/^[A-Z][A-Z0-9_-]{1,31}$/), attribute: wire }).optional(),
});
export type ServicekontoSettings = z.infer<typeof servicekontoSettings>;

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

export function servicekontoLayout({ settings }: IdentityProviderEntry): SamlLayout {
  const { algorithm, assertionSigned, unencryptedAllowed } = servicekontoSettings.parse(settings);
  return { algorithm, assertionSigned, unencryptedAllowed };
}

/** Any Servicekonto with SAML 2.0 Web SSO; the Bürger- und Servicekonto Hessen of the past is one such configuration. */
export class ServicekontoAdapter implements IdentityProvider {
  readonly #settings: ServicekontoSettings;
  readonly #connection: SamlConnection;

  constructor(
    private readonly entry: IdentityProviderEntry,
    parts: SamlParts,
  ) {
    this.#settings = servicekontoSettings.parse(entry.settings);
    this.#connection = new SamlConnection(entry, servicekontoLayout(entry), parts);
  }

  get id(): string {
    return this.entry.id;
  }

  get name(): string {
    return this.entry.name;
  }

  get applicant() {
    return this.#settings.applicant;
  }

  get highest(): Vertrauensniveau {
    const levels = Object.values(this.#settings.levels);
    return levels.reduce((one, other) => (reaches(one, other) ? one : other));
  }

  async begin(attempt: LoginAttempt): Promise<LoginForm> {
    const { nameIdFormat, subjectAttribute } = this.#settings;
    const format = nameIdFormat ?? (subjectAttribute === undefined ? PERSISTENT : undefined);
    const classRefs = this.#contexts(attempt);
    return await this.#connection.request(attempt, {
      ...(format && { nameIdFormat: format }),
      ...(classRefs && { authnContext: { comparison: 'exact' as const, classRefs } }),
    });
  }

  async finish(answer: string, attempt: LoginAttempt): Promise<VerifiedIdentity> {
    const authnContexts = this.#contexts(attempt);
    const response = await this.#connection.verify(answer, attempt, authnContexts && { authnContexts });
    const { attributes: map, reply, applicant } = this.#settings;
    const sent = new ProviderAttributes(response.attributes);
    const attributes = map.flatMap(({ name, as }) => identityAttribute(as, sent.text(name)));
    checkAttributes(
      attributes,
      map.filter(({ required }) => required).map(({ as }) => as),
    );
    const address = reply && sent.text(reply.attribute);
    return {
      provider: this.id,
      applicant,
      vertrauensniveau: this.#level(response, sent),
      subject: this.#subject(response, sent),
      attributes,
      ...(address && { replyAddress: { kind: reply.kind, address } }),
      authenticatedAt: response.authnInstant,
    };
  }

  /** AuthnContexts that reach the level; undefined where an attribute says it. */
  #contexts({ demand }: LoginAttempt): string[] | undefined {
    const { levels, levelAttribute } = this.#settings;
    if (levelAttribute !== undefined) return undefined;
    const good = Object.entries(levels).filter(([, level]) => reaches(level, demand.vertrauensniveau));
    if (good.length === 0) throw loginErrors.HUB_IDENTITY_NO_PROVIDER();
    return good.map(([context]) => context);
  }

  #level({ authnContext }: VerifiedResponse, sent: ProviderAttributes): Vertrauensniveau {
    const { levels, levelAttribute } = this.#settings;
    const said = levelAttribute === undefined ? authnContext : sent.text(levelAttribute);
    if (said === undefined || !Object.hasOwn(levels, said)) throw loginErrors.HUB_IDENTITY_LEVEL_UNREADABLE();
    return levels[said]!;
  }

  #subject({ nameId, nameIdFormat }: VerifiedResponse, sent: ProviderAttributes): string {
    const { subjectAttribute } = this.#settings;
    const subject = subjectAttribute === undefined ? persistent(nameId, nameIdFormat) : sent.text(subjectAttribute);
    if (!subject) throw loginErrors.HUB_IDENTITY_SUBJECT_MISSING();
    return subject;
  }
}

function persistent(nameId: string, format: string | undefined): string | undefined {
  return format === PERSISTENT ? nameId : undefined;
}
