import { IncomingMessage } from 'node:http';
import { stringify } from 'node:querystring';
import type { FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from './session-cookie.ts';

type Parsed = Parameters<typeof stringify>[0];

/** Headers that tell where a request came in; the issuer says it instead. */
const PLACE = ['host', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-forwarded-for', 'content-length'];

/**
 * A request as the OpenID Provider reads it: at the issuer's address whatever the headers say, its form as text again,
 * without the cookie of an earlier login.
 */
export function mountedRequest({ raw, body, url }: FastifyRequest, issuer: URL): IncomingMessage {
  const request = new IncomingMessage(raw.socket);
  request.method = raw.method ?? 'GET';
  request.httpVersion = raw.httpVersion;
  const kept = Object.entries(raw.headers).filter(([name]) => !PLACE.includes(name));
  const form = isForm(raw) ? stringify((body ?? {}) as Parsed) : '';
  request.headers = {
    ...Object.fromEntries(kept),
    host: issuer.host,
    'x-forwarded-proto': issuer.protocol.slice(0, -1),
    ...(form && { 'content-length': String(Buffer.byteLength(form)) }),
    ...(raw.headers.cookie !== undefined && { cookie: withoutSession(raw.headers.cookie) }),
  };
  // What is mounted below a path sees the path below it (Koa and Connect agree on `originalUrl`).
  request.url = url.slice(issuer.pathname.length) || '/';
  (request as { originalUrl?: string }).originalUrl = url;
  request.complete = true;
  if (form) request.push(form);
  request.push(null);
  return request;
}

function isForm({ headers }: IncomingMessage): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

/** No single sign-on: no request ever brings the session of an earlier login. */
function withoutSession(cookies: string): string {
  return cookies
    .split(/;\s*/)
    .filter((cookie) => !cookie.startsWith(`${SESSION_COOKIE}=`) && !cookie.startsWith(`${SESSION_COOKIE}.sig=`))
    .join('; ');
}
