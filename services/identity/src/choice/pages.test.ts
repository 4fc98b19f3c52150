import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { BrowserCookie } from './browser-cookie.ts';
import { choicePage } from './choice-page.ts';
import { errorPage } from './error-page.ts';
import { handoffPage, handoffPolicy } from './handoff-page.ts';
import { languageOf } from './language.ts';

describe('pages of a login', () => {
  test.each([
    [undefined, 'de'],
    ['en', 'en'],
    ['en-GB,en;q=0.9,de;q=0.8', 'en'],
    ['de-AT,en;q=0.5', 'de'],
    ['fr,en;q=0.4,de;q=0.8', 'de'],
    ['en;q=0,de;q=0.1', 'de'],
    ['fr', 'de'],
    ['*;;;', 'de'],
  ] as const)('speak, to a browser that reads %s, %s, and what its link chose', (header, language) => {
    const headers = { ...(header !== undefined && { 'accept-language': header }) };
    expect(languageOf({ query: {}, headers })).toBe(language);
    expect(languageOf({ query: { lang: 'fr' }, headers })).toBe(language);
    for (const lang of ['de', 'en']) expect(languageOf({ query: { lang }, headers })).toBe(lang);
  });

  test('hold names as text, never as markup', () => {
    const evil = '"><script>alert(1)</script>';
    const providers = [{ id: 'bundid', name: evil, applicant: 'citizen' as const }];
    const pages = [
      choicePage({ language: 'de', service: evil, providers }),
      handoffPage({ url: `https://idp.example/?${evil}`, fields: { RelayState: evil } }, evil, 'en'),
      errorPage('de', evil),
    ];
    for (const html of pages) expect(html).not.toContain('<script>alert');
  });

  test('can be used without script and by a screen reader', () => {
    const providers = [
      { id: 'bundid', name: 'BundID', applicant: 'citizen' as const },
      { id: 'muk', name: 'Mein Unternehmenskonto', applicant: 'company' as const },
    ];
    for (const language of ['de', 'en'] as const) {
      const html = choicePage({ language, service: 'Hund anmelden', providers });
      expect(html).toContain(`<html lang="${language}">`);
      expect(html.match(/<h1>/g)).toHaveLength(1);
      expect(html.match(/<button [^>]*type="submit"/g)).toHaveLength(2);
      expect(html).not.toContain('<script');
      const labels = [...html.matchAll(/aria-labelledby="([^"]+)"/g)].map(([, id]) => html.includes(`id="${id}"`));
      expect(labels).toEqual([true, true]);
      expect(errorPage(language)).toContain('role="alert"');
    }
    const handoff = handoffPage({ url: 'https://idp.example/sso', fields: { SAMLRequest: 'x' } }, 'BundID', 'de');
    expect(handoff).toContain('<button class="button" type="submit">Weiter zu BundID</button>');
  });

  test('run the one script whose hash the policy names', () => {
    const form = { url: 'https://idp.example/sso', fields: {} };
    const script = /<script>([^<]*)<\/script>/.exec(handoffPage(form, 'BundID', 'de'))![1]!;
    const hash = createHash('sha256').update(script).digest('base64');
    expect(handoffPolicy(form)).toContain(`script-src 'sha256-${hash}'`);
    expect(handoffPolicy({ ...form, url: 'http://127.0.0.1:8080/sso' })).toContain('form-action http://127.0.0.1:8080');
  });
});

describe('the cookie that binds a login to its browser', () => {
  test('goes to this host alone, by TLS, and to no script', () => {
    const { secret, header } = new BrowserCookie(true).make();
    expect(header).toBe(`__Host-ozg-identity=${secret}; Path=/; HttpOnly; SameSite=Lax; Secure`);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  });

  test('is read back, and not where somebody else set one beside it', () => {
    const cookie = new BrowserCookie(true);
    const { secret, header } = cookie.make();
    const [pair] = header.split(';');
    expect(cookie.read(`a=b; ${pair}; c=d`)).toBe(secret);
    expect(cookie.read(`${pair}; ${new BrowserCookie(true).make().header.split(';')[0]}`)).toBeUndefined();
    expect(cookie.read(undefined)).toBeUndefined();
    expect(cookie.read('__Host-ozg-identity=short')).toBeUndefined();
    expect(cookie.read(`ozg-identity=${secret}`)).toBeUndefined();
  });
});
