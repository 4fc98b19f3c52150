import http from 'node:http';
import https from 'node:https';

/** PEM texts. The certificate of the server is always checked, TLS 1.2 is the least. */
export interface TlsOptions {
  /** Certificate authorities instead of the system's. */
  readonly ca?: string | undefined;
  /** Client certificate with its chain, and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
}

export interface AgentOptions {
  readonly tls?: TlsOptions | undefined;
  /** Connections at once. */
  readonly connections: number;
  /** Milliseconds after which an unused connection is closed; less than servers keep. */
  readonly keepAlive: number;
}

/** Keeps connections to one server. */
export function createAgent(url: URL, { tls, connections, keepAlive }: AgentOptions): http.Agent {
  const pool = { keepAlive: true, maxSockets: connections, timeout: keepAlive };
  return url.protocol === 'https:' ? new https.Agent({ ...pool, ...tls, minVersion: 'TLSv1.2' }) : new http.Agent(pool);
}

/** Value of a header Authorization (RFC 7617). */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
