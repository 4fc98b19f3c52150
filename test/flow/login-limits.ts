import { beforeAll, describe, expect, test } from '@jest/globals';
import { fetchUserInfo } from 'openid-client';
import { BOTH_KINDS, type LoginGround, PUBLIC, erika } from './login-ground.ts';

/** Ways back, and what an online service may ask for. */
export function describeLimits(theGround: () => LoginGround): void {
  let ground: LoginGround;
  beforeAll(() => {
    ground = theGround();
  });

  async function begun(demand: Parameters<LoginGround['ask']>[0] = {}) {
    const browser = ground.browser();
    const asked = await ground.ask(demand);
    const handed = ground.handed(await browser.get(asked.url));
    return { browser, asked, handed, login: handed.page.url };
  }

  describe('whoever comes back from the identity provider by the back button', () => {
    test('is not sent there again, but may go on', async () => {
      const { browser, asked, login } = await begun();
      const page = await browser.get(login);
      expect([page.status, page.text.includes('Die Anmeldung wurde schon begonnen.')]).toEqual([200, true]);
      expect(page.text).not.toMatch(/<script|SAMLRequest/);
      const again = ground.handed(await browser.submit(page, { provider: 'bundid' }));
      const tokens = await ground.tokens(await ground.answer(browser, again), asked);
      expect(tokens.claims()).toMatchObject({ acr: 'hoch' });
    });

    test('gets back to the online service, which is told that the user broke off', async () => {
      const { browser, asked, login } = await begun();
      const page = await browser.get(`${login.href}?lang=en`);
      const leave = /href="([^"]+)">Back to the online service/.exec(page.text)?.[1];
      const back = await browser.get(new URL(leave!, PUBLIC));
      expect(Object.fromEntries(back.url.searchParams)).toMatchObject({
        error: 'access_denied',
        error_description: 'HUB_SAML_CANCELLED',
        state: asked.state,
      });
      expect((await browser.get(login)).status).toBe(403);
    });

    test('is sent there again after an answer that was refused: that is a new try', async () => {
      const { browser, handed, login } = await begun();
      const refused = await ground.answer(browser, handed, {
        level: 'STORK-QAA-Level-1',
        audience: 'https://andere.example',
      });
      expect(refused.status).toBe(403);
      expect(ground.handed(await browser.get(login)).url.href).toBe(ground.bundid.ssoUrl);
    });

    test('leads nobody else out of a login', async () => {
      const { login } = await begun();
      expect((await ground.browser().get(`${login.href}/leave`)).status).toBe(403);
    });
  });

  describe('an online service that asks for one account', () => {
    test.each<[string, (idToken: string, sub: string) => Readonly<Record<string, string>>]>([
      ['by an id_token_hint', (idToken) => ({ id_token_hint: idToken })],
      ['by a claim', (_, sub) => ({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) })],
    ])('%s gets it, and is told login_required where another one signs in', async (_how, hint) => {
      const first = await begun();
      const tokens = await ground.tokens(await ground.answer(first.browser, first.handed), first.asked);
      const more = hint(tokens.id_token!, tokens.claims()!.sub);
      const same = await begun({ more });
      const back = await ground.answer(same.browser, same.handed);
      const sameTokens = await ground.tokens(back, same.asked);
      const info = await fetchUserInfo(ground.service, sameTokens.access_token, tokens.claims()!.sub);
      expect(info).toMatchObject({ given_name: 'Erika' });
      const other = await begun({ more });
      const attributes = { ...erika, 'urn:oid:1.3.6.1.4.1.25484.494450.3': 'bpk2-max' };
      const refused = await ground.answer(other.browser, other.handed, { attributes });
      expect(refused.url.searchParams.get('error')).toBe('login_required');
      expect((await ground.reasons()).at(-1)).toBe('other_account');
    });
  });

  test('an essential level is asked for, whatever acr_values say beside it', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'hoch' } } });
    const { handed } = await begun({ acr: 'basis', more: { claims } });
    expect(handed.request).toContain('STORK-QAA-Level-4');
    const unreadable = JSON.stringify({ id_token: { acr: { essential: true, values: { level: 'hoch' } } } });
    const asked = await ground.ask({ more: { claims: unreadable } });
    await ground.browser().get(asked.url);
    expect((await ground.refusals()).at(-1)).toBe('HUB_IDENTITY_LEVEL_UNKNOWN');
  });

  test('a provider that never reaches the level is not offered, nor taken by who names it', async () => {
    const browser = ground.browser();
    const choice = await browser.get((await ground.ask({ leistung: BOTH_KINDS, acr: 'hoch' })).url);
    const offered = [...choice.text.matchAll(/name="provider" value="([^"]+)"/g)].map(([, id]) => id);
    expect(offered).toEqual(['bundid', 'konto']);
    expect((await browser.submit(choice, { provider: 'muk' })).status).toBe(403);
    expect((await ground.refusals()).at(-1)).toBe('HUB_IDENTITY_NO_PROVIDER');
  });
}
