import { isHubError } from '@ozg-hub/core';
import type { HubSecrets } from '@ozg-hub/vault';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { identityErrors } from './errors.ts';
import { type ProvenIdentity, provenIdentity } from './proof-claims.ts';

const PURPOSE = 'identity proof';
const KEY_WRAP = 'A256KW';
const CIPHER = 'A256GCM';

/**
 * What a proof carries for the hub alone: A256GCM under a key of its own for each proof, wrapped (A256KW) by a key
 * that follows from the master key. Bound to the proof's id, so that it cannot be put into another proof.
 */
export class ProofCipher {
  readonly #secrets: HubSecrets;

  constructor(secrets: HubSecrets) {
    this.#secrets = secrets;
  }

  async encrypt(identity: ProvenIdentity, proofId: string): Promise<string> {
    const { version, key } = await this.#secrets.key(PURPOSE);
    return await new CompactEncrypt(Buffer.from(JSON.stringify(identity)))
      .setProtectedHeader({ alg: KEY_WRAP, enc: CIPHER, kid: String(version), proof: proofId })
      .encrypt(key);
  }

  /** @throws HUB_IDENTITY_PROOF_UNREADABLE */
  async decrypt(text: string, proofId: string): Promise<ProvenIdentity> {
    const key = await this.#keyOf(text);
    try {
      const options = { keyManagementAlgorithms: [KEY_WRAP], contentEncryptionAlgorithms: [CIPHER] };
      const { plaintext, protectedHeader } = await compactDecrypt(text, key, options);
      if (protectedHeader['proof'] !== proofId) throw unreadable();
      return provenIdentity.parse(JSON.parse(Buffer.from(plaintext).toString()));
    } catch (cause) {
      throw unreadable(cause);
    }
  }

  async #keyOf(text: string): Promise<Buffer> {
    const version = Number(headerOf(text).kid);
    if (!Number.isInteger(version) || version < 1 || version > 0x7fff_ffff) throw unreadable();
    try {
      return (await this.#secrets.key(PURPOSE, version)).key;
    } catch (error) {
      if (isHubError(error, 'HUB_VAULT_CORRUPT')) throw unreadable(error);
      throw error;
    }
  }
}

function headerOf(text: string): { kid?: unknown } {
  try {
    return decodeProtectedHeader(text);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown) {
  return identityErrors.HUB_IDENTITY_PROOF_UNREADABLE({ cause });
}
