export { identityErrors } from './errors.ts';
export { identityKeyMigrations } from './identity-key-migrations.ts';
export {
  type IdentityProofsOptions,
  IdentityProofs,
  PROOF_LIFETIME_SECONDS,
  PROOF_MAX_LENGTH,
  type SignedProof,
  type VerifiedProof,
} from './identity-proofs.ts';
export {
  type ApplicantKind,
  type IdentityAttribute,
  type ProofBinding,
  type ProofStatement,
  type ProvenIdentity,
  type ReplyAddress,
  type Vertrauensniveau,
  applicantKind,
  identityAttribute,
  reaches,
  replyAddress,
  vertrauensniveau,
  vertrauensniveaus,
} from './proof-claims.ts';
export {
  SIGNING_ALGORITHM,
  type SigningKey,
  type SigningKeyPair,
  SigningKeys,
  type SigningKeysOptions,
  type SigningPurpose,
} from './signing-keys.ts';
