import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RequestSigning, newRequestId, postFields, signedAuthnRequest } from '@ozg-hub/saml';
import { type CertifiedKey, type Page, canRun, formOf } from '@ozg-hub/testing';
import { decodeJwt } from 'jose';
import type { Browser as Chromium, BrowserContextOptions, Page as Tab } from 'playwright-core';
import { hasChromium, keep, startChromium } from './chromium.ts';
import { hasKeycloakTools } from './keycloak.ts';
import { BOTH_KINDS, CITIZENS_ONLY, FIRMENKONTO, LoginScene, SERVICEKONTO, citizen, company } from './login-scene.ts';
import type { Learned } from './online-service.ts';
import { hasSimpleSamlPhp } from './simplesamlphp.ts';

const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC11 = 'http://www.w3.org/2009/xmlenc11#';

const isReady = canRun(
  'system',
  hasKeycloakTools() && hasSimpleSamlPhp(),
  'identity',
  'Java, Maven and tar for Keycloak; SimpleSAMLphp and PHP (simplesamlphp, php-cli, php-xml, php-mbstring)',
);
const hasBrowser = isReady && canRun('system', hasChromium(), 'identity pages', 'Chromium (/usr/bin/chromium)');

let scene: LoginScene;
beforeAll(async () => {
  if (isReady) scene = await LoginScene.start();
}, 600_000);
afterAll(() => scene?.stop());

const responseIn = (page: Page) => Buffer.from(formOf(page).fields['SAMLResponse'] ?? '', 'base64').toString();

function expectLearned(application: string): Exclude<Learned, { error: string }> {
  const learned = scene.service.learned.get(application);
  if (!learned || 'error' in learned) throw new Error(`not signed in: ${JSON.stringify(learned)}`);
  return learned;
}

function expectPlain(page: Page): void {
  expect([page.status, page.text.includes('Die Anmeldung war nicht möglich.')]).toEqual([403, true]);
  expect(page.text).not.toMatch(/HUB_|SAML|Signatur/);
}

interface Request {
  readonly id?: string;
  /** Default: the hub as Keycloak knows it. */
  readonly issuer?: string;
  readonly algorithm?: RequestSigning['algorithm'];
  readonly key?: CertifiedKey;
}

/** A request of the hub, signed anew. */
function requestTo(destination: string, acs: string, by: Request) {
  const { id = newRequestId(), issuer = SERVICEKONTO, algorithm = 'rsa-pss-sha256', key = scene.keys.hub } = by;
  const request = { id, issueInstant: new Date(), issuer, destination, assertionConsumerUrl: acs };
  const signing = { algorithm, privateKey: key.key, certificate: key.certificate };
  return postFields(signedAuthnRequest(request, signing), 'x').SAMLRequest;
}

const inRequest = (page: Page, name: string) => {
  const request = Buffer.from(formOf(page).fields['SAMLRequest']!, 'base64').toString();
  return new RegExp(` ${name}="([^"]*)"`).exec(request)![1]!;
};

