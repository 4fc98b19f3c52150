import { type SamlErrorCode, samlErrors } from './errors.ts';
import {
  ENCRYPTION,
  ENCRYPTION11,
  RSA_PSS_SHA256,
  RSA_SHA256,
  RSA_SHA512,
  SHA256,
  SHA512,
  SIGNATURE,
} from './names.ts';

/** What an algorithm is for. */
export type AlgorithmUse = 'signature' | 'digest' | 'content' | 'keyTransport' | 'oaepDigest' | 'oaepMask';

/**
 * BSI TR-03116-4 as far as the libraries know it. SHA-1 inside OAEP is no signature and breaks nothing; identity providers
 * in use still name it (or nothing, which means it: XML Encryption 1.1 §5.5.2).
 */
const ACCEPTED: Readonly<Record<AlgorithmUse, readonly string[]>> = {
  signature: [RSA_SHA256, RSA_SHA512, RSA_PSS_SHA256],
  digest: [SHA256, SHA512],
  content: [`${ENCRYPTION11}aes128-gcm`, `${ENCRYPTION11}aes256-gcm`],
  keyTransport: [`${ENCRYPTION}rsa-oaep-mgf1p`, `${ENCRYPTION11}rsa-oaep`],
  oaepDigest: [`${SIGNATURE}sha1`, SHA256, SHA512],
  oaepMask: [`${ENCRYPTION11}mgf1sha1`, `${ENCRYPTION11}mgf1sha256`, `${ENCRYPTION11}mgf1sha512`],
};

const KNOWN_WEAK: readonly (readonly [uri: RegExp, code: SamlErrorCode])[] = [
  [/#hmac-/, 'HUB_SAML_HMAC'],
  [/sha1(?:$|-)/, 'HUB_SAML_SHA1'],
  [/-cbc$/, 'HUB_SAML_CBC'],
  [/#rsa-1_5$/, 'HUB_SAML_RSA15'],
];

/** @throws the code of a weak algorithm that is known, HUB_SAML_ALGORITHM for any other that is not accepted */
export function acceptAlgorithm(use: AlgorithmUse, uri: string | undefined): void {
  if (uri !== undefined && ACCEPTED[use].includes(uri)) return;
  const weak = KNOWN_WEAK.find(([pattern]) => uri !== undefined && pattern.test(uri));
  throw samlErrors[weak?.[1] ?? 'HUB_SAML_ALGORITHM']();
}
