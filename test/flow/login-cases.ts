import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { fetchUserInfo } from 'openid-client';
import { BOTH_KINDS, CALLBACK, type LoginGround, PUBLIC, discover } from './login-ground.ts';

/** Promises of a login. */
export function describeLogins(theGround: () => LoginGround): void {
  let ground: LoginGround;
  beforeAll(() => {
    ground = theGround();
  });

  /** Signs in as the ground's citizen. */
  async function signIn(demand: Parameters<LoginGround['ask']>[0] = {}, browser = ground.browser()) {
    const asked = await ground.ask(demand);
    const handed = ground.handed(await browser.get(asked.url));
    const back = await ground.answer(browser, handed);
    return { asked, handed, back, browser };
  }

  const claimsOf = async ({ back, asked }: Awaited<ReturnType<typeof signIn>>) =>
    (await ground.tokens(back, asked)).claims()!;

  describe('a citizen who signs in for an application', () => {
    test('goes straight to the only provider, and the online service gets claims and a proof for this application', async () => {
      const { back, asked, handed } = await signIn({ application: 'CIV-7' });
      expect(handed.url.href).toBe(ground.bundid.ssoUrl);
      expect(handed.page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(back.url.href).toMatch(new RegExp(`^${CALLBACK}\\?code=`));
      const tokens = await ground.tokens(back, asked);
      const claims = tokens.claims()!;
      expect(tokens.refresh_token).toBeUndefined();
      expect(claims).toMatchObject({ acr: 'hoch', identity_provider: 'bundid', applicant: 'citizen' });
      expect(claims['given_name']).toBeUndefined();
      const info = await fetchUserInfo(ground.service, tokens.access_token, claims.sub);
      expect(info).toMatchObject({ given_name: 'Erika', family_name: 'Mustermann' });
      const proof = decodeJwt(claims['identity_proof'] as string);
      expect(proof).toMatchObject({ tenant: 'musterstadt', application: 'CIV-7', vertrauensniveau: 'hoch' });
      // Half an hour at level hoch, five minutes without activity.
      expect(tokens.expiresIn()).toBeGreaterThan(290);
      expect(tokens.expiresIn()).toBeLessThanOrEqual(300);
    });

    test('is somebody else to each online service, and the same to one of them', async () => {
      const [first, second] = [await claimsOf(await signIn()), await claimsOf(await signIn())];
      expect(second.sub).toBe(first.sub);
      expect(first.sub).not.toContain('bpk2');
      expect(second['identity_proof']).not.toBe(first['identity_proof']);
    });

    test('signs in anew for the next application: there is no single sign-on', async () => {
      const { browser } = await signIn();
      const asked = await ground.ask({ application: 'CIV-8' });
      expect(ground.handed(await browser.get(asked.url)).url.href).toBe(ground.bundid.ssoUrl);
      const silent = await ground.ask({ more: { prompt: 'none' } });
      const page = await browser.get(silent.url);
      expect(page.url.searchParams.get('error')).toBe('login_required');
    });

    test('is asked for the level that the Leistung demands, or a higher one that the online service wants', async () => {
      const level = async (leistung: string, acr?: string) => {
        const browser = ground.browser();
        const page = await browser.get((await ground.ask({ leistung, ...(acr && { acr }) })).url);
        const chosen = leistung === BOTH_KINDS ? await browser.submit(page, { provider: 'bundid' }) : page;
        return /STORK-QAA-Level-\d/.exec(ground.handed(chosen).request)?.[0];
      };
      expect(await level(BOTH_KINDS)).toBe('STORK-QAA-Level-3');
      expect(await level(BOTH_KINDS, 'basis')).toBe('STORK-QAA-Level-3');
      expect(await level(BOTH_KINDS, 'hoch')).toBe('STORK-QAA-Level-4');
      expect(await level(BOTH_KINDS, 'http://eidas.europa.eu/LoA/high')).toBe('STORK-QAA-Level-4');
    });

    test('is known to the rest of the hub by an event without attributes', async () => {
      const { asked, back } = await signIn({ application: 'CIV-EVENT' });
      await ground.tokens(back, asked);
      const store = ground.hub.database.database.open('identity', { maxConnections: 1 });
      const rows = await store.query<{ value: Buffer }>(
        "SELECT value FROM outbox WHERE convert_from(value, 'UTF8') LIKE '%CIV-EVENT%'",
      );
      await store.close();
      expect(rows).toHaveLength(1);
      expect(JSON.parse(rows[0]!.value.toString())).toMatchObject({
        provider: 'bundid',
        applicant: 'citizen',
        client: 'formulare',
      });
      expect(rows[0]!.value.toString()).not.toMatch(/Erika|Mustermann|bpk2|3b241101/);
    });

    test('leaves nothing readable in the database', async () => {
      await claimsOf(await signIn());
      const store = ground.hub.database.database.open('identity', { maxConnections: 1 });
      const texts: string[] = [];
      for (const table of ['login_attempt', 'login', 'oidc_state', 'used_assertion', 'outbox']) {
        const rows = await store.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t`);
        texts.push(...rows.map(({ row }) => row));
      }
      await store.close();
      expect(texts.length).toBeGreaterThan(4);
      const hex = (text: string) => Buffer.from(text).toString('hex');
      const all = texts.join('\n');
      for (const secret of ['Erika', 'Mustermann', 'bpk2-erika']) {
        expect(all).not.toContain(secret);
        expect(all).not.toContain(hex(secret));
      }
    });
  });

  test('two employees of one company are two users of an online service, and each of them the same again', async () => {
    const subjectOf = async (nameId: string) => {
      const asked = await ground.ask({ leistung: BOTH_KINDS });
      const browser = ground.browser();
      const handed = ground.handed(await browser.submit(await browser.get(asked.url), { provider: 'muk' }));
      const back = await ground.answer(browser, handed, { nameId });
      return (await ground.tokens(back, asked)).claims()!.sub;
    };
    const [one, colleague] = ['ek-0123456789abcdef', 'ek-fedcba9876543210'];
    const subjects = [await subjectOf(one), await subjectOf(colleague), await subjectOf(one)];
    expect(subjects[1]).not.toBe(subjects[0]);
    expect(subjects[2]).toBe(subjects[0]);
  });

  describe('the choice of an account', () => {
    test('is offered where the Leistung takes both kinds of applicant, in two languages and without script', async () => {
      const browser = ground.browser();
      const page = await browser.get((await ground.ask({ leistung: BOTH_KINDS })).url);
      expect(page.status).toBe(200);
      expect(page.text).toContain('Wie möchten Sie sich anmelden?');
      expect(page.text).toContain('Mit Mein Unternehmenskonto anmelden');
      expect(page.text).not.toContain('<script');
      const english = await browser.get(`${page.url.href}?lang=en`);
      expect(english.text).toContain('How would you like to sign in?');
      expect(english.text).toContain('<html lang="en">');
    });

    test('keeps the language that the link chose: handed on, refused, and when the login is over', async () => {
      const browser = ground.browser();
      const { url } = await browser.get((await ground.ask({ leistung: BOTH_KINDS })).url);
      const english = await browser.get(`${url.href}?lang=en`);
      expect((await browser.submit(english, { provider: 'nobody' })).text).toContain('You could not be signed in.');
      const { page } = ground.handed(await browser.submit(english, { provider: 'muk' }));
      expect(page.text).toContain('Continue to Mein Unternehmenskonto');
      const over = await ground.browser().get(`${url.href}?lang=en`);
      expect([over.status, over.text.includes('You could not be signed in.')]).toEqual([403, true]);
    });

    test('leads a company to Mein Unternehmenskonto, which says more than a name', async () => {
      const browser = ground.browser();
      const asked = await ground.ask({ leistung: BOTH_KINDS });
      const handed = ground.handed(await browser.submit(await browser.get(asked.url), { provider: 'muk' }));
      expect(handed.url.href).toBe(ground.muk.ssoUrl);
      expect(handed.request).toContain('sha256-rsa-MGF1');
      const tokens = await ground.tokens(await ground.answer(browser, handed), asked);
      const claims = tokens.claims()!;
      expect(claims).toMatchObject({ acr: 'substanziell', identity_provider: 'muk', applicant: 'company' });
      const info = await fetchUserInfo(ground.service, tokens.access_token, claims.sub);
      expect(info).toMatchObject({ organization_name: 'Musterbau GmbH', address: { locality: 'Musterstadt' } });
    });

    test('leads to a Servicekonto that the directory describes', async () => {
      const browser = ground.browser();
      const asked = await ground.ask({ leistung: BOTH_KINDS });
      const choice = await browser.get(asked.url);
      const handed = ground.handed(await browser.submit(choice, { provider: 'konto' }));
      expect(handed.request.match(/urn:konto:\w+/g)).toEqual(['urn:konto:stark', 'urn:konto:ausweis']);
      const tokens = await ground.tokens(await ground.answer(browser, handed), asked);
      const claims = tokens.claims()!;
      expect(claims).toMatchObject({ acr: 'substanziell', identity_provider: 'konto', applicant: 'company' });
      const info = await fetchUserInfo(ground.service, tokens.access_token, claims.sub);
      expect(info).toMatchObject({ organization_name: 'Musterverein e. V.' });
    });

    test('cannot be made for an account of a kind that the Leistung does not take', async () => {
      const browser = ground.browser();
      const page = await browser.get((await ground.ask()).url);
      const refused = await browser.post(page.url, { provider: 'muk' });
      expect(refused.status).toBe(403);
      expect((await ground.refusals()).at(-1)).toBe('HUB_IDENTITY_NO_PROVIDER');
    });
  });

  describe('what goes wrong without an attack', () => {
    test('a login that the user breaks off is told to the online service as such', async () => {
      const browser = ground.browser();
      const asked = await ground.ask();
      const handed = ground.handed(await browser.get(asked.url));
      const refusal = { code: 'AuthnFailed', message: 'Die Authentifizierung wurde durch den Benutzer abgebrochen.' };
      const back = await ground.answer(browser, handed, { refusal });
      expect(Object.fromEntries(back.url.searchParams)).toMatchObject({
        error: 'access_denied',
        error_description: 'HUB_SAML_CANCELLED',
        state: asked.state,
      });
    });

    test('an attribute that the account lacks is told to the online service', async () => {
      const browser = ground.browser();
      const handed = ground.handed(await browser.get((await ground.ask()).url));
      const refusal = { code: 'RequestDenied', details: ['IDP_REQUIRED_ATTRIBUTES_MISSING'] };
      const back = await ground.answer(browser, handed, { refusal });
      expect(back.url.searchParams.get('error_description')).toBe('HUB_SAML_ATTRIBUTE_MISSING');
    });

    test('a refused login can be tried again, by the same request of the online service', async () => {
      const browser = ground.browser();
      const asked = await ground.ask({ leistung: BOTH_KINDS });
      const choice = await browser.get(asked.url);
      const handed = ground.handed(await browser.submit(choice, { provider: 'bundid' }));
      const refused = await ground.answer(browser, handed, { level: 'STORK-QAA-Level-1' });
      const again = /href="([^"]+)">Noch einmal versuchen/.exec(refused.text)?.[1];
      const second = ground.handed(
        await browser.submit(await browser.get(new URL(again!, PUBLIC)), { provider: 'bundid' }),
      );
      expect((await ground.tokens(await ground.answer(browser, second), asked)).claims()).toMatchObject({
        acr: 'hoch',
      });
    });

    test.each<[string, Parameters<LoginGround['ask']>[0], string]>([
      ['no application', { application: '' }, 'HUB_IDENTITY_DEMAND'],
      ['a Leistung that nobody offers', { leistung: '99999999999999' }, 'HUB_IDENTITY_LEISTUNG'],
      ['another municipality', { more: { tenant: 'nirgends' } }, 'HUB_IDENTITY_LEISTUNG'],
      ['a level that nobody knows', { acr: 'gold' }, 'HUB_IDENTITY_LEVEL_UNKNOWN'],
    ])('a request with %s is refused before anybody signs in', async (_what, demand, code) => {
      const page = await ground.browser().get((await ground.ask(demand)).url);
      expect(page.url.searchParams.get('error')).toBe('invalid_request');
      expect(page.url.searchParams.get('error_description')).toMatch(new RegExp(`^${code}: `));
      expect((await ground.refusals()).at(-1)).toBe(code);
    });

    test('an online service signs in only for what the directory allows it', async () => {
      const asked = await ground.ask({ leistung: BOTH_KINDS });
      asked.url.searchParams.set('client_id', 'browser-app');
      expect((await ground.browser().get(asked.url)).url.searchParams.get('error')).toBe('invalid_request');
      expect((await ground.refusals()).at(-1)).toBe('HUB_IDENTITY_LEISTUNG');
    });

    test('an online service without secret is known by PKCE alone', async () => {
      const service = await discover(ground.hub.url, 'browser-app');
      const asked = await ground.ask();
      asked.url.searchParams.set('client_id', 'browser-app');
      const browser = ground.browser();
      const back = await ground.answer(browser, ground.handed(await browser.get(asked.url)));
      expect((await ground.tokens(back, asked, service)).claims()).toMatchObject({ applicant: 'citizen' });
    });
  });

  describe('keys', () => {
    const jwks = async () => {
      const { keys } = (await ground.hub.request('GET', '/identity/oidc/jwks')).json as {
        keys: readonly Record<string, string>[];
      };
      return keys;
    };

    test('that are rotated sign what comes next, and a login under way goes on', async () => {
      const browser = ground.browser();
      const asked = await ground.ask();
      const handed = ground.handed(await browser.get(asked.url));
      const [before] = await jwks();
      const rotated = await ground.hub.request('POST', '/identity/ops/v1/keys/rotation', {
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(rotated.status).toBe(200);
      const after = await jwks();
      expect(after.map(({ kid }) => kid)).toContain(before!['kid']);
      expect(after).toHaveLength(2);
      for (const key of after) expect(Object.keys(key)).not.toContain('d');
      const tokens = await ground.tokens(await ground.answer(browser, handed), asked);
      const { kid } = decodeProtectedHeader(tokens.id_token!);
      expect(kid).not.toBe(before!['kid']);
      expect(after.map((key) => key['kid'])).toContain(kid);
    });

    test('that somebody else may have are withdrawn: the new one is the only one', async () => {
      const before = await jwks();
      const rotated = await ground.hub.request('POST', '/identity/ops/v1/keys/rotation', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ purpose: 'oidc', withdraw: true }),
      });
      const { keys } = rotated.json as { keys: { purpose: string; kid: string }[] };
      const after = await jwks();
      expect(after.map(({ kid }) => kid)).toEqual(keys.map(({ kid }) => kid));
      expect(before.map(({ kid }) => kid)).not.toContain(after[0]!['kid']);
    });

    test('of operators only: nobody else rotates them', async () => {
      const answer = await fetch(`${ground.hub.url}/identity/ops/v1/keys/rotation`, { method: 'POST' });
      expect(answer.status).toBe(401);
    });

    test('of the service provider stand in its metadata, as the BundID wants them', async () => {
      const { text, headers } = await ground.hub.request('GET', '/identity/saml/bundid/metadata');
      expect(headers.get('content-type')).toContain('application/samlmetadata+xml');
      expect(text).toContain('entityID="https://hub.example/identity/saml/bundid"');
      expect(text).toContain('Location="https://hub.example/identity/saml/bundid/acs"');
      expect(text).not.toMatch(/ ID="|validUntil|cbc|rsa-1_5/);
      const other = await ground.hub.request('GET', '/identity/saml/niemand/metadata');
      expect([other.status, other.json.code]).toEqual([404, 'HUB_IDENTITY_PROVIDER_UNKNOWN']);
    });

    test('and certificates are watched', async () => {
      const { json } = await ground.hub.request('GET', '/identity/ops/v1/certificates');
      expect(json.certificates).toHaveLength(6);
      expect(json.findings.every(({ level }: { level: string }) => level === 'warning')).toBe(true);
      const metrics = (await ground.hub.request('GET', '/metrics')).text;
      expect(metrics).toMatch(
        /hub_identity_certificate_days_left\{provider="muk",whose="provider",use="signing"\} 36\d/,
      );
      expect(metrics).toMatch(/hub_identity_logins_total\{provider="bundid",outcome="verified"\} \d/);
    });
  });
}
