import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { vaultErrors } from './errors.ts';
import type { MasterKey } from './keyring-format.ts';
import { uuidBytes } from './object-format.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NOTHING = Buffer.alloc(0);
const KEK_LABEL = Buffer.from('ozg-hub vault data key v1');

/** What a data key is wrapped under; all of it is authenticated. */
export interface DataKeyPlace {
  readonly submissionId: string;
  readonly tenant: string;
  readonly leaf: number;
}

/** Bytes of a new data key and of the nonce that goes with it. */
export const DATA_KEY_BYTES = 32;
export const WRAP_NONCE_BYTES = NONCE_BYTES;

/**
 * Wraps the key of a submission so that the tenant's key *and* the leaf of the master key's tree are needed.
 * @param nonce 12 random bytes; the same may serve again for the same data key
 */
export function wrapDataKey(
  dataKey: Buffer,
  place: DataKeyPlace,
  tenantKey: Buffer,
  master: MasterKey,
  nonce: Buffer = randomBytes(NONCE_BYTES),
): Buffer {
  return wrap(dataKey, keyEncryptionKey(place, tenantKey, master), NOTHING, nonce);
}

/** @throws HUB_VAULT_ERASED where the keyring forgot the leaf, HUB_VAULT_CORRUPT */
export function unwrapDataKey(wrapped: Buffer, place: DataKeyPlace, tenantKey: Buffer, master: MasterKey): Buffer {
  return unwrap(wrapped, keyEncryptionKey(place, tenantKey, master), NOTHING);
}

export function wrapTenantKey(tenantKey: Buffer, tenant: string, version: number, master: MasterKey): Buffer {
  return wrap(tenantKey, master.secret, tenantKeyContext(tenant, version, master), randomBytes(NONCE_BYTES));
}

/** @throws HUB_VAULT_CORRUPT */
export function unwrapTenantKey(wrapped: Buffer, tenant: string, version: number, master: MasterKey): Buffer {
  return unwrap(wrapped, master.secret, tenantKeyContext(tenant, version, master));
}

/** One HMAC of a secret key over fixed-length fields and the tenant: NIST SP 800-108, a single block. */
function keyEncryptionKey(place: DataKeyPlace, tenantKey: Buffer, master: MasterKey): Buffer {
  const leafKey = master.tree.leafKey(place.leaf);
  if (!leafKey) throw vaultErrors.HUB_VAULT_ERASED();
  return createHmac('sha256', tenantKey)
    .update(KEK_LABEL)
    .update(leafKey)
    .update(uuidBytes(place.submissionId))
    .update(place.tenant)
    .digest();
}

function tenantKeyContext(tenant: string, version: number, master: MasterKey): Buffer {
  return Buffer.from(`ozg-hub vault tenant key v1|${master.id}|${version}|${tenant}`);
}

/** nonce · ciphertext · tag */
function wrap(key: Buffer, under: Buffer, context: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, under, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
  const ciphertext = cipher.update(key);
  cipher.final();
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
}

function unwrap(wrapped: Buffer, under: Buffer, context: Buffer): Buffer {
  try {
    const nonce = wrapped.subarray(0, NONCE_BYTES);
    const end = wrapped.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, under, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
    decipher.setAuthTag(wrapped.subarray(end));
    const key = decipher.update(wrapped.subarray(NONCE_BYTES, end));
    decipher.final();
    return key;
  } catch (cause) {
    throw vaultErrors.HUB_VAULT_CORRUPT({ detail: 'A stored key does not pass its integrity check.', cause });
  }
}
