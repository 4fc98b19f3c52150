import type { XmlTree } from '@ozg-hub/xml';
import { attributesOf } from './assertion-attributes.ts';
import { type Expectations, checkAssertion, checkResponse } from './assertion-checks.ts';
import { samlErrors } from './errors.ts';
import { refusalOf } from './response-status.ts';
import type { VerifiedResponse } from './response-verifier.port.ts';

/**
 * What a response says whose signatures are right, if it says so to us. Whether it was used before is not looked at.
 * @throws what {@link checkResponse}, {@link refusalOf} and {@link checkAssertion} find; HUB_SAML_NO_ASSERTION
 */
export function provenLogin(
  response: XmlTree,
  assertion: XmlTree | undefined,
  expectations: Expectations,
): VerifiedResponse {
  checkResponse(response, expectations);
  const refusal = refusalOf(response);
  if (refusal !== undefined) throw refusal;
  if (assertion === undefined) throw samlErrors.HUB_SAML_NO_ASSERTION();
  const { nameId, sessionIndex, authnContext, authnInstant, notOnOrAfter } = checkAssertion(assertion, expectations);
  const assertionId = assertion.attributes['ID'] ?? '';
  if (assertionId === '') throw samlErrors.HUB_SAML_MALFORMED();
  const { Format: nameIdFormat } = nameId.attributes;
  return {
    nameId: nameId.text.trim(),
    authnContext,
    authnInstant,
    attributes: attributesOf(assertion),
    assertionId,
    notOnOrAfter,
    ...(nameIdFormat === undefined ? {} : { nameIdFormat }),
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
  };
}
