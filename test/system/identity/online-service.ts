import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';

/** What an online service asks of a login. */
export interface Application {
  readonly leistung: string;
  readonly application: string;
  readonly acr?: string;
}

/** What it learned in the end. */
export type Learned =
  | { readonly claims: client.IDToken; readonly info: client.UserInfoResponse }
  | { readonly error: string; readonly description: string };

interface Begun {
  readonly application: string;
  readonly verifier: string;
  readonly nonce: string;
}

const SCOPE = 'openid profile address attributes';

/** An online service by a standard client library: `/antrag` sends the browser to sign in, `/zurueck` takes the code. */
export class OnlineService {
  /** By application. */
  readonly learned = new Map<string, Learned>();
  readonly #begun = new Map<string, Begun>();
  #configuration!: client.Configuration;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OnlineService> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const service = new OnlineService(server);
    server.on('request', (incoming, outgoing) => {
      service.#answer(incoming, outgoing).catch((error: unknown) => {
        outgoing.writeHead(500).end(String(error));
      });
    });
    return service;
  }

  get callback(): string {
    return `${this.#origin}/zurueck`;
  }

  /** Where a browser begins an application. */
  begin(application: Application): string {
    return `${this.#origin}/antrag?${new URLSearchParams({ ...application })}`;
  }

  /** Reads who the provider is, by discovery. */
  async use(issuer: string, id: string, secret: string): Promise<void> {
    const metadata = { id_token_signed_response_alg: 'ES256' };
    this.#configuration = await client.discovery(new URL(issuer), id, metadata, client.ClientSecretBasic(secret), {
      execute: [client.allowInsecureRequests],
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #answer({ url = '/' }: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const at = new URL(url, this.#origin);
    if (at.pathname === '/antrag') {
      const location = await this.#ask(at.searchParams);
      outgoing.writeHead(303, { location }).end();
      return;
    }
    if (at.pathname !== '/zurueck') {
      outgoing.writeHead(404).end();
      return;
    }
    const begun = this.#begun.get(at.searchParams.get('state') ?? '');
    if (!begun) throw new Error('a state that nobody began');
    const learned = await this.#learn(at, begun);
    this.learned.set(begun.application, learned);
    const said =
      'error' in learned ? `Nicht angemeldet: ${learned.description}` : `Angemeldet: ${learned.info['name']}`;
    outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    outgoing.end(
      `<!doctype html><html lang="de"><title>Antrag</title><main><h1>Antrag ${begun.application}</h1><p>${said}</p></main></html>`,
    );
  }

  async #ask(wanted: URLSearchParams): Promise<string> {
    const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
    const application = wanted.get('application')!;
    this.#begun.set(state, { application, verifier, nonce });
    const acr = wanted.get('acr');
    const url = client.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: this.callback,
      scope: SCOPE,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      tenant: 'musterstadt',
      leistung: wanted.get('leistung')!,
      application,
      ...(acr && { acr_values: acr }),
    });
    return url.href;
  }

  async #learn(back: URL, { verifier, nonce }: Begun): Promise<Learned> {
    const error = back.searchParams.get('error');
    if (error) return { error, description: back.searchParams.get('error_description') ?? '' };
    const tokens = await client.authorizationCodeGrant(this.#configuration, back, {
      pkceCodeVerifier: verifier,
      expectedState: back.searchParams.get('state')!,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims()!;
    return { claims, info: await client.fetchUserInfo(this.#configuration, tokens.access_token, claims.sub) };
  }
}
