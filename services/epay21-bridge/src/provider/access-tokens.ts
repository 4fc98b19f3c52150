import { textBody } from '@ozg-hub/http';
import { z } from 'zod';
import { byStatus, unreadable } from './http-status.ts';
import type { Pace, ProviderAnswer } from './payment-provider.port.ts';
import { type ServiceAnswer, type ServiceChannel, withoutAnswer } from './service-channel.ts';

export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
}

/** A token, or why there is none: then nothing was sent to the service itself. */
export type TokenAnswer = { readonly token: string; readonly until: number } | { readonly failed: ProviderAnswer };

/** Where the server does not say how long a token is good for. */
const DEFAULT_SECONDS = 300;
/** So long before its end a token is used no more. */
const MARGIN_SECONDS = 30;

const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  expires_in: z.coerce.number().positive().optional(),
});

/** Tokens of OAuth 2.0 client credentials (RFC 6749 §4.4), kept until shortly before they end. */
export class AccessTokens {
  #current: Promise<TokenAnswer> | undefined;

  constructor(
    private readonly channel: ServiceChannel,
    private readonly credentials: ClientCredentials,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Asked for once, however many wait for it; that one of them gives up ends nothing for the others. */
  async get(pace?: Pace): Promise<TokenAnswer> {
    const known = this.#current;
    const kept = await known;
    if (kept && 'token' in kept && this.now() < kept.until) return kept;
    if (this.#current === known) this.#current = this.#ask(pace);
    return await this.#current!;
  }

  /** The service no longer takes this one. */
  async drop(token: string): Promise<void> {
    const known = this.#current;
    const kept = await known;
    if (kept && 'token' in kept && kept.token === token && this.#current === known) this.#current = undefined;
  }

  async #ask(pace: Pace | undefined): Promise<TokenAnswer> {
    const { tokenUrl, clientId, clientSecret, scope } = this.credentials;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...(scope !== undefined && { scope }),
    });
    const body = textBody('application/x-www-form-urlencoded', form.toString());
    const headers = { accept: 'application/json' };
    const { signal } = new AbortController();
    const call = { method: 'POST', url: new URL(tokenUrl), headers, body, changes: false, signal, pace } as const;
    try {
      return this.#read(await this.channel.send(call));
    } catch (error) {
      return { failed: withoutAnswer(error) };
    }
  }

  #read(answer: ServiceAnswer): TokenAnswer {
    const read = answer.status === 200 && !answer.cut ? tokenAnswer.safeParse(jsonOf(answer)) : undefined;
    if (!read?.success) return { failed: refusal(answer) };
    const { access_token: token, expires_in: seconds = DEFAULT_SECONDS } = read.data;
    return { token, until: this.now() + 1000 * Math.max(seconds - MARGIN_SECONDS, 1) };
  }
}

/** RFC 6749 §5.2: a client that is not known is told by 400 as well. What the server writes is not for the record. */
function refusal(answer: ServiceAnswer): ProviderAnswer {
  const told = { ...answer, body: Buffer.alloc(0) };
  const { status } = answer;
  if (status === 200) return unreadable(told, false);
  const failed = byStatus(told, false);
  return failed.outcome === 'REFUSED' ? byStatus({ ...told, status: 401 }, false) : failed;
}

function jsonOf({ body }: ServiceAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
