import { describe, expect, test } from '@jest/globals';
import { createResponseVerifier } from './index.ts';
import { ENCRYPTION11, RSA_PSS_SHA256 } from './names.ts';
import { acs, bundidLayout, genuine, idp, mukLayout, now, requestId, samlResponse, sp } from './test-idp.ts';
import { testEncryptionKey, testIdpKey } from './test-keys.ts';

const settings = {
  idpEntityId: idp,
  idpCertificates: [testIdpKey.certificate],
  spEntityId: sp,
  decryptionKeys: [testEncryptionKey.key],
};
const MODERN = { signatureAlgorithm: RSA_PSS_SHA256, keyTransport: `${ENCRYPTION11}rsa-oaep`, oaepDigest: 'sha256' };

describe('A genuine response is accepted', () => {
  test.each([
    ['BundID: both signed', bundidLayout],
    ['MUK: the response signed, with PSS, GCM and OAEP by SHA-256', { ...mukLayout, ...MODERN }],
  ])('%s', async (_, layout) => {
    const verifier = createResponseVerifier(
      { ...settings, assertionSigned: layout.assertionSigned },
      { replays: { claim: async () => true }, clock: { now: () => now } },
    );
    const verified = await verifier.verify(await samlResponse({}, layout), { requestId, assertionConsumerUrl: acs });
    expect(verified).toMatchObject({ nameId: genuine.nameId, authnContext: genuine.authnContext });
  });
});
