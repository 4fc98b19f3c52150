import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

/** Signs checkpoints of the trail; its key lies outside the data that it vouches for. */
export interface TrailSigner {
  readonly keyId: string;
  /** Signature over the UTF-8 bytes, base64. */
  sign(text: string): string;
}

/** Checks signatures; knows also the keys of former times. */
export interface TrailVerifier {
  /** undefined: no such key. */
  verify(keyId: string, text: string, signature: string): boolean | undefined;
}

/** A new Ed25519 key pair, PEM (PKCS #8 and SPKI). */
export function createTrailKey(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** @param privateKey PEM, Ed25519 */
export function ed25519Signer(privateKey: string): TrailSigner {
  const key = createPrivateKey(privateKey);
  return {
    keyId: keyIdOf(privateKey),
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  };
}

/** @param keys PEM each, public or private */
export function ed25519Verifier(keys: readonly string[]): TrailVerifier {
  const byId = new Map(keys.map((pem) => [keyIdOf(pem), createPublicKey(pem)]));
  return {
    verify: (keyId, text, signature) => {
      const key = byId.get(keyId);
      return key && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
    },
  };
}

/** First 16 hex digits of the SHA-256 over the public key (DER). */
function keyIdOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}
