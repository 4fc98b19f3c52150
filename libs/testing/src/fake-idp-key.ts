import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';

/** A private key and the certificate that it signed itself, PEM. */
export interface CertifiedKey {
  /** PKCS#8. */
  readonly key: string;
  readonly certificate: string;
}

export interface CertifiedKeyOptions {
  readonly commonName: string;
  /** Default: now. */
  readonly from?: Date;
  /** Default 365. */
  readonly days?: number;
  /** Default 2048: made fast, for tests and the demo. */
  readonly bits?: number;
}

const DAY_MS = 86_400_000;

/** A new RSA key, for identity providers and services of tests and the demo. */
export async function certifiedKey(options: CertifiedKeyOptions): Promise<CertifiedKey> {
  const { commonName, from = new Date(), days = 365, bits = 2048 } = options;
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: bits, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  );
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    notBefore: from,
    notAfter: new Date(from.getTime() + days * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
  });
  return { key: privatePem(keys.privateKey), certificate: `${certificate.toString('pem')}\n` };
}

/** PKCS#8, PEM. */
export function privatePem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }) as string;
}
