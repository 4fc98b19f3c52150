import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser, FakeBundId, FakeMuk, type Page, certifiedKey, formsOf } from '@ozg-hub/testing';
import { freePort } from '@ozg-hub/testing/servers';
import * as client from 'openid-client';
import { type RunningHub, startHub } from './running-hub.ts';

const CALLBACK = 'https://formulare.example/zurueck';
const fakes = { bundid: new FakeBundId(), muk: new FakeMuk() };
let folder: string;
let hub: RunningHub;
let service: client.Configuration;

beforeAll(async () => {
  await Promise.all([fakes.bundid.start(), fakes.muk.start()]);
  folder = await mkdtemp(join(tmpdir(), 'identity-providers-'));
  const directory = join(folder, 'directory');
  await cp(fileURLToPath(new URL('../../deploy/directory', import.meta.url)), directory, { recursive: true });
  const { key, certificate } = await certifiedKey({ commonName: 'hub' });
  await writeFile(join(folder, 'hub.key'), key);
  await writeFile(join(folder, 'hub.pem'), certificate);
  await mkdir(join(directory, 'identity'), { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const provider = (id: 'bundid' | 'muk', settings: string) => `  - id: ${id}
    name: ${id}
    kind: ${id}
    entityId: https://hub.example/${id}
    metadata: ${id}.xml
    keys: { signing: [{ certificate: 'file:${folder}/hub.pem', privateKey: 'file:${folder}/hub.key' }] }
    settings: ${settings}
`;
  for (const id of ['bundid', 'muk'] as const) {
    await writeFile(join(directory, `identity/${id}.xml`), fakes[id].metadata());
  }
  await writeFile(
    join(directory, 'identity.yaml'),
    `providers:\n${provider('bundid', '{ onlineServiceId: BMI-A0000 }')}${provider('muk', '{}')}clients:
  - { id: formulare, name: Formulare, redirectUris: [${CALLBACK}], tenants: [musterstadt] }
`,
  );
  hub = await startHub({
    environment: {
      HUB_DIRECTORY: directory,
      HUB_SERVICES: 'identity',
      HUB_IDENTITY_PUBLIC_URL: url,
      HUB_HTTP_PORT: String(port),
    },
  });
  for (const id of ['bundid', 'muk'] as const) {
    fakes[id].register((await hub.request('GET', `/identity/saml/${id}/metadata`)).text);
  }
  const metadata = { id_token_signed_response_alg: 'ES256' };
  service = await client.discovery(new URL(`${url}/identity/oidc`), 'formulare', metadata, client.None(), {
    execute: [client.allowInsecureRequests],
  });
}, 60_000);
afterAll(async () => {
  await hub?.stop();
  await Promise.all([fakes.bundid.stop(), fakes.muk.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** Goes to the provider's login page, and from there by the button whose text has all these words. */
async function signIn(provider: 'bundid' | 'muk', words: readonly string[]) {
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(service, {
    redirect_uri: CALLBACK,
    scope: 'openid profile attributes',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    leistung: '99999004011000',
    application: 'CIV-1',
  });
  const browser = new Browser(CALLBACK);
  const choice = await browser.get(url);
  const login = await browser.submit(await browser.submit(choice, { provider }));
  const form = formsOf(login.text).find(({ button }) => words.every((word) => button.includes(word)));
  expect([formsOf(login.text).map(({ button }) => button), form !== undefined]).toEqual([expect.anything(), true]);
  const answer = await browser.post(new URL(form!.action, login.url), form!.fields, login.url.origin);
  return { back: await browser.submit(answer), verifier };
}

async function infoOf({ back, verifier }: { back: Page; verifier: string }) {
  const tokens = await client.authorizationCodeGrant(service, back.url, {
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims()!;
  return { claims, info: await client.fetchUserInfo(service, tokens.access_token, claims.sub) };
}

describe('identity providers that are strict about requests', () => {
  test('a BundID signs Erika Mustermann in, by her Online-Ausweis', async () => {
    const { claims, info } = await infoOf(await signIn('bundid', ['Erika Mustermann', 'eID']));
    expect(claims).toMatchObject({ acr: 'hoch', identity_provider: 'bundid', applicant: 'citizen' });
    expect(info).toMatchObject({ given_name: 'Erika', family_name: 'Mustermann' });
    expect(info['attributes']).toContainEqual({ name: 'surname', value: 'Mustermann', trust: 'hoch' });
  });

  test('a BundID does not sign in by less than the Leistung demands', async () => {
    fakes.bundid.inject('low-level');
    const { back } = await signIn('bundid', ['Erika Mustermann', 'eID']);
    expect([back.status, back.text.includes('Die Anmeldung war nicht möglich.')]).toEqual([403, true]);
  });

  test('Mein Unternehmenskonto signs a company in, with XML-valued attributes', async () => {
    const { claims, info } = await infoOf(await signIn('muk', ['Muster GmbH']));
    expect(claims).toMatchObject({ acr: 'substanziell', identity_provider: 'muk', applicant: 'company' });
    expect(info).toMatchObject({ organization_name: 'Muster GmbH & Co. KG', family_name: 'Mustermann' });
  });

  test('Mein Unternehmenskonto signs no test account in', async () => {
    expect((await signIn('muk', ['Testkonto'])).back.status).toBe(403);
  });

  test.each(['bundid', 'muk'] as const)('%s tells when the user broke off', async (provider) => {
    const { back } = await signIn(provider, ['Abbrechen']);
    expect(back.url.searchParams.get('error')).toBe('access_denied');
    expect(back.url.searchParams.get('error_description')).toBe('HUB_SAML_CANCELLED');
  });
});
