import { formsOf } from './fake-idp-page.ts';

/** One page of a browser that knows forms, cookies and redirects, and no script. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What a form would send by one of its buttons. */
export interface Form {
  readonly url: URL;
  readonly method: string;
  readonly fields: Record<string, string>;
}

const MOST_REDIRECTS = 20;

/** A browser by `fetch`: cookies by host, path and SameSite as far as logins need them. */
export class Browser {
  /** Requests to an origin go to another address: a hub behind its public name, or another instance of it. */
  readonly routes = new Map<string, string>();
  readonly #cookies = new Map<string, { name: string; value: string; path: string; origin: string }>();

  /** Stops before this address is asked, and gives it as the last page. */
  constructor(private readonly stopAt?: string) {}

  get(url: string | URL): Promise<Page> {
    return this.#follow(new URL(url), { method: 'GET' });
  }

  /** @param from origin of the page with the form; cookies of another site do not go with its POST */
  post(url: string | URL, fields: Readonly<Record<string, string>>, from = new URL(url).origin): Promise<Page> {
    return this.#follow(new URL(url), { method: 'POST', body: new URLSearchParams(fields) }, from);
  }

  /** Sends the form of a page, with the button of a value where it has several. */
  submit(page: Page, changes: Readonly<Record<string, string>> = {}): Promise<Page> {
    const { url, method, fields } = formOf(page);
    const sent = { ...fields, ...changes };
    if (method === 'post') return this.post(url, sent, page.url.origin);
    return this.get(`${url.href.split('?')[0]}?${new URLSearchParams(sent)}`);
  }

  cookies(): { name: string; value: string }[] {
    return [...this.#cookies.values()];
  }

  async #follow(url: URL, init: RequestInit, from?: string): Promise<Page> {
    let at = url;
    let [request, origin] = [init, from];
    for (let count = 0; count < MOST_REDIRECTS; count += 1) {
      if (this.stopAt && at.href.startsWith(this.stopAt)) {
        return { url: at, status: 0, headers: new Headers(), text: '' };
      }
      const crossPost = request.method === 'POST' && origin !== at.origin;
      const headers = { cookie: crossPost ? '' : this.#cookiesFor(at) };
      const address = new URL(at.pathname + at.search, this.routes.get(at.origin) ?? at.origin);
      const answer = await fetch(address, { ...request, headers, redirect: 'manual' });
      this.#keep(at, answer.headers.getSetCookie());
      const location = answer.headers.get('location');
      const text = await answer.text();
      if (!location || answer.status < 300 || answer.status >= 400) {
        return { url: at, status: answer.status, headers: answer.headers, text };
      }
      at = new URL(location, at);
      [request, origin] = [{ method: 'GET' }, undefined];
    }
    throw new Error('too many redirects');
  }

  #cookiesFor(url: URL): string {
    return [...this.#cookies.values()]
      .filter(({ origin, path }) => origin === url.origin && (url.pathname === path || url.pathname.startsWith(path)))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keep({ origin }: URL, headers: readonly string[]): void {
    for (const header of headers) {
      const [pair = '', ...attributes] = header.split(/;\s*/);
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? '/';
      const key = `${origin} ${path} ${name}`;
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(header)) this.#cookies.delete(key);
      else this.#cookies.set(key, { name, value, path, origin });
    }
  }
}

/** The first form of a page. */
export function formOf({ url, text }: Page): Form {
  const [form] = formsOf(text);
  if (!form) throw new Error(`no form at ${url.pathname}`);
  return { url: new URL(form.action || url.href, url), method: form.method, fields: { ...form.fields } };
}
