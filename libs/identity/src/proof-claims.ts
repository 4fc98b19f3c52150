import { applicantKind, identityAttribute, leikaKey, tenantSlug, vertrauensniveau } from '@ozg-hub/submission';
import { z } from 'zod';

/** Where the answer reaches the applicant: kind as in the blueprint's replyChannels (BUNDID, MUK …), and handle there. */
export const replyAddress = z.strictObject({
  kind: z.string().regex(/^[A-Z][A-Z0-9_-]{1,31}$/),
  address: z.string().min(1).max(500),
});
export type ReplyAddress = z.infer<typeof replyAddress>;

/** What only the hub may read: encrypted inside the proof. */
export const provenIdentity = z.strictObject({
  /** Stable key of the account: bPK2 of BundID, `du-…` of MUK. */
  subject: z.string().min(1).max(500),
  attributes: z.array(identityAttribute).max(100),
  replyAddress: replyAddress.optional(),
});
export type ProvenIdentity = z.infer<typeof provenIdentity>;

/** As a form or a header can carry it: no control characters, no blanks around. */
const reference = /^(?! )[^\p{C}]{1,200}(?<! )$/u;

/** What the proof binds the login to, and what everybody who holds it may read. No personal data. */
export const proofBinding = z.strictObject({
  tenant: tenantSlug,
  /** LeiKa key, 14 digits: that of the application, or the blueprint's first where it will state a process key alone. */
  leistung: leikaKey,
  /** The sender's own reference of the application: V.Ident of civento, else the Idempotency-Key it will send. */
  application: z.string().regex(reference),
});
export type ProofBinding = z.infer<typeof proofBinding>;

export const proofStatement = proofBinding.extend({
  applicant: applicantKind,
  vertrauensniveau,
  /** `bundid`, `muk` or the id of another provider of the directory. */
  provider: z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/),
});
export type ProofStatement = z.infer<typeof proofStatement>;

const seconds = z.int().min(0).max(253_402_300_799);

/** Payload of the JWS. */
export const proofClaims = proofStatement.extend({
  iss: z.string(),
  aud: z.string(),
  jti: z.uuid(),
  iat: seconds,
  exp: seconds,
  /** When the applicant signed in at the provider. */
  auth_time: seconds,
  /** {@link ProvenIdentity} as compact JWE. */
  identity: z.string().max(16_384),
});
export type ProofClaims = z.infer<typeof proofClaims>;
