export { identityErrors } from './errors.ts';
export { identityKeyMigrations } from './identity-key-migrations.ts';
export {
  type IdentityProofsOptions,
  IdentityProofs,
  PROOF_MAX_LENGTH,
  type SignedProof,
  type VerifiedProof,
  isIdentityProof,
} from './identity-proofs.ts';
export {
  type ProofBinding,
  type ProofStatement,
  type ProvenIdentity,
  type ReplyAddress,
  proofBinding,
  replyAddress,
} from './proof-claims.ts';
export {
  type ApplicantKind,
  type IdentityAttribute,
  type Vertrauensniveau,
  applicantKind,
  identityAttribute,
  reaches,
  vertrauensniveau,
  vertrauensniveaus,
} from '@ozg-hub/submission';
export {
  type RotateOptions,
  SIGNING_ALGORITHM,
  type SigningKey,
  type SigningKeyPair,
  SigningKeys,
  type SigningKeysOptions,
  type SigningPurpose,
} from './signing-keys.ts';
