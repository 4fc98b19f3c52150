import { randomBytes } from 'node:crypto';

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Binds login attempts to the browser that began them: a secret of 256 bits that only goes to this host. */
export class BrowserCookie {
  readonly #name: string;
  readonly #attributes: string;

  /** @param isSecure false: for plain http on one machine, where browsers know no `__Host-` */
  constructor(isSecure: boolean) {
    this.#name = isSecure ? '__Host-ozg-identity' : 'ozg-identity';
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }

  /** The secret of the browser; undefined where it has none. */
  read(header: string | undefined): string | undefined {
    const found = (header ?? '')
      .split(/;\s*/)
      .filter((cookie) => cookie.startsWith(`${this.#name}=`))
      .map((cookie) => cookie.slice(this.#name.length + 1));
    return found.length === 1 && SECRET.test(found[0]!) ? found[0] : undefined;
  }

  /** A secret, and the header that gives it to the browser. */
  make(): { readonly secret: string; readonly header: string } {
    const secret = randomBytes(32).toString('base64url');
    return { secret, header: `${this.#name}=${secret}; ${this.#attributes}` };
  }
}
