import { ATTEMPT_SECONDS } from '../login-attempt.repository.ts';

const NAME = 'ozg-identity-sent';

/**
 * Says that this browser was handed on to the identity provider for a login already, so that "back" does not hand it on
 * again (Schnittstellenbeschreibung of the BundID, 8.2).
 */
export class SentCookie {
  readonly #attributes: string;

  constructor(isSecure: boolean) {
    this.#attributes = `HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }

  /** @param uid of the interaction */
  isSet(header: string | undefined, uid: string): boolean {
    return (header ?? '').split(/;\s*/).includes(`${NAME}=${uid}`);
  }

  set(uid: string): string {
    return `${NAME}=${uid}; Path=${pathOf(uid)}; Max-Age=${ATTEMPT_SECONDS}; ${this.#attributes}`;
  }

  /** The answer came: the next try is one that the user wants. */
  clear(uid: string): string {
    return `${NAME}=; Path=${pathOf(uid)}; Max-Age=0; ${this.#attributes}`;
  }
}

function pathOf(uid: string): string {
  return `/identity/login/${encodeURIComponent(uid)}`;
}
