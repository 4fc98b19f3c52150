import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningHost } from '@ozg-hub/runtime';
import { BOTH_KINDS, CALLBACK, type LoginGround, PUBLIC, company, erika } from './login-ground.ts';
import type { Browser, Page } from '@ozg-hub/testing';
import type { Said } from './saml-idp.ts';

const LONG_AGO = '2026-01-01T00:00:00Z';

/** What somebody may try, each refused by a code of its own. */
export function describeAttacks(theGround: () => LoginGround, another: () => RunningHost): void {
  let ground: LoginGround;
  let second: RunningHost;
  beforeAll(() => {
    ground = theGround();
    second = another();
  });

  async function begun(browser: Browser = ground.browser(), provider = 'bundid') {
    const asked = await ground.ask({ leistung: BOTH_KINDS });
    const choice = await browser.get(asked.url);
    return { browser, asked, choice, handed: ground.handed(await browser.submit(choice, { provider })) };
  }

  /** One plain page outside, its own code inside. */
  async function expectRefused(page: Page, code: string): Promise<void> {
    expect([page.status, page.text.includes('Die Anmeldung war nicht möglich.')]).toEqual([403, true]);
    expect(page.text).not.toMatch(/HUB_|SAML|Signatur/);
    expect((await ground.refusals()).at(-1)).toBe(code);
  }

  const tokenRequest = async (fields: Readonly<Record<string, string>>) => {
    const answer = await fetch(`${ground.hub.url}/identity/oidc/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('formulare:geheim-geheim-geheim-geheim-geheim').toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: CALLBACK, ...fields }),
    });
    return { status: answer.status, body: (await answer.json()) as { error?: string; id_token?: string } };
  };

  describe('an answer of an identity provider is refused, with one plain page outside and a code of its own inside,', () => {
    test('when the RelayState is nobody’s', async () => {
      const { browser, handed } = await begun();
      const relayState = `${handed.relayState.slice(0, -1)}${handed.relayState.endsWith('A') ? 'B' : 'A'}`;
      await expectRefused(await ground.answer(browser, { ...handed, relayState }), 'HUB_IDENTITY_RELAY_STATE');
    });

    test('when the RelayState is that of another attempt', async () => {
      const { browser, handed } = await begun();
      const other = await begun();
      const page = await ground.answer(browser, { ...handed, relayState: other.handed.relayState });
      await expectRefused(page, 'HUB_IDENTITY_OTHER_BROWSER');
      expect(await ground.refusals()).toContain('HUB_SAML_IN_RESPONSE_TO');
    });

    test('when an attacker has the victim’s browser post his own login (login CSRF)', async () => {
      const attacker = await begun();
      const victim = ground.browser();
      await expectRefused(await ground.answer(victim, attacker.handed), 'HUB_IDENTITY_OTHER_BROWSER');
      const victimMidway = await begun();
      const again = await begun();
      await expectRefused(await ground.answer(victimMidway.browser, again.handed), 'HUB_IDENTITY_OTHER_BROWSER');
    });

    test('when it is given into another login of the same browser', async () => {
      const { browser, handed } = await begun();
      const other = await begun(browser);
      const SAMLResponse = await ground.bundid.answer(ground.genuine(handed));
      const answer = await fetch(`${ground.hub.url}/identity/saml/bundid/acs`, {
        method: 'POST',
        body: new URLSearchParams({ SAMLResponse, RelayState: handed.relayState }),
        redirect: 'manual',
      });
      const query = new URL(answer.headers.get('location')!, PUBLIC).search;
      const page = await browser.get(`${other.choice.url.href}/return${query}`);
      await expectRefused(page, 'HUB_IDENTITY_OTHER_INTERACTION');
    });

    test('when it comes a second time, also to another instance', async () => {
      const { browser, handed, asked } = await begun();
      const SAMLResponse = await ground.bundid.answer(ground.genuine(handed));
      const form = { SAMLResponse, RelayState: handed.relayState };
      const back = await browser.post(handed.acs, form, ground.bundid.entityId);
      expect(await ground.tokens(back, asked)).toBeDefined();
      await expectRefused(await browser.post(handed.acs, form, ground.bundid.entityId), 'HUB_IDENTITY_ATTEMPT_USED');
      browser.routes.set(PUBLIC, second.url);
      await expectRefused(await browser.post(handed.acs, form, ground.bundid.entityId), 'HUB_IDENTITY_ATTEMPT_USED');
    });

    test('when two instances get it at once, by one of them', async () => {
      const { handed } = await begun();
      const SAMLResponse = await ground.bundid.answer(ground.genuine(handed));
      const post = async (url: string) => {
        const body = new URLSearchParams({ SAMLResponse, RelayState: handed.relayState });
        return (await fetch(`${url}/identity/saml/bundid/acs`, { method: 'POST', body, redirect: 'manual' })).status;
      };
      const statuses = await Promise.all([post(ground.hub.url), post(second.url)]);
      expect(statuses.toSorted()).toEqual([303, 403]);
    });

    test('when its outcome is taken a second time', async () => {
      const { browser, handed, choice } = await begun();
      await ground.answer(browser, handed);
      const page = await browser.get(`${choice.url.href}/return?attempt=${handed.relayState}`);
      await expectRefused(page, 'HUB_IDENTITY_ATTEMPT_USED');
    });

    test('when another provider gives it (mix-up)', async () => {
      const { browser, handed } = await begun();
      const acs = handed.acs.replace('/bundid/', '/muk/');
      const page = await ground.answer(browser, { ...handed, acs }, { attributes: company }, ground.muk);
      await expectRefused(page, 'HUB_IDENTITY_OTHER_PROVIDER');
      const other = await begun();
      const stranger = ground.otherIdp('https://andere.example/idp');
      const foreign = await ground.answer(other.browser, other.handed, {}, stranger);
      await expectRefused(foreign, 'HUB_SAML_ISSUER');
    });

    test.each<[string, string, Partial<Said>, string]>([
      ['the level is lower than asked', 'bundid', { level: 'STORK-QAA-Level-2' }, 'HUB_SAML_LEVEL'],
      [
        'a required attribute is missing',
        'bundid',
        { attributes: { ...erika, 'urn:oid:2.5.4.4': '' } },
        'HUB_IDENTITY_ATTRIBUTE_MISSING',
      ],
      [
        'there is no bPK2',
        'bundid',
        { attributes: { ...erika, 'urn:oid:1.3.6.1.4.1.25484.494450.3': '' } },
        'HUB_IDENTITY_SUBJECT_MISSING',
      ],
      ['its user signed in before this was asked for', 'bundid', { signedInAt: LONG_AGO }, 'HUB_SAML_OLD_LOGIN'],
      ['the audience is another', 'bundid', { audience: 'https://andere.example' }, 'HUB_SAML_AUDIENCE'],
      [
        'the company account is a test account',
        'muk',
        { attributes: { ...company, IstTestkonto: 'TRUE' } },
        'HUB_IDENTITY_TEST_ACCOUNT',
      ],
      [
        'the company account is identified too weakly',
        'muk',
        { attributes: { ...company, ElsterVertrauensniveauIdentifizierung: 'normal' } },
        'HUB_IDENTITY_LEVEL_TOO_LOW',
      ],
      ['the account is no lasting one', 'muk', { nameIdFormat: 'transient' }, 'HUB_IDENTITY_SUBJECT_MISSING'],
      [
        'the account of the organisation is missing',
        'muk',
        { attributes: { ...company, DatenuebermittlerPseudonymId: 'ek-1' } },
        'HUB_IDENTITY_SUBJECT_MISSING',
      ],
    ])('when %s', async (_what, provider, said, code) => {
      const { browser, handed } = await begun(ground.browser(), provider);
      await expectRefused(await ground.answer(browser, handed, said), code);
    });

    test('when fields are missing, twice, or larger than a megabyte', async () => {
      const { browser, handed } = await begun();
      await expectRefused(await browser.post(handed.acs, { RelayState: handed.relayState }), 'HUB_IDENTITY_FORM');
      const twice = new URLSearchParams([
        ['SAMLResponse', 'eA=='],
        ['RelayState', 'a'],
        ['RelayState', handed.relayState],
      ]);
      const answer = await fetch(`${ground.hub.url}/identity/saml/bundid/acs`, { method: 'POST', body: twice });
      expect(answer.status).toBe(403);
      const large = { SAMLResponse: 'A'.repeat(1_200_000), RelayState: handed.relayState };
      expect((await browser.post(handed.acs, large)).status).toBe(413);
      expect((await ground.answer(browser, handed)).url.searchParams.has('code')).toBe(true);
    });
  });

  describe('an answer by the HTTP-Redirect binding', () => {
    test('is refused as it is: a deflate bomb stays packed, and the login can still end', async () => {
      const { browser, handed } = await begun();
      const address = new URL(handed.acs);
      const bomb = deflateRawSync(Buffer.alloc(8_000_000, 'A'), { level: 9 }).toString('base64');
      address.searchParams.set('SAMLResponse', bomb);
      address.searchParams.set('RelayState', handed.relayState);
      await expectRefused(await browser.get(address), 'HUB_IDENTITY_BINDING');
      expect((await ground.answer(browser, handed)).url.searchParams.has('code')).toBe(true);
    });
  });

  describe('the OpenID Provider refuses', () => {
    async function code(changes: Readonly<Record<string, string>> = {}) {
      const { browser, asked, handed } = await begun();
      const back = await ground.answer(browser, handed);
      return { ...changes, code: back.url.searchParams.get('code')!, code_verifier: asked.verifier };
    }

    test('a code that is used again, and takes back what the first one gave', async () => {
      const fields = await code();
      const first = await tokenRequest(fields);
      expect(first.body.id_token).toBeDefined();
      expect((await tokenRequest(fields)).body.error).toBe('invalid_grant');
      expect((await ground.reasons()).at(-1)).toBe('code_used');
      const { access_token } = first.body as unknown as { access_token: string };
      const info = await fetch(`${ground.hub.url}/identity/oidc/me`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      expect(info.status).toBe(401);
    });

    test('a code at two instances at once, but for one', async () => {
      const fields = await code();
      const send = async (url: string) => {
        const answer = await fetch(`${url}/identity/oidc/token`, {
          method: 'POST',
          headers: {
            authorization: `Basic ${Buffer.from('formulare:geheim-geheim-geheim-geheim-geheim').toString('base64')}`,
          },
          body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: CALLBACK, ...fields }),
        });
        return answer.status;
      };
      const statuses = await Promise.all([
        send(ground.hub.url),
        send(second.url),
        send(ground.hub.url),
        send(second.url),
      ]);
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
      expect(statuses.filter((status) => status === 400).length).toBeGreaterThanOrEqual(3);
    });

    test.each<[string, (fields: Record<string, string>) => Record<string, string>, string]>([
      ['no verifier', ({ code_verifier: _, ...fields }) => fields, 'verifier_missing'],
      ['another verifier', (fields) => ({ ...fields, code_verifier: 'x'.repeat(43) }), 'verifier_wrong'],
      ['another redirect_uri', (fields) => ({ ...fields, redirect_uri: `${CALLBACK}/` }), 'redirect_uri_mismatch'],
      ['a letter changed', (fields) => ({ ...fields, code: `${fields['code']}x` }), 'code_unknown'],
    ])('a code with %s', async (_what, change, reason) => {
      expect((await tokenRequest(change(await code()))).body.error).toBe('invalid_grant');
      expect((await ground.reasons()).at(-1)).toBe(reason);
    });

    test('a request without PKCE, or with the plain method', async () => {
      const changes: readonly (readonly [Readonly<Record<string, string | undefined>>, string])[] = [
        [{ code_challenge: undefined }, 'challenge_missing'],
        [{ code_challenge: undefined, code_challenge_method: undefined }, 'pkce_missing'],
        [{ code_challenge_method: 'plain' }, 'challenge_method_unsupported'],
        [{ code_challenge_method: undefined }, 'challenge_method_missing'],
      ];
      for (const [change, reason] of changes) {
        const { url } = await ground.ask();
        for (const [name, value] of Object.entries(change)) {
          if (value === undefined) url.searchParams.delete(name);
          else url.searchParams.set(name, value);
        }
        const page = await ground.browser().get(url);
        expect([change, page.url.searchParams.get('error')]).toEqual([change, 'invalid_request']);
        expect([change, (await ground.reasons()).at(-1)]).toEqual([change, reason]);
      }
    });

    test('every redirect_uri that is not letter by letter the one of the directory, without going there', async () => {
      const variants = [
        `${CALLBACK}/`,
        `${CALLBACK}?x=1`,
        `${CALLBACK}#x`,
        CALLBACK.toUpperCase(),
        CALLBACK.replace('https', 'http'),
        CALLBACK.replace('.example', '.example.evil.example'),
        CALLBACK.replace('https://', 'https://evil@'),
        CALLBACK.replace('/zurueck', '/x/../zurueck'),
        CALLBACK.replace('/zurueck', ':443/zurueck'),
        'https://evil.example',
        '//evil.example',
        'javascript:alert(1)',
      ];
      for (const variant of variants) {
        const { url } = await ground.ask();
        url.searchParams.set('redirect_uri', variant);
        const page = await ground.browser().get(url);
        expect([variant, page.status, page.url.origin]).toEqual([variant, 400, PUBLIC]);
        expect(page.text).toContain('Die Anmeldung war nicht möglich.');
        expect(page.text).not.toContain('evil');
        expect([variant, (await ground.reasons()).at(-1)]).toEqual([variant, 'redirect_uri_unknown']);
        expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
        expect(page.headers.get('cache-control')).toBe('no-store');
      }
    });

    test('a secret that is wrong, and an online service that nobody knows', async () => {
      const { service } = ground;
      expect(service.serverMetadata().issuer).toBe(`${PUBLIC}/identity/oidc`);
      const answer = await fetch(`${ground.hub.url}/identity/oidc/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from('formulare:falsch').toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }),
      });
      expect([answer.status, (await ground.reasons()).at(-1)]).toEqual([401, 'secret_wrong']);
      const { url } = await ground.ask();
      url.searchParams.set('client_id', 'niemand');
      expect((await ground.browser().get(url)).status).toBe(400);
      expect((await ground.reasons()).at(-1)).toBe('client_unknown');
    });

    test('to follow what headers say of its own address', async () => {
      const answer = await fetch(`${ground.hub.url}/identity/oidc/.well-known/openid-configuration`, {
        headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' },
      });
      const text = await answer.text();
      expect(text).toContain(`"${PUBLIC}/identity/oidc/token"`);
      expect(text).not.toContain('evil');
    });
  });
}
