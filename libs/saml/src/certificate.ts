import { X509Certificate } from 'node:crypto';

/** A certificate as operators look at it. */
export interface CertificateFacts {
  readonly pem: string;
  /** SHA-256 of the DER form, hex without colons. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whole days until notAfter, negative once it is past. */
  readonly daysLeft: number;
  /** `rsa`, `rsa-pss`, `ec` … */
  readonly keyType: string;
  /** Bits of an RSA key. */
  readonly keyBits?: number;
}

const DAY_MS = 86_400_000;

/** @throws where the text is no certificate, PEM or bare base64 */
export function certificateFacts(certificate: string, now: Date): CertificateFacts {
  const parsed = new X509Certificate(pemCertificate(certificate));
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails } = parsed.publicKey;
  const keyBits = asymmetricKeyDetails?.modulusLength;
  const notAfter = new Date(parsed.validTo);
  return {
    pem: pemCertificate(certificate),
    fingerprint: parsed.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: parsed.subject.replaceAll('\n', ', '),
    notBefore: new Date(parsed.validFrom),
    notAfter,
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS),
    keyType: asymmetricKeyType,
    ...(keyBits === undefined ? {} : { keyBits }),
  };
}

/** Base64 without headers and white space. */
export function bareCertificate(certificate: string): string {
  return certificate.replaceAll(/-----[^-]+-----|\s/g, '');
}

function pemCertificate(certificate: string): string {
  const lines = bareCertificate(certificate).match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
