import { createPrivateKey } from 'node:crypto';
import { certificateFacts } from './certificate.ts';
import { samlErrors } from './errors.ts';
import type { IdentityProviderSettings } from './response-verifier.port.ts';

export const MOST_SKEW_MS = 60_000;
const LEAST_BITS = 2048;

/** @throws HUB_SAML_SETTINGS, with places */
export function checkSettings(settings: IdentityProviderSettings): void {
  const { idpCertificates, decryptionKeys, unencryptedAllowed, clockSkewMs = 0, maxAgeMs = 1 } = settings;
  const problems: readonly (readonly [wrong: boolean, field: string, message: string])[] = [
    [idpCertificates.length === 0, 'idpCertificates', 'at least one certificate'],
    [!idpCertificates.every(isGood), 'idpCertificates', `PEM, RSA keys of ${LEAST_BITS} bits at least`],
    [decryptionKeys.length === 0 && !unencryptedAllowed, 'decryptionKeys', 'at least one key'],
    [!decryptionKeys.every(isRsaKey), 'decryptionKeys', 'RSA keys, PEM'],
    [!(clockSkewMs >= 0 && clockSkewMs <= MOST_SKEW_MS), 'clockSkewMs', `0 to ${MOST_SKEW_MS} milliseconds`],
    [!(maxAgeMs > 0), 'maxAgeMs', 'more than 0 milliseconds'],
  ];
  const places = problems.filter(([wrong]) => wrong).map(([, field, message]) => ({ field, message }));
  if (places.length > 0) throw samlErrors.HUB_SAML_SETTINGS({ places });
}

function isGood(certificate: string): boolean {
  try {
    const { keyType, keyBits = 0 } = certificateFacts(certificate, new Date(0));
    return certificate.includes('-----BEGIN CERTIFICATE-----') && keyType.startsWith('rsa') && keyBits >= LEAST_BITS;
  } catch {
    return false;
  }
}

function isRsaKey(key: string): boolean {
  try {
    return createPrivateKey(key).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
