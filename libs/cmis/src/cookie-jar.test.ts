import { describe, expect, test } from '@jest/globals';
import { CookieJar } from './cookie-jar.ts';

const at = (path: string, scheme = 'https') => new URL(`${scheme}://dms.example${path}`);

describe('cookies of a connection', () => {
  test('go back to their path and below, secure ones by https only', () => {
    const jar = new CookieJar();
    jar.store(['a=1; Path=/cmis', 'b=x=y; path=/; Secure; HttpOnly', 'c=3']);
    expect(jar.header(at('/cmis/browser'))).toBe('a=1; b=x=y; c=3');
    expect(jar.header(at('/cmisx'))).toBe('b=x=y; c=3');
    expect(jar.header(at('/', 'http'))).toBe('c=3');
  });

  test('end when they say so', () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const jar = new CookieJar(() => now);
    jar.store(['a=1; Max-Age=10', 'b=2; Expires=Thu, 01 Jan 2026 00:01:00 GMT', 'c=3']);
    expect(jar.header(at('/'))).toBe('a=1; b=2; c=3');
    now += 20_000;
    expect(jar.header(at('/'))).toBe('b=2; c=3');
    jar.store(['b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'c=; Max-Age=0']);
    expect(jar.header(at('/'))).toBeUndefined();
  });

  test('are replaced by name, and bounded in number and length', () => {
    const jar = new CookieJar();
    jar.store(['a=1', 'a=2', `long=${'x'.repeat(5000)}`, 'nonsense']);
    expect(jar.header(at('/'))).toBe('a=2');
    jar.store(Array.from({ length: 100 }, (_, n) => `n${n}=1`));
    expect(jar.header(at('/'))?.split('; ').length).toBe(50);
    jar.clear();
    expect(jar.header(at('/'))).toBeUndefined();
  });
});
