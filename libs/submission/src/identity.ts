import { z } from 'zod';

/** How strongly somebody was authenticated, in rising order. */
export const vertrauensniveaus = ['basis', 'substanziell', 'hoch'] as const;
export const vertrauensniveau = z.enum(vertrauensniveaus);
export type Vertrauensniveau = z.infer<typeof vertrauensniveau>;

/** True where a login of level `reached` is enough for `demanded`. */
export function reaches(reached: Vertrauensniveau, demanded: Vertrauensniveau): boolean {
  return vertrauensniveaus.indexOf(reached) >= vertrauensniveaus.indexOf(demanded);
}

/** Who the source says the applicant was authenticated as, by whom and how strongly. */
export const identity = z.object({
  source: z.string(),
  vertrauensniveau: vertrauensniveau.optional(),
  attributes: z.record(z.string(), z.string()).default({}),
  /** A proof in a form of the source's own, which the hub does not know. */
  proof: z.string().optional(),
  /** False since the hub knows identity proofs: it is the source's word alone. */
  verified: z.literal(false).optional(),
});

/** A natural person, or a legal person by somebody who acts for it. */
export const applicantKind = z.enum(['citizen', 'company']);
export type ApplicantKind = z.infer<typeof applicantKind>;

/** What an identity provider says of the applicant; `trust` is its level for this value alone, where it says one. */
export const identityAttribute = z.strictObject({
  name: z.string().min(1).max(200),
  value: z.string().max(4000),
  trust: vertrauensniveau.optional(),
});
export type IdentityAttribute = z.infer<typeof identityAttribute>;

/** What the hub itself has verified by an identity proof; beside what the form says, never in its place. */
export const verifiedIdentity = z.object({
  /** Id of the proof; no other application has the same. */
  proofId: z.uuid(),
  /** Id of the identity provider in the directory, e.g. `bundid`. */
  provider: z.string(),
  applicant: applicantKind,
  vertrauensniveau,
  authenticatedAt: z.iso.datetime({ offset: true }),
  /** Stable key of the account at the provider. */
  subject: z.string(),
  attributes: z.array(z.object(identityAttribute.shape)),
  /** Object in the vault with kind and address of the account's mailbox, as JSON: for the return channel only. */
  replyAddressRef: z.uuid().optional(),
});
export type VerifiedIdentity = z.infer<typeof verifiedIdentity>;
