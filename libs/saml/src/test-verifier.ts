import type { HubError } from '@ozg-hub/core';
import { createResponseVerifier } from './node-saml.adapter.ts';
import type {
  ExpectedResponse,
  IdentityProviderSettings,
  ReplayStore,
  ResponseVerifier,
  VerifiedResponse,
} from './response-verifier.port.ts';
import { acs, idp, now, requestId, sp } from './test-idp.ts';
import { testEncryptionKey, testIdpKey } from './test-keys.ts';

/** The service provider that the identity provider of the tests answers. */
export const testSettings: IdentityProviderSettings = {
  idpEntityId: idp,
  idpCertificates: [testIdpKey.certificate],
  spEntityId: sp,
  decryptionKeys: [testEncryptionKey.key],
  assertionSigned: true,
};

/** Claims everything, as often as asked. */
export const noReplays: ReplayStore = { claim: async () => true };

/** A verifier whose time stands still. */
export function testVerifier(
  settings: Partial<IdentityProviderSettings> = {},
  { replays = noReplays, at = now }: { replays?: ReplayStore; at?: Date } = {},
): ResponseVerifier {
  return createResponseVerifier({ ...testSettings, ...settings }, { replays, clock: { now: () => at } });
}

/** What the verifier makes of an answer to the request of the tests. */
export function verified(
  response: string,
  settings: Partial<IdentityProviderSettings> = {},
  expected: Partial<ExpectedResponse> = {},
): Promise<VerifiedResponse> {
  return testVerifier(settings).verify(response, { requestId, assertionConsumerUrl: acs, ...expected });
}

/** The code an answer is refused by; what it proves where it is not. */
export async function refusal(...given: Parameters<typeof verified>): Promise<string | VerifiedResponse> {
  try {
    return await verified(...given);
  } catch (error) {
    return (error as HubError).code;
  }
}
