import type { IncomingHttpHeaders } from 'node:http';
import { isHubError } from '@ozg-hub/core';
import {
  Exchange,
  type ExchangeErrors,
  type ExchangeOn,
  type RequestBody,
  type TlsOptions,
  createAgent,
  readBytes,
} from '@ozg-hub/http';
import { type EpayErrorCode, epayErrors } from '../errors.ts';
import type { CallTerms, ProviderAnswer, RawAnswer } from './payment-provider.port.ts';

export interface ServiceCall extends CallTerms {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Whether it may have an effect that must not happen twice. */
  readonly changes: boolean;
}

/** An answer, whatever its status. */
export interface ServiceAnswer extends RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** There was more than 64 KiB; it was not read. */
  readonly cut: boolean;
}

export interface ChannelOptions {
  readonly url: string;
  readonly tls?: TlsOptions | undefined;
  readonly timeoutSeconds: number;
}

const ANSWER_BYTES = 64 * 1024;
const CONNECTIONS = 8;
const KEEP_ALIVE_MS = 4_000;
const CONNECT_MS = 10_000;

/** HTTP to one payment service, with its TLS and limits. Redirects are not followed. */
export class ServiceChannel {
  readonly #on: ExchangeOn;
  readonly #milliseconds: number;

  constructor({ url, tls, timeoutSeconds }: ChannelOptions) {
    const idle = timeoutSeconds * 1000;
    this.#milliseconds = 2 * idle;
    this.#on = {
      agent: createAgent(new URL(url), { tls, connections: CONNECTIONS, keepAlive: KEEP_ALIVE_MS }),
      timeouts: { connect: Math.min(CONNECT_MS, idle), headers: idle, idle },
      errors,
    };
  }

  /**
   * @throws HUB_EPAY_UNREACHABLE, HUB_EPAY_TLS, HUB_EPAY_INTERRUPTED; HUB_EPAY_OUTCOME_UNKNOWN, also where the signal is
   * aborted after a request that changes something left; the signal's reason
   */
  async send({ method, url, headers, body, changes, signal, pace, heard }: ServiceCall): Promise<ServiceAnswer> {
    await pace?.leave(signal);
    const deadline = AbortSignal.timeout(this.#milliseconds);
    const given = { 'accept-encoding': 'identity', 'user-agent': 'ozg-hub', ...headers };
    try {
      signal.throwIfAborted();
      const options = { method, url, headers: given, body, changes, signal: AbortSignal.any([signal, deadline]) };
      const exchange = new Exchange(options, this.#on);
      const response = await exchange.run();
      const status = response.statusCode ?? 0;
      const { bytes, cut } = await readBytes(exchange, ANSWER_BYTES).catch((error: unknown) => {
        if (status >= 200 && status < 300) throw error;
        return { bytes: Buffer.alloc(0), cut: true };
      });
      const mediaType = response.headers['content-type'];
      heard?.({ status, mediaType, body: bytes });
      return { status, mediaType, headers: response.headers, body: bytes, cut };
    } catch (error) {
      if (deadline.aborted && !signal.aborted && !isHubError(error)) throw errors.timeout(error);
      throw error;
    }
  }

  /** Ends the connections. */
  close(): void {
    this.#on.agent.destroy();
  }
}

const errors: ExchangeErrors = {
  unreachable: (cause) => epayErrors.HUB_EPAY_UNREACHABLE({ cause }),
  tls: (cause) => epayErrors.HUB_EPAY_TLS({ cause }),
  interrupted: (cause) => epayErrors.HUB_EPAY_INTERRUPTED({ cause }),
  timeout: (cause) => epayErrors.HUB_EPAY_INTERRUPTED({ cause }),
  outcomeUnknown: (cause) => epayErrors.HUB_EPAY_OUTCOME_UNKNOWN({ cause }),
};

/** For the record, where no answer came. */
export const NO_ANSWER: RawAnswer = Object.freeze({ status: undefined, mediaType: undefined, body: Buffer.alloc(0) });

/** What it means that no answer came. @throws the error where it is none of {@link ServiceChannel.send} */
export function withoutAnswer(error: unknown): ProviderAnswer {
  if (isHubError(error)) {
    const code = error.code as EpayErrorCode;
    if (code === 'HUB_EPAY_OUTCOME_UNKNOWN') return { raw: NO_ANSWER, outcome: 'UNKNOWN', code };
    if (code === 'HUB_EPAY_UNREACHABLE' || code === 'HUB_EPAY_TLS' || code === 'HUB_EPAY_INTERRUPTED') {
      return { raw: NO_ANSWER, outcome: 'UNAVAILABLE', code, cause: 'UNREACHABLE' };
    }
  }
  throw error;
}

/** Only what is for the record. */
export function rawOf({ status, mediaType, body }: ServiceAnswer): RawAnswer {
  return { status, mediaType, body };
}
