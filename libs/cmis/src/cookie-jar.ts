interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  /** Milliseconds since 1970; undefined until the connection ends. */
  readonly expires: number | undefined;
}

const MAX_COOKIES = 50;
const MAX_LENGTH = 4096;

/** Cookies of one connection, which speaks to one origin only; the part of RFC 6265 that this leaves. */
export class CookieJar {
  private readonly cookies = new Map<string, Cookie>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @param setCookie the Set-Cookie headers of an answer */
  store(setCookie: readonly string[]): void {
    for (const line of setCookie) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      if (at < 1 || line.length > MAX_LENGTH) continue;
      const name = pair.slice(0, at);
      const attribute = new Map(attributes.map((text) => split(text)));
      const expires = this.expiry(attribute);
      this.cookies.delete(name);
      if (expires !== undefined && expires <= this.now()) continue;
      const path = attribute.get('path');
      this.cookies.set(name, {
        value: pair.slice(at + 1),
        path: path?.startsWith('/') ? path : '/',
        secure: attribute.has('secure'),
        expires,
      });
      if (this.cookies.size > MAX_COOKIES) this.cookies.delete(this.cookies.keys().next().value!);
    }
  }

  /** The Cookie header for an address; undefined where there is none to send. */
  header({ pathname, protocol }: URL): string | undefined {
    const pairs = [...this.cookies].filter(
      ([, { path, secure, expires }]) =>
        (expires === undefined || expires > this.now()) && (!secure || protocol === 'https:') && within(pathname, path),
    );
    return pairs.length === 0 ? undefined : pairs.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  clear(): void {
    this.cookies.clear();
  }

  private expiry(attribute: ReadonlyMap<string, string>): number | undefined {
    const age = Number(attribute.get('max-age') ?? Number.NaN);
    if (Number.isFinite(age)) return this.now() + age * 1000;
    const date = Date.parse(attribute.get('expires') ?? '');
    return Number.isNaN(date) ? undefined : date;
  }
}

function split(attribute: string): [string, string] {
  const at = attribute.indexOf('=');
  return at < 0
    ? [attribute.toLowerCase(), '']
    : [attribute.slice(0, at).trim().toLowerCase(), attribute.slice(at + 1).trim()];
}

function within(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
