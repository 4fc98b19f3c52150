import { type HubError, isHubError } from '@ozg-hub/core';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

/** Models that are only written once the interaction is over, so that the browser could not repeat its request. */
const AFTER_THE_INTERACTION: readonly string[] = ['Session', 'Grant', 'AuthorizationCode'];

/**
 * Does what the OpenID Provider needs. A failure that passes is told as `temporarily_unavailable` with 503; others go on
 * as they are and are 500.
 * @param toService whether the browser takes it on to the online service (RFC 6749, 4.1.2.1), instead of staying here
 */
export async function tellPassing<T>(work: () => Promise<T>, { toService = false } = {}): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isHubError(cause) || !passes(cause)) throw cause;
    const error = new errors.TemporarilyUnavailable(cause.code, { cause });
    const headers = { 'retry-after': retryAfter(cause) };
    throw Object.assign(error, { status: 503, statusCode: 503, headers, allow_redirect: toService });
  }
}

/** Seconds after which a request that failed so may be sent again; undefined: no failure that passes. */
export function retryAfterOf(error: Error): string | undefined {
  return isHubError(error.cause) && passes(error.cause) ? retryAfter(error.cause) : undefined;
}

/** The state of one model, whose failures the OpenID Provider can tell. */
export class TellingAdapter implements Adapter {
  readonly #options: { readonly toService: boolean };

  constructor(
    model: string,
    private readonly state: Adapter,
  ) {
    this.#options = { toService: AFTER_THE_INTERACTION.includes(model) };
  }

  upsert(id: string, payload: AdapterPayload, expiresIn: number) {
    return tellPassing(async () => await this.state.upsert(id, payload, expiresIn), this.#options);
  }

  find(id: string) {
    return tellPassing(async () => await this.state.find(id), this.#options);
  }

  findByUid(uid: string) {
    return tellPassing(async () => await this.state.findByUid(uid), this.#options);
  }

  findByUserCode(userCode: string) {
    return tellPassing(async () => await this.state.findByUserCode(userCode), this.#options);
  }

  consume(id: string) {
    return tellPassing(async () => await this.state.consume(id), this.#options);
  }

  destroy(id: string) {
    return tellPassing(async () => await this.state.destroy(id), this.#options);
  }

  revokeByGrantId(grantId: string) {
    return tellPassing(async () => await this.state.revokeByGrantId(grantId), this.#options);
  }
}

function passes(error: HubError): boolean {
  return error.class !== 'never' || error.status === 503;
}

function retryAfter({ retryAfterSeconds = 5 }: HubError): string {
  return String(retryAfterSeconds);
}
