export type { ErasureReport } from './erasures.ts';
export { vaultErrors } from './errors.ts';
export type { HubKey, HubSecrets } from './hub-secrets.ts';
export type { RotationOptions, RotationProgress, RotationReport } from './key-rotation.ts';
export { Keyring, type KeyringOptions, defaultKeyringReference } from './keyring.ts';
export type { MasterKey, MasterKeyState } from './keyring-format.ts';
export { type ObjectMeta, type SealedObject, SubmissionVault, type WriteOptions } from './submission-vault.ts';
export {
  type OpenedObject,
  type StoredMeta,
  Vault,
  type VaultOptions,
  type VaultRef,
  type VaultScope,
  type VaultStatus,
} from './vault.ts';
export { vaultMigrations } from './vault-migrations.ts';
