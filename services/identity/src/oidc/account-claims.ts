import type { AccountClaims } from 'oidc-provider';
import type { Login } from '../login.repository.ts';

/** Claims by scope (OpenID Connect Core 5.4). `openid` goes into the id_token, all of them to the userinfo endpoint. */
export const claimsByScope: Readonly<Record<string, string[]>> = {
  openid: ['sub', 'identity_proof', 'identity_provider', 'applicant'],
  profile: ['name', 'given_name', 'family_name', 'birthdate', 'organization_name'],
  email: ['email'],
  address: ['address'],
  attributes: ['attributes'],
};

/** Attributes as adapters name them, by claim. */
const CLAIMS: Readonly<Record<string, string>> = {
  given_name: 'givenName',
  family_name: 'surname',
  birthdate: 'birthdate',
  organization_name: 'organizationName',
  email: 'mail',
};

/** What an online service may read of a login. */
export function accountClaims(id: string, login: Login): AccountClaims {
  const value = (name: string) => login.attributes.find((attribute) => attribute.name === name)?.value;
  const claims = Object.entries(CLAIMS).flatMap(([claim, name]) => {
    const found = value(name);
    return found === undefined ? [] : [[claim, found] as const];
  });
  const name = value('organizationName') ?? [value('givenName'), value('surname')].filter(Boolean).join(' ');
  const address = {
    street_address: value('postalAddress'),
    postal_code: value('postalCode'),
    locality: value('localityName'),
    country: value('country'),
  };
  return {
    // The provider makes the pairwise subject of it.
    sub: id,
    identity_proof: login.proof,
    identity_provider: login.provider,
    applicant: login.applicant,
    ...(name ? { name } : {}),
    ...Object.fromEntries(claims),
    ...(Object.values(address).some(Boolean) ? { address } : {}),
    attributes: login.attributes,
  };
}