(isReady ? describe : describe.skip)('Keycloak, set up by our metadata and we by its,', () => {
  test('signs a citizen in: PSS, AES-256-GCM, OAEP with SHA-256; the online service gets claims and a proof', async () => {
    const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-1' });
    expect(walk.login.url.origin).toBe(scene.keycloak.origin);
    const answer = await scene.answered(walk);
    const response = responseIn(answer);
    expect(response).toContain('xmldsig-more#sha256-rsa-MGF1');
    expect(response).toContain(`${XMLENC11}aes256-gcm`);
    expect(response).toContain(`${XMLENC11}mgf1sha256`);
    expect(response).not.toContain('Mustermann');
    const back = await walk.browser.submit(answer);
    expect(back.text).toContain('Angemeldet: Erika Mustermann');
    const { claims, info } = expectLearned('KC-1');
    expect(claims).toMatchObject({ acr: 'substanziell', applicant: 'citizen', identity_provider: 'servicekonto' });
    expect(info).toMatchObject({ given_name: 'Erika', family_name: 'Mustermann' });
    const proof = decodeJwt(claims['identity_proof'] as string);
    expect(proof).toMatchObject({ application: 'KC-1', leistung: CITIZENS_ONLY, provider: 'servicekonto' });
  });

  test('asks for the password again at the next application, and the citizen is the same to the online service', async () => {
    const first = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-2' });
    await first.browser.submit(await scene.answered(first));
    const second = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-3' }, undefined, first.browser);
    expect(second.login.text).toContain('name="password"');
    await second.browser.submit(await scene.answered(second));
    expect(expectLearned('KC-3').claims.sub).toBe(expectLearned('KC-2').claims.sub);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    [
      'RSA with SHA-256, AES-128-GCM, OAEP by MGF1 with SHA-1',
      {
        'saml.signature.algorithm': 'RSA_SHA256',
        'saml.encryption.algorithm': `${XMLENC11}aes128-gcm`,
        'saml.encryption.keyAlgorithm': `${XMLENC}rsa-oaep-mgf1p`,
        'saml.encryption.digestMethod': '',
        'saml.encryption.maskGenerationFunction': '',
      },
    ],
    ['RSA with SHA-512', { 'saml.signature.algorithm': 'RSA_SHA512' }],
  ])('is taken with %s', async (_what, attributes) => {
    await scene.keycloak.with('buerger', SERVICEKONTO, { attributes }, async () => {
      const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-TAKEN' });
      const back = await walk.browser.submit(await scene.answered(walk));
      expect(back.text).toContain('Angemeldet: Erika Mustermann');
    });
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['signatures with SHA-1', { 'saml.signature.algorithm': 'RSA_SHA1' }, 'HUB_SAML_SHA1'],
    ['PSS with SHA-512', { 'saml.signature.algorithm': 'RSA_SHA512_MGF1' }, 'HUB_SAML_ALGORITHM'],
    ['AES-256-CBC', { 'saml.encryption.algorithm': `${XMLENC}aes256-cbc` }, 'HUB_SAML_CBC'],
    ['RSA PKCS#1 v1.5 for the key', { 'saml.encryption.keyAlgorithm': `${XMLENC}rsa-1_5` }, 'HUB_SAML_RSA15'],
    ['an assertion in the clear', { 'saml.encrypt': 'false' }, 'HUB_SAML_NOT_ENCRYPTED'],
    ['an unsigned assertion', { 'saml.assertion.signature': 'false' }, 'HUB_SAML_ASSERTION_SIGNATURE'],
    ['an unsigned response', { 'saml.server.signature': 'false' }, 'HUB_SAML_UNSIGNED'],
  ])('is refused with %s', async (_what, attributes, code) => {
    await scene.keycloak.with('buerger', SERVICEKONTO, { attributes }, async () => {
      const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-REFUSED' });
      const refused = await scene.refused(walk.browser, await scene.answered(walk));
      expect(refused.code).toBe(code);
      expectPlain(refused.page);
    });
  });

  test('is refused where its level is lower than the online service asks for', async () => {
    const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-LEVEL', acr: 'hoch' });
    const refused = await scene.refused(walk.browser, await scene.answered(walk));
    expect(refused.code).toBe('HUB_IDENTITY_LEVEL_TOO_LOW');
    expectPlain(refused.page);
  });

  test('keeps who gives a wrong password, until it is right', async () => {
    const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-4' });
    const again = await walk.browser.submit(walk.login, { username: citizen.username, password: 'falsch' });
    expect(again.url.origin).toBe(scene.keycloak.origin);
    expect(scene.service.learned.has('KC-4')).toBe(false);
    await walk.browser.submit(await scene.answered({ browser: walk.browser, login: again }));
    expectLearned('KC-4');
  });

  test('tells of who says no at its consent page, and the online service hears it', async () => {
    const attributes = { 'display.on.consent.screen': 'true', 'consent.screen.text': 'Mit Musterstadt teilen?' };
    await scene.keycloak.with('buerger', SERVICEKONTO, { consentRequired: true, attributes }, async () => {
      const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-5' });
      const consent = await scene.answered(walk);
      const answer = await walk.browser.submit(consent, { cancel: 'No' });
      expect(responseIn(answer)).toContain('urn:oasis:names:tc:SAML:2.0:status:RequestDenied');
      await walk.browser.submit(answer);
      expect(scene.service.learned.get('KC-5')).toEqual({ error: 'access_denied', description: 'HUB_SAML_REFUSED' });
    });
  });

  test('goes on though every process was killed after it began, and again after the citizen gave the password', async () => {
    const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-KILLED' });
    await scene.renew();
    const answer = await scene.answered(walk);
    await scene.renew();
    expect((await walk.browser.submit(answer)).text).toContain('Angemeldet: Erika Mustermann');
    expectLearned('KC-KILLED');
  });

  test('is believed once: not again by the second instance, nor by one of both at once, nor in another login', async () => {
    const instances = await scene.instances();
    const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-6' });
    const answer = await scene.answered(walk);
    const { url, fields } = formOf(answer);
    const post = async (origin: string) => {
      const request = { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' as const };
      const { status } = await fetch(new URL(url.pathname, origin), request);
      return status;
    };
    const statuses = await Promise.all(instances.map(post));
    expect(statuses.toSorted()).toEqual([303, 403]);
    for (const instance of instances) {
      const since = Date.now();
      expect(await post(instance)).toBe(403);
      expect(await scene.refusal(since)).toBe('HUB_IDENTITY_ATTEMPT_USED');
    }
    const other = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-7' });
    const given = await scene.answered(other);
    const since = Date.now();
    const page = await other.browser.submit(given, { SAMLResponse: fields['SAMLResponse']! });
    expect(await scene.refusal(since)).toBe('HUB_SAML_IN_RESPONSE_TO');
    expectPlain(page);
  });

  test('refuses a request of the hub at another realm, and the hub what another realm signed', async () => {
    const walk = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-8' });
    const elsewhere = formOf(walk.handoff).url.href.replace('/buerger/', '/fremd/');
    const { RelayState = '', SAMLRequest = '' } = formOf(walk.handoff).fields;
    expect((await walk.browser.post(elsewhere, { SAMLRequest, RelayState })).status).toBe(400);
    const [id, acs] = [inRequest(walk.handoff, 'ID'), inRequest(walk.handoff, 'AssertionConsumerServiceURL')];
    const login = await walk.browser.post(elsewhere, { SAMLRequest: requestTo(elsewhere, acs, { id }), RelayState });
    const answer = await scene.answered({ browser: walk.browser, login });
    expect(formOf(answer).url.href).toBe(acs);
    const refused = await scene.refused(walk.browser, answer);
    expect(refused.code).toBe('HUB_SAML_CERTIFICATE');
    expectPlain(refused.page);
  });

  test('refuses a request that a stranger signed', async () => {
    const { browser, handoff } = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-9' });
    const acs = inRequest(handoff, 'AssertionConsumerServiceURL');
    const SAMLRequest = requestTo(formOf(handoff).url.href, acs, { key: scene.keys.stranger });
    expect((await browser.submit(handoff, { SAMLRequest })).status).toBe(400);
  });

  test('may change its key: refused until the new metadata are imported, which both instances use at once', async () => {
    await scene.keycloak.addKey('buerger');
    const before = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-10' });
    const refused = await scene.refused(before.browser, await scene.answered(before));
    expect(refused.code).toBe('HUB_SAML_CERTIFICATE');
    const said = await scene.importMetadata('servicekonto', await scene.keycloak.metadata('buerger'));
    expect(said).toMatch(/^ {2}\+ /m);
    const after = await scene.walk({ leistung: CITIZENS_ONLY, application: 'KC-11' });
    await after.browser.submit(await scene.answered(after));
    expectLearned('KC-11');
  });
});

(isReady ? describe : describe.skip)('SimpleSAMLphp, set up by our metadata and we by its,', () => {
  const wanted = (application: string) => ({ leistung: BOTH_KINDS, application });

  test('signs a company in, though in the clear, where the settings for tests take that', async () => {
    const walk = await scene.walk(wanted('PHP-1'), 'firmenkonto');
    expect(walk.login.url.origin).toBe(scene.simpleSamlPhp.origin);
    const answer = await scene.answered(walk);
    expect(responseIn(answer)).toContain('Musterbau GmbH');
    const back = await walk.browser.submit(answer);
    expect(back.text).toContain('Angemeldet: Musterbau GmbH');
    expect(expectLearned('PHP-1').claims).toMatchObject({ applicant: 'company', identity_provider: 'firmenkonto' });
  });

  test('is refused in the clear without that setting', async () => {
    await scene.withDirectory('unencryptedAllowed: true', 'unencryptedAllowed: false', async () => {
      const walk = await scene.walk(wanted('PHP-2'), 'firmenkonto');
      const refused = await scene.refused(walk.browser, await scene.answered(walk));
      expect(refused.code).toBe('HUB_SAML_NOT_ENCRYPTED');
      expectPlain(refused.page);
    });
  });

  test('is refused with its encryption, which is AES-CBC', async () => {
    const metadata = await scene.metadata('firmenkonto');
    await scene.simpleSamlPhp.register(metadata, { encrypt: true });
    const walk = await scene.walk(wanted('PHP-3'), 'firmenkonto');
    const answer = await scene.answered(walk);
    await scene.simpleSamlPhp.register(metadata);
    expect(responseIn(answer)).toContain(`${XMLENC}aes128-cbc`);
    const refused = await scene.refused(walk.browser, answer);
    expect(refused.code).toBe('HUB_SAML_CBC');
    expectPlain(refused.page);
  });

  test('keeps who gives a wrong password', async () => {
    const walk = await scene.walk(wanted('PHP-4'), 'firmenkonto');
    const again = await walk.browser.submit(walk.login, { username: company.user, password: 'falsch' });
    expect(again.url.origin).toBe(scene.simpleSamlPhp.origin);
    await walk.browser.submit(await scene.answered({ browser: walk.browser, login: again }));
    expectLearned('PHP-4');
  });

  test('refuses a request that a stranger signed', async () => {
    const { browser, handoff } = await scene.walk(wanted('PHP-5'), 'firmenkonto');
    const acs = inRequest(handoff, 'AssertionConsumerServiceURL');
    const by = { issuer: FIRMENKONTO, algorithm: 'rsa-sha256', key: scene.keys.stranger } as const;
    const SAMLRequest = requestTo(formOf(handoff).url.href, acs, by);
    const page = await browser.submit(handoff, { SAMLRequest });
    expect(page.text).toContain('Unable to validate Signature');
    expect(page.text).not.toContain('name="password"');
  });

  test('cannot answer for the other identity provider', async () => {
    const walk = await scene.walk(wanted('PHP-6'), 'firmenkonto');
    const answer = await scene.answered(walk);
    const { url, fields } = formOf(answer);
    const since = Date.now();
    expectPlain(await walk.browser.post(url.href.replace('/firmenkonto/', '/servicekonto/'), fields));
    expect(await scene.refusal(since)).toBe('HUB_IDENTITY_OTHER_PROVIDER');
  });
});

(hasBrowser ? describe : describe.skip)('In a real browser', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium?.close());

  const german = { locale: 'de-DE' };
  const english = { locale: 'en-GB' };

  /** A fresh profile that stands before the choice of an account. */
  async function choosing(application: string, options: BrowserContextOptions): Promise<Tab> {
    const context = await chromium.newContext({ viewport: { width: 1024, height: 768 }, ...options });
    context.setDefaultTimeout(60_000);
    const tab = await context.newPage();
    await tab.goto(scene.service.begin({ leistung: BOTH_KINDS, application }));
    return tab;
  }

  async function signInAtKeycloak(tab: Tab): Promise<void> {
    await tab.locator('#username').fill(citizen.username);
    await tab.locator('#password').fill(citizen.password);
    await tab.locator('#kc-login').click();
  }

  test.each([
    ['German', 'de', german, 'Wie möchten Sie sich anmelden?', 'Mit Servicekonto anmelden'],
    ['English', 'en', english, 'How would you like to sign in?', 'Sign in with Servicekonto'],
  ] as const)(
    'a citizen chooses in %s, signs in at Keycloak and is back',
    async (_name, short, options, title, label) => {
      const tab = await choosing(`WEB-${short}`, options);
      expect(await tab.getByRole('heading', { level: 1 }).innerText()).toBe(title);
      await keep(tab, `${short}-1-choice`);
      await tab.getByRole('button', { name: label }).click();
      await tab.locator('#kc-login').waitFor();
      await keep(tab, `${short}-2-keycloak`);
      await signInAtKeycloak(tab);
      await tab.getByText('Angemeldet: Erika Mustermann').waitFor();
      await keep(tab, `${short}-3-back`);
      expectLearned(`WEB-${short}`);
      await tab.context().close();
    },
  );

  test('a company signs in at SimpleSAMLphp without JavaScript, by a button on each page that would go on by itself', async () => {
    const tab = await choosing('WEB-plain', { ...german, javaScriptEnabled: false });
    await tab.getByRole('button', { name: 'Mit Firmenkonto anmelden' }).click();
    await keep(tab, 'plain-1-handoff');
    await tab.getByRole('button', { name: 'Weiter zu Firmenkonto' }).click();
    await tab.locator('[name=username]').fill(company.user);
    await tab.locator('[name=password]').fill(company.password);
    await keep(tab, 'plain-2-simplesamlphp');
    await tab.locator('[name=password]').press('Enter');
    await tab.getByRole('button', { name: 'Submit' }).click();
    await tab.getByText('Angemeldet: Musterbau GmbH').waitFor();
    expectLearned('WEB-plain');
    await tab.context().close();
  });

  test('the choice is made by keyboard alone, with a focus that shows', async () => {
    const tab = await choosing('WEB-keys', german);
    const label = 'Mit Servicekonto anmelden';
    await tab.keyboard.press('Tab');
    expect(await tab.evaluate('document.activeElement.textContent')).toBe(label);
    expect(await tab.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await keep(tab, 'keyboard-focus');
    await tab.keyboard.press('Enter');
    await tab.locator('#kc-login').waitFor();
    await tab.context().close();
  });

  test('the choice has landmarks and names for everything, and fits on a narrow screen', async () => {
    const tab = await choosing('WEB-names', { ...german, viewport: { width: 320, height: 640 } });
    expect(await tab.locator('html').getAttribute('lang')).toBe('de');
    expect(await tab.title()).toBe('Wie möchten Sie sich anmelden?');
    expect(await tab.getByRole('main').count()).toBe(1);
    expect(await tab.getByRole('heading', { level: 1 }).count()).toBe(1);
    for (const name of ['Servicekonto', 'Firmenkonto']) {
      const card = tab.getByRole('main').getByRole('region', { name, exact: true });
      expect(await card.getByRole('heading', { level: 2, name }).count()).toBe(1);
      const button = card.getByRole('button', { name: `Mit ${name} anmelden` });
      const { height } = (await button.boundingBox())!;
      expect(height).toBeGreaterThanOrEqual(44);
      // Two lines of text, no further apart than text is.
      expect(height).toBeLessThanOrEqual(84);
    }
    expect(await tab.getByRole('button').count()).toBe(2);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await keep(tab, 'narrow-choice');
    await tab.getByRole('link', { name: 'English' }).click();
    expect(await tab.locator('html').getAttribute('lang')).toBe('en');
    await tab.context().close();
  });

  test('who is refused reads one plain page, can try again, and gets through', async () => {
    const tab = await choosing('WEB-again', english);
    const clear = { attributes: { 'saml.encrypt': 'false' } };
    await scene.keycloak.with('buerger', SERVICEKONTO, clear, async () => {
      await tab.getByRole('button', { name: 'Sign in with Servicekonto' }).click();
      await signInAtKeycloak(tab);
      await tab.getByRole('alert').waitFor();
    });
    expect(await tab.getByRole('alert').getByRole('heading').innerText()).toBe('You could not be signed in.');
    await keep(tab, 'refused');
    await tab.getByRole('link', { name: 'Try again' }).click();
    await tab.getByRole('button', { name: 'Sign in with Servicekonto' }).click();
    await tab.locator('#password').fill(citizen.password);
    await tab.locator('#kc-login').click();
    await tab.getByText('Angemeldet: Erika Mustermann').waitFor();
    await tab.context().close();
  });
});
