import type { AccountClaims } from 'oidc-provider';
import type { Login } from '../login.repository.ts';

/** Claims by scope (OpenID Connect Core 5.4). `openid` goes into the id_token, all of them to the userinfo endpoint. */
export const claimsByScope: Readonly<Record<string, string[]>> = {
  openid: ['sub', 'acr', 'auth_time', 'identity_proof', 'identity_provider', 'applicant'],
  profile: ['name', 'given_name', 'family_name', 'birthdate', 'organization_name'],
  email: ['email'],
  address: ['address'],
  attributes: ['attributes'],
};

/** Attributes as adapters name them, by claim: the first that is there. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  given_name: ['givenName', 'HandelndePerson.Vorname'],
  family_name: ['surname', 'HandelndePerson.Nachname'],
  birthdate: ['birthdate'],
  organization_name: ['organizationName', 'Firmenname'],
  email: ['mail'],
};
const ADDRESS: Readonly<Record<string, readonly string[]>> = {
  postal_code: ['postalCode', 'Unternehmensanschrift.PLZ'],
  locality: ['localityName', 'Unternehmensanschrift.Ort'],
  country: ['country', 'Unternehmensanschrift.Land'],
};

/** Who signed in: a citizen, or one of those who act for a company; never the same for two of them. */
export function accountOf({ provider, subject, account }: Pick<Login, 'provider' | 'subject' | 'account'>): string {
  return [provider, subject, ...(account === undefined ? [] : [account])].join(' ');
}

/** What an online service may read of a login. */
export function accountClaims(id: string, login: Login): AccountClaims {
  const value = (names: readonly string[]) => login.attributes.find(({ name }) => names.includes(name))?.value;
  const joined = (...parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' ') || undefined;
  const all = (names: Readonly<Record<string, readonly string[]>>) =>
    present(Object.fromEntries(Object.entries(names).map(([claim, of]) => [claim, value(of)])));
  const claims = all(CLAIMS);
  const street = value(['postalAddress']);
  const companyStreet = joined(value(['Unternehmensanschrift.Strasse']), value(['Unternehmensanschrift.Hausnummer']));
  const address = { ...present({ street_address: street ?? companyStreet }), ...all(ADDRESS) };
  return {
    // The provider makes the pairwise subject of it.
    sub: id,
    identity_proof: login.proof,
    identity_provider: login.provider,
    applicant: login.applicant,
    ...present({ name: claims['organization_name'] ?? joined(claims['given_name'], claims['family_name']) }),
    ...claims,
    ...(Object.keys(address).length > 0 ? { address } : {}),
    attributes: login.attributes,
  };
}

function present(claims: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).filter((claim): claim is [string, string] => claim[1] !== undefined),
  );
}
