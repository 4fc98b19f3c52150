import { beforeAll, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import type { IdentityProviderEntry } from '@ozg-hub/directory';
import { type CertifiedKey, certifiedKey } from '@ozg-hub/testing';
import type { LoginAttempt } from '../identity-provider.port.ts';
import { SamlConnection, type SamlParts } from './saml-connection.ts';

const DAY_MS = 86_400_000;
const start = new Date('2026-11-22T12:00:00Z');
const after = (days: number) => new Date(start.getTime() + days * DAY_MS);
const attempt = { requestId: '_1', relayState: 'r', begunAt: start } as LoginAttempt;
let ours: CertifiedKey;
let theirs: CertifiedKey;

beforeAll(async () => {
  ours = await certifiedKey({ commonName: 'hub', from: start, days: 1000 });
  theirs = await certifiedKey({ commonName: 'idp', from: start, days: 20 });
});

/** After so many days: a request of a running hub, one of a hub that starts, an answer to the running one that is none. */
function connectionTo(entityAttributes: string) {
  let now = start;
  const bare = theirs.certificate.replaceAll(/-----[^-]+-----|\s/g, '');
  const entry = {
    id: 'konto',
    entityId: 'https://hub.example/konto',
    keys: { signing: [{ certificate: 'certificate', privateKey: 'key' }] },
    metadataXml: `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example" ${entityAttributes}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`,
  };
  const parts = {
    directory: { secret: (name: 'certificate' | 'key') => Promise.resolve(ours[name]) },
    clock: { now: () => now },
    publicUrl: 'https://hub.example',
  };
  const made = () =>
    new SamlConnection(
      entry as unknown as IdentityProviderEntry,
      { algorithm: 'rsa-sha256', assertionSigned: true },
      parts as unknown as SamlParts,
    );
  const running = made();
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (error: unknown) => (isHubError(error) ? error.code : error),
    );
  return async (days: number) => {
    now = after(days);
    const answered = codeOf(running.verify('bm90aGluZw==', attempt));
    return [await codeOf(running.request(attempt, {})), await codeOf(made().request(attempt, {})), await answered];
  };
}

const trusted = ['ok', 'ok', 'HUB_SAML_MALFORMED'];
const refused = Array(3).fill('HUB_IDENTITY_PROVIDER_UNUSABLE');

test.each([
  ['its metadata end', `validUntil="${after(10).toISOString()}"`, 9, 11],
  ['its last certificate ends', '', 19, 21],
])('an identity provider is trusted until %s, by a running hub as by one that starts', async (_, until, good, over) => {
  const at = connectionTo(until);
  expect(await at(0)).toEqual(trusted);
  expect(await at(good)).toEqual(trusted);
  expect(await at(over)).toEqual(refused);
});
