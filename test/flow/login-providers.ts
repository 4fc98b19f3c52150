import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { formsOf } from '@ozg-hub/testing';
import { fetchUserInfo } from 'openid-client';
import { BOTH_KINDS, type LoginGround } from './login-ground.ts';

/** Logins at the fakes of BundID and MUK: requests that they take, answers as they make them. */
export function describeProviders(theGround: () => LoginGround): void {
  let ground: LoginGround;
  beforeAll(() => {
    ground = theGround();
  });

  /** Goes to the provider's login page, and from there by the button whose text has all these words. */
  async function signIn(provider: 'bundid' | 'muk', words: readonly string[]) {
    const asked = await ground.ask({ leistung: BOTH_KINDS });
    const browser = ground.browser();
    const choice = await browser.get(asked.url);
    const login = await browser.submit(await browser.submit(choice, { provider }));
    const form = formsOf(login.text).find(({ button }) => words.every((word) => button.includes(word)));
    expect([login.url.href, form !== undefined]).toEqual([ground.fakes[provider].ssoUrl, true]);
    const answer = await browser.post(new URL(form!.action, login.url), form!.fields, login.url.origin);
    return { back: await browser.submit(answer), asked };
  }

  async function infoOf({ back, asked }: Awaited<ReturnType<typeof signIn>>) {
    const tokens = await ground.tokens(back, asked);
    const claims = tokens.claims()!;
    return { claims, info: await fetchUserInfo(ground.service, tokens.access_token, claims.sub) };
  }

  describe('identity providers that are strict about requests', () => {
    test('a BundID signs Erika Mustermann in, by her Online-Ausweis', async () => {
      const { claims, info } = await infoOf(await signIn('bundid', ['Erika Mustermann', 'eID']));
      expect(claims).toMatchObject({ acr: 'hoch', identity_provider: 'bundid', applicant: 'citizen' });
      expect(info).toMatchObject({ given_name: 'Erika', family_name: 'Mustermann' });
      expect(info['attributes']).toContainEqual({ name: 'surname', value: 'Mustermann', trust: 'hoch' });
    });

    test('a BundID does not sign in by less than the Leistung demands', async () => {
      ground.fakes.bundid.inject('low-level');
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

  test('our metadata tell nobody outside where a key is missing, and the log does', async () => {
    const certificate = join(ground.directory, 'sign.pem');
    await rename(certificate, `${certificate}.gone`);
    const answer = await ground.hub.request('GET', '/identity/saml/bundid/metadata');
    await rename(`${certificate}.gone`, certificate);
    expect([answer.status, answer.json.code]).toEqual([503, 'HUB_IDENTITY_PROVIDER_UNUSABLE']);
    expect(answer.text).not.toContain('sign.pem');
    expect(await readFile(ground.hub.logFile, 'utf8')).toContain(certificate);
  });
}
