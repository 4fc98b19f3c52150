import { describe, expect, test } from '@jest/globals';
import { errors } from 'oidc-provider';
import { refusalReason } from './refusal-reason.ts';

describe('the reason of a refusal by the OpenID Provider', () => {
  test('is a word of its own, by what the library keeps inside', () => {
    const used = new errors.InvalidGrant('authorization code already consumed');
    const unproven = new errors.InvalidGrant({ cause: new Error('code_verifier must be provided') } as never);
    expect([used, unproven].map(refusalReason)).toEqual(['code_used', 'verifier_missing']);
  });

  test('never quotes what was sent', () => {
    const quoting = new errors.InvalidRequest('origin https://erika.example not allowed for client: formulare');
    expect(refusalReason(quoting)).toBeUndefined();
  });
});
