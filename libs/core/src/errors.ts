/**
 * What the caller may do about an error.
 * `later`: the same call may succeed without any change. `never`: only a changed input helps.
 * `ask`: the outcome is unknown or a person has to decide.
 */
export type ErrorClass = 'later' | 'never' | 'ask';

/** One entry of a lib's or service's closed error list; see {@link defineErrors}. */
export interface ErrorDefinition {
  readonly class: ErrorClass;
  /** HTTP status of the problem+json answer (RFC 9457). */
  readonly status: number;
  /** What is wrong, the same sentence each time; never quotes a value. */
  readonly title: string;
  /** What the reader can do about it. */
  readonly action: string;
}

/** A single finding inside a document: where it is and what is wrong there. Never carries a value from the document. */
export interface ErrorPlace {
  /** File name of a configuration file; never a citizen's file name. */
  readonly file?: string;
  readonly line?: number;
  /** Element path with positions, e.g. `/Antrag/Metadaten/Objekt[2]/Feld[5]`. */
  readonly path?: string;
  /** Name of a multipart part, header, query parameter or configuration field. */
  readonly field?: string;
  readonly message: string;
}

export interface ErrorDetail {
  /** What is wrong in this case; replaces the definition's title in messages. Never quotes a citizen's value. */
  readonly detail?: string;
  readonly places?: readonly ErrorPlace[];
  /** Seconds after which a retry is useful; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** The only error type that crosses a port. `code` is stable and documented. */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly places: readonly ErrorPlace[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: string,
    readonly definition: ErrorDefinition,
    detail: ErrorDetail = {},
  ) {
    super(detail.detail ?? definition.title, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.places = detail.places ?? [];
    this.retryAfterSeconds = detail.retryAfterSeconds;
  }

  get class(): ErrorClass {
    return this.definition.class;
  }

  get status(): number {
    return this.definition.status;
  }
}

export type ErrorFactory = (detail?: ErrorDetail) => HubError;

/** The factories of one list, by code, and the list itself for documentation. */
export type ErrorList<Code extends string> = Readonly<Record<Code, ErrorFactory>> & {
  readonly definitions: Readonly<Record<Code, ErrorDefinition>>;
};

/**
 * Declares the errors of a lib or service in one place: `throw errors.HUB_STORE_UNREACHABLE({ cause })`.
 * Every list is exported, so that the README's table can be checked against the code.
 */
export function defineErrors<const Code extends `HUB_${string}`>(
  definitions: Readonly<Record<Code, ErrorDefinition>>,
): ErrorList<Code> {
  const factories = Object.entries<ErrorDefinition>(definitions).map(([code, definition]) => [
    code,
    (detail?: ErrorDetail) => new HubError(code, definition, detail),
  ]);
  return Object.freeze({ ...Object.fromEntries(factories), definitions }) as ErrorList<Code>;
}

export function isHubError(error: unknown, code?: string): error is HubError {
  return error instanceof HubError && (code === undefined || error.code === code);
}
