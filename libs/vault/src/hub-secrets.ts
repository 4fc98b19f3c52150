import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { vaultErrors } from './errors.ts';
import type { TenantKeys } from './tenant-keys.ts';

/** Owner of the key that the hub's own secrets lie under. No slug of a tenant has a blank. */
export const HUB_ITSELF = 'hub itself';

/** A key for one purpose, the same in every process of the hub. */
export interface HubKey {
  readonly version: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

const LABEL = 'ozg-hub hub secret v1|';
const CIPHER = 'aes-256-gcm';
const VERSION_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Small secrets of the hub itself, such as signing keys: sealed here, kept in tables of their owners. They lie under a
 * key in schema `vault` that a rotation wraps anew, so what was sealed before stays readable as it is.
 */
export class HubSecrets {
  readonly #keys: TenantKeys;

  constructor(keys: TenantKeys) {
    this.#keys = keys;
  }

  /** @param purpose what it is and whose, e.g. `signing key <id>`: {@link open} must be told the same */
  async seal(purpose: string, secret: Buffer): Promise<Buffer> {
    const { version, key } = await this.key(purpose);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    const head = Buffer.alloc(VERSION_BYTES);
    head.writeUInt32BE(version);
    const ciphertext = Buffer.concat([cipher.setAAD(head).update(secret), cipher.final()]);
    return Buffer.concat([head, nonce, ciphertext, cipher.getAuthTag()]);
  }

  /** @throws HUB_VAULT_CORRUPT where it was changed, or sealed for another purpose */
  async open(purpose: string, sealed: Buffer): Promise<Buffer> {
    if (sealed.length < VERSION_BYTES + NONCE_BYTES + TAG_BYTES) throw damaged();
    const { key } = await this.key(purpose, sealed.readUInt32BE(0));
    const end = sealed.length - TAG_BYTES;
    const nonce = sealed.subarray(VERSION_BYTES, VERSION_BYTES + NONCE_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(sealed.subarray(0, VERSION_BYTES)).setAuthTag(sealed.subarray(end));
      return Buffer.concat([decipher.update(sealed.subarray(VERSION_BYTES + NONCE_BYTES, end)), decipher.final()]);
    } catch (cause) {
      throw damaged(cause);
    }
  }

  /**
   * The key of a purpose, for formats that encrypt by themselves; say which version was used.
   * @param version default: the newest
   * @throws HUB_VAULT_CORRUPT where there is no such version
   */
  async key(purpose: string, version?: number): Promise<HubKey> {
    const above = await (version === undefined
      ? this.#keys.newest(HUB_ITSELF)
      : this.#keys.version(HUB_ITSELF, version));
    const key = createHmac('sha256', above.key)
      .update(LABEL + purpose)
      .digest();
    return { version: above.version, key };
  }
}

function damaged(cause?: unknown) {
  return vaultErrors.HUB_VAULT_CORRUPT({ detail: 'A secret of the hub does not pass its integrity check.', cause });
}
