import { describe, expect, test } from '@jest/globals';
import type { HubError } from '@ozg-hub/core';
import { SamlStatus } from './index.ts';
import { type TestResponse, acs, element, mukLayout, requestId, samlResponse } from './test-idp.ts';
import { refusal, testVerifier, verified } from './test-verifier.ts';

const OTHER = 'https://other.example.org/';
const muk = { assertionSigned: false };
const answer = (said: Partial<TestResponse>) => samlResponse(said, mukLayout);
const at = (time: string) => testVerifier(muk, { at: new Date(`2026-11-22T${time}Z`) });
const expected = { requestId, assertionConsumerUrl: acs };

describe('A response that was meant otherwise is refused, though the provider signed it', () => {
  test.each<[string, Partial<TestResponse>, string]>([
    ['from another issuer', { issuer: OTHER }, 'HUB_SAML_ISSUER'],
    ['with an assertion of another issuer', { assertionIssuer: OTHER }, 'HUB_SAML_ISSUER'],
    ['to another destination', { destination: OTHER }, 'HUB_SAML_DESTINATION'],
    ['for another recipient', { recipient: OTHER }, 'HUB_SAML_RECIPIENT'],
    ['for another audience', { audience: OTHER }, 'HUB_SAML_AUDIENCE'],
    ['for an audience that is nearly ours', { audience: 'https://sp.example.org/identity/' }, 'HUB_SAML_AUDIENCE'],
    ['for two audiences of which we are one', { conditions: [restriction(OTHER)] }, 'HUB_SAML_AUDIENCE'],
    ['under a condition nobody knows', { conditions: [element('Condition')] }, 'HUB_SAML_CONDITION'],
    ['unsolicited', { inResponseTo: undefined, confirmedRequest: undefined }, 'HUB_SAML_UNSOLICITED'],
    ['to another request', { inResponseTo: '_other' }, 'HUB_SAML_IN_RESPONSE_TO'],
    ['with an assertion to another request', { confirmedRequest: '_other' }, 'HUB_SAML_IN_RESPONSE_TO'],
    ['with an assertion to no request', { confirmedRequest: undefined }, 'HUB_SAML_UNSOLICITED'],
    ['without a name', { nameId: ' ' }, 'HUB_SAML_SUBJECT'],
    ['with a time that is none', { issueInstant: '22.11.2026' }, 'HUB_SAML_MALFORMED'],
    ['with a failure beside the assertion', { statusCodes: ['Responder'] }, 'HUB_SAML_PROVIDER_FAILED'],
  ])('%s', async (_, said, code) => {
    expect(await refusal(await answer(said), muk)).toBe(code);
  });

  test.each<[string, (xml: string) => string, string]>([
    ['not confirmed by a bearer', (xml) => xml.replace('cm:bearer', 'cm:sender-vouches'), 'HUB_SAML_SUBJECT'],
    [
      'confirmed for ever',
      (xml) => xml.replace(/(<saml2:SubjectConfirmationData) NotOnOrAfter="[^"]*"/, '$1'),
      'HUB_SAML_SUBJECT',
    ],
    [
      'for no audience',
      (xml) => xml.replace(/<saml2:AudienceRestriction>.*<\/saml2:AudienceRestriction>/s, ''),
      'HUB_SAML_AUDIENCE',
    ],
    ['without conditions', (xml) => xml.replace(/<saml2:Conditions .*<\/saml2:Conditions>/s, ''), 'HUB_SAML_MALFORMED'],
    [
      'without statement',
      (xml) => xml.replace(/<saml2:AuthnStatement .*<\/saml2:AuthnStatement>/s, ''),
      'HUB_SAML_MALFORMED',
    ],
    ['with an encrypted name', (xml) => xml.replaceAll('saml2:NameID', 'saml2:EncryptedID'), 'HUB_SAML_SUBJECT'],
    ['with two names', (xml) => xml.replace(/<saml2:NameID .*<\/saml2:NameID>/s, '$&$&'), 'HUB_SAML_MALFORMED'],
    ['without an ID', (xml) => xml.replace(' ID="_assertion"', ''), 'HUB_SAML_MALFORMED'],
    [
      'with a session that is over',
      (xml) => xml.replace('SessionIndex=', 'SessionNotOnOrAfter="2026-11-22T09:00:00Z" $&'),
      'HUB_SAML_EXPIRED',
    ],
  ])('%s', async (_, changeAssertion, code) => {
    expect(await refusal(await samlResponse({}, { ...mukLayout, changeAssertion }), muk)).toBe(code);
  });

  test('one of several confirmations is enough', async () => {
    const other = '<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>';
    const changeAssertion = (xml: string) => xml.replace('<saml2:SubjectConfirmation ', `${other}$&`);
    const response = await samlResponse({}, { ...mukLayout, changeAssertion });
    await expect(verified(response, muk)).resolves.toMatchObject({ nameId: 'ek-mustermann' });
  });
});

