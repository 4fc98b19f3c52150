import { tenantSlug } from '@ozg-hub/submission';
import { z } from 'zod';
import { leikaKeyAsWritten } from './blueprint.ts';
import { isSecretReference } from './doubtful-values.ts';

const reference = z
  .string()
  .refine(isSecretReference, { error: 'must be a reference: env:VARIABLE or file:/path; never the key itself' });

const keyPair = z.strictObject({
  /** PEM of the certificate. */
  certificate: reference,
  /** PEM of the private key, PKCS#8. */
  privateKey: reference,
});

/** The service provider's keys towards one identity provider. The first signs; the others stand beside it during a change. */
const keys = z.strictObject({
  signing: z.array(keyPair).min(1).max(4),
  /** Open what is encrypted to us; left out: the keys that sign. */
  encryption: z.array(keyPair).min(1).max(4).optional(),
});

const entityId = z
  .string()
  .max(1024)
  .regex(/^(?:https?:\/\/[^\s#]+|urn:[^\s]+)$/, { error: 'must be an https address or a urn' });

/** Who vouches for citizens or companies: BundID, Mein Unternehmenskonto, a Servicekonto. */
export const identityProviderRecord = z.strictObject({
  /** Stands in addresses and proofs; never changes. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/, { error: 'must be lower-case letters, digits and hyphens' }),
  /** What the choice page calls it. */
  name: z.string().min(1).max(100),
  /** Which adapter speaks with it; that says what `settings` may hold. */
  kind: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  /** Ours, as registered there; for BundID it decides the bPK2 of everybody and never changes. */
  entityId,
  /** File with the metadata of the identity provider, below `identity/` of the directory. */
  metadata: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}\.xml$/, { error: 'must be the name of a file in identity/' }),
  keys,
  settings: z.record(z.string(), z.unknown()).default({}),
});

/** An identity provider with the text of its metadata. */
export interface IdentityProviderEntry extends z.infer<typeof identityProviderRecord> {
  readonly metadataXml: string;
}

/** Exactly one address; no pattern. Plain http only on the machine itself. */
const redirectUri = z.string().max(2048).refine(isRedirectUri, {
  error: 'must be one https address without fragment, user or wildcard (http only for 127.0.0.1 and localhost)',
});

/** An online service that has citizens or companies signed in. */
export const identityClient = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,79}$/, { error: 'must be letters, digits, dots and hyphens' }),
    name: z.string().min(1).max(100),
    /** What it proves itself with at the token endpoint; left out: a public client, by PKCE alone. */
    clientSecret: reference.optional(),
    redirectUris: z.array(redirectUri).min(1).max(20),
    /** Municipalities it may sign in for; left out: all. */
    tenants: z.array(tenantSlug).min(1).optional(),
    /** LeiKa keys it may sign in for; left out: all that the municipality offers. */
    leistungen: z.array(leikaKeyAsWritten).min(1).optional(),
  })
  .refine(({ redirectUris }) => new Set(redirectUris.filter(isRedirectUri).map((uri) => new URL(uri).host)).size <= 1, {
    error: 'must all have one host: subjects are made per host of an online service',
    path: ['redirectUris'],
  });
export type IdentityClient = z.infer<typeof identityClient>;

/** `identity.yaml`: who vouches, and which online services ask. */
export const identityFile = z.strictObject({
  providers: z
    .array(identityProviderRecord)
    .default([])
    .refine((list) => isUnique(list.map(({ id }) => id)), { error: 'the same id twice' }),
  clients: z
    .array(identityClient)
    .default([])
    .refine((list) => isUnique(list.map(({ id }) => id)), { error: 'the same id twice' }),
});
export type IdentityFile = z.infer<typeof identityFile>;

/** What the snapshot holds of it. */
export interface IdentityContent {
  readonly providers: readonly IdentityProviderEntry[];
  readonly clients: readonly IdentityClient[];
}

function isUnique(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}

function isRedirectUri(written: string): boolean {
  if (!URL.canParse(written) || /[*#\s\\]/.test(written)) return false;
  const { protocol, hostname, username, password } = new URL(written);
  if (username || password) return false;
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname));
}
