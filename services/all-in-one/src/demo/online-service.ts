import { createHash, randomBytes } from 'node:crypto';
import { Browser, type Page, formsOf } from '@ozg-hub/testing';

/** Who signs in where, as the page of the provider offers it. */
export interface Account {
  /** Id in the directory. */
  readonly provider: 'bundid' | 'muk';
  readonly person: string;
  readonly method: string;
}

/** What somebody signs in for. */
export interface LoginPurpose {
  readonly tenant: string;
  /** LeiKa key, 14 digits. */
  readonly leistung: string;
  /** The application: V.Ident. */
  readonly application: string;
}

/** What the online service has afterwards. */
export interface SignedIn {
  /** Goes with the application. */
  readonly proof: string;
  readonly provider: string;
  readonly applicant: string;
  readonly vertrauensniveau: string;
}

export interface OnlineServiceOptions {
  /** Of the hub. */
  readonly url: string;
  /** Id in the directory, with its secret and where browsers come back to. */
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string };
}

/** A login on its way, in a browser of its own. */
export interface BegunLogin {
  readonly browser: Browser;
  /** Hands over to the provider, or says why not. */
  readonly page: Page;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

/** An online service with OpenID Connect by hand, and the browser of somebody who uses it. */
export class OnlineService {
  #endpoints: Promise<Endpoints> | undefined;

  constructor(private readonly options: OnlineServiceOptions) {}

  /** @throws where the way ends anywhere but at the online service */
  async signIn(purpose: LoginPurpose, account: Account): Promise<SignedIn> {
    return await this.finish(await this.begin(purpose, account.provider), account);
  }

  /** Up to the page that hands the browser to the provider; by the choice page where there is one. */
  async begin(purpose: LoginPurpose, provider: string): Promise<BegunLogin> {
    const { client } = this.options;
    const { authorization_endpoint } = await this.#discovered();
    const [verifier, state, nonce] = [random(), random(), random()];
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: 'openid attributes',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state,
      nonce,
      tenant: purpose.tenant,
      leistung: purpose.leistung,
      application: purpose.application,
    });
    const browser = new Browser(client.redirectUri);
    const first = await browser.get(`${authorization_endpoint}?${query}`);
    const isChoice = first.status === 200 && !handsOver(first);
    return { browser, page: isChoice ? await browser.submit(first, { provider }) : first, verifier, state, nonce };
  }

  /** Login page of the provider, its answer to the hub, and the code for an id_token. */
  async finish(begun: BegunLogin, account: Account): Promise<SignedIn> {
    const back = await walkBack(begun, account);
    const code = back.searchParams.get('code');
    if (!code || back.searchParams.get('state') !== begun.state) {
      throw new Error(`the login ended with ${back.searchParams.get('error_description') ?? 'no code'}`);
    }
    const claims = await this.#claims({ code, code_verifier: begun.verifier });
    if (claims['nonce'] !== begun.nonce) throw new Error('the id_token is that of another login');
    return {
      proof: String(claims['identity_proof']),
      provider: String(claims['identity_provider']),
      applicant: String(claims['applicant']),
      vertrauensniveau: String(claims['acr']),
    };
  }

  #discovered(): Promise<Endpoints> {
    return (this.#endpoints ??= this.#discover());
  }

  async #discover(): Promise<Endpoints> {
    const answer = await fetch(`${this.options.url}/identity/oidc/.well-known/openid-configuration`);
    if (!answer.ok) throw new Error(`the OpenID Provider answered ${answer.status}`);
    return (await answer.json()) as Endpoints;
  }

  /** The id_token comes from the token endpoint itself, so its signature need not be checked (OpenID Connect Core 3.1.3.7). */
  async #claims(grant: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const { id, secret, redirectUri } = this.options.client;
    const basic = [id, secret].map(encodeURIComponent).join(':');
    const { token_endpoint } = await this.#discovered();
    const answer = await fetch(token_endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: redirectUri, ...grant }),
    });
    if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}`);
    const { id_token } = (await answer.json()) as { id_token: string };
    const [, payload = ''] = id_token.split('.');
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  }
}

/** @returns where the browser arrives */
async function walkBack({ browser, page }: BegunLogin, { provider, person, method }: Account): Promise<URL> {
  if (!handsOver(page)) throw new Error(`the hub answered ${page.status} instead of handing over to ${provider}`);
  const login = await browser.submit(page);
  const form = formsOf(login.text).find(({ fields }) => fields['person'] === person && fields['method'] === method);
  if (!form) throw new Error(`${provider} does not offer this login (${login.status} ${login.url.search})`);
  const answer = await browser.post(new URL(form.action, login.url), form.fields);
  const back = await browser.submit(answer);
  if (back.status !== 0) throw new Error(`the login of ${provider} was answered ${back.status}`);
  return back.url;
}

function handsOver(page: Page): boolean {
  return formsOf(page.text).some(({ fields }) => 'SAMLRequest' in fields);
}

function random(): string {
  return randomBytes(32).toString('base64url');
}