describe('A response holds for its time, by 60 seconds of difference at most', () => {
  // Issued at 09:59:58, until 10:04:58.
  test.each([
    ['09:58:58.122', 'HUB_SAML_NOT_YET_VALID'],
    ['09:58:58.123', undefined],
    ['10:05:58.122', undefined],
    ['10:05:58.123', 'HUB_SAML_EXPIRED'],
  ])('at %s', async (time, code) => {
    const outcome = at(time).verify(await answer({}), expected);
    await (code === undefined
      ? expect(outcome).resolves.toMatchObject({ nameId: 'ek-mustermann' })
      : expect(outcome).rejects.toMatchObject({ code }));
  });

  test('and for ten minutes, whatever it says', async () => {
    const response = await answer({ notOnOrAfter: '2027-01-01T00:00:00Z' });
    await expect(at('10:10:58').verify(response, expected)).resolves.toMatchObject({ nameId: 'ek-mustermann' });
    await expect(at('10:10:59').verify(response, expected)).rejects.toMatchObject({ code: 'HUB_SAML_EXPIRED' });
  });

  test('a login before the request is none where the request forces a new one', async () => {
    const response = await answer({});
    const asked = (time: string) => ({ authenticatedAfter: new Date(`2026-11-22T${time}Z`) });
    await expect(verified(response, muk, asked('10:00:58'))).resolves.toMatchObject({ nameId: 'ek-mustermann' });
    expect(await refusal(response, muk, asked('10:00:59'))).toBe('HUB_SAML_OLD_LOGIN');
  });
});

describe('A level that was not asked for is refused', () => {
  const asked = { authnContexts: ['STORK-QAA-Level-3', 'STORK-QAA-Level-4'] };

  test.each([
    ['STORK-QAA-Level-2', 'HUB_SAML_LEVEL'],
    ['STORK-QAA-Level-33', 'HUB_SAML_LEVEL'],
    ['stork-qaa-level-4', 'HUB_SAML_LEVEL'],
  ])('%s', async (authnContext, code) => {
    expect(await refusal(await answer({ authnContext }), muk, asked)).toBe(code);
  });

  test.each(asked.authnContexts)('%s is accepted', async (authnContext) => {
    await expect(verified(await answer({ authnContext }), muk, asked)).resolves.toMatchObject({ authnContext });
  });
});

describe('A status other than success says why, in codes only', () => {
  const detail = (code: unknown) => JSON.stringify({ version: '1.0', errors: [{ code, message: 'Mustermann' }] });

  test.each<[string, Partial<TestResponse>, string, Partial<SamlStatus>]>([
    [
      'MUK: broken off',
      {
        statusCodes: ['Responder', 'AuthnFailed'],
        statusMessage: 'Die ELSTER-seitige Authentifizierung wurde durch den Benutzer abgebrochen.',
      },
      'HUB_SAML_CANCELLED',
      { code: 'Responder', subCode: 'AuthnFailed', details: [] },
    ],
    [
      'BundID: an attribute is missing',
      { statusCodes: ['Requester', 'RequestDenied'], statusDetail: detail('IDP_REQUIRED_ATTRIBUTES_MISSING') },
      'HUB_SAML_ATTRIBUTE_MISSING',
      { code: 'Requester', subCode: 'RequestDenied', details: ['IDP_REQUIRED_ATTRIBUTES_MISSING'] },
    ],
    [
      'BundID: broken off',
      { statusCodes: ['Requester', 'RequestDenied'], statusDetail: detail('IDP_USER_CANCELLED') },
      'HUB_SAML_CANCELLED',
      { details: ['IDP_USER_CANCELLED'] },
    ],
    ['the level', { statusCodes: ['Responder', 'NoAuthnContext'] }, 'HUB_SAML_LEVEL_UNAVAILABLE', { details: [] }],
    ['their failure', { statusCodes: ['Responder'] }, 'HUB_SAML_PROVIDER_FAILED', { details: [] }],
    [
      'no passive login',
      { statusCodes: ['Responder', 'NoPassive'] },
      'HUB_SAML_PROVIDER_FAILED',
      { subCode: 'NoPassive' },
    ],
    [
      'their failure in such words',
      { statusCodes: ['Responder'], statusMessage: 'aborted' },
      'HUB_SAML_PROVIDER_FAILED',
      {},
    ],
    ['a refusal', { statusCodes: ['Requester'], statusMessage: 'security-msg' }, 'HUB_SAML_REFUSED', { details: [] }],
    [
      'a detail that is no JSON',
      { statusCodes: ['Requester'], statusDetail: '{' },
      'HUB_SAML_REFUSED',
      { details: [] },
    ],
    [
      'a detail of words',
      { statusCodes: ['Requester'], statusDetail: detail('Max M') },
      'HUB_SAML_REFUSED',
      { details: [] },
    ],
    [
      'a detail of numbers',
      { statusCodes: ['Requester'], statusDetail: detail(7) },
      'HUB_SAML_REFUSED',
      { details: [] },
    ],
    ['a status nobody knows', { statusCodes: ['Mustermann'] }, 'HUB_SAML_REFUSED', { code: 'other' }],
  ])('%s', async (_, said, code, status) => {
    const response = await answer({ hasAssertion: false, ...said });
    const error = await verified(response, muk).then(
      () => undefined,
      (refused: HubError) => refused,
    );
    expect(error).toMatchObject({ code, cause: status });
    expect(error?.cause).toBeInstanceOf(SamlStatus);
    expect(`${error?.message} ${(error?.cause as Error).message}`).not.toMatch(/Mustermann|Max M|security/);
  });

  test('but not where it answers another request', async () => {
    const response = await answer({ hasAssertion: false, statusCodes: ['Requester'], inResponseTo: '_other' });
    expect(await refusal(response, muk)).toBe('HUB_SAML_IN_RESPONSE_TO');
  });
});

function restriction(audience: string) {
  return element('AudienceRestriction', {}, [element('Audience', {}, [audience])]);
}
