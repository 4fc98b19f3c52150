import type { HubError } from '@ozg-hub/core';
import { retryAfterSeconds } from '@ozg-hub/http';
import { type CmisErrorCode, cmisErrors } from './errors.ts';

/** Codes by exception name (CMIS 1.1 §2.2.1.4, names of the browser binding §5.2.10). */
const EXCEPTIONS: Readonly<Record<string, CmisErrorCode>> = {
  invalidArgument: 'HUB_CMIS_INVALID_ARGUMENT',
  filterNotValid: 'HUB_CMIS_FILTER_NOT_VALID',
  notSupported: 'HUB_CMIS_NOT_SUPPORTED',
  streamNotSupported: 'HUB_CMIS_STREAM_NOT_SUPPORTED',
  objectNotFound: 'HUB_CMIS_OBJECT_NOT_FOUND',
  permissionDenied: 'HUB_CMIS_PERMISSION_DENIED',
  constraint: 'HUB_CMIS_CONSTRAINT',
  nameConstraintViolation: 'HUB_CMIS_NAME_CONSTRAINT',
  contentAlreadyExists: 'HUB_CMIS_CONTENT_EXISTS',
  updateConflict: 'HUB_CMIS_UPDATE_CONFLICT',
  versioning: 'HUB_CMIS_VERSIONING',
  runtime: 'HUB_CMIS_RUNTIME',
  storage: 'HUB_CMIS_STORAGE',
};

/** Codes of statuses without an exception name; others are refusals as invalid. */
const STATUSES: Readonly<Record<number, CmisErrorCode>> = {
  401: 'HUB_CMIS_UNAUTHENTICATED',
  403: 'HUB_CMIS_PERMISSION_DENIED',
  405: 'HUB_CMIS_NOT_SUPPORTED',
  408: 'HUB_CMIS_INTERRUPTED',
  409: 'HUB_CMIS_CONSTRAINT',
  413: 'HUB_CMIS_TOO_LARGE',
  429: 'HUB_CMIS_TOO_MANY_REQUESTS',
  503: 'HUB_CMIS_UNAVAILABLE',
  507: 'HUB_CMIS_STORAGE',
};

const MAX_SERVER_TEXT = 500;
const MAX_ERROR_TEXT = 64 * 1024;

/** What the repository said; the cause of the error made of it. Its text may quote names of citizens. */
export class CmisAnswer extends Error {
  override readonly name = 'CmisAnswer';
  readonly #serverText: string;

  constructor(
    readonly httpStatus: number,
    readonly exception: string | undefined,
    serverText: string,
  ) {
    super(`HTTP ${httpStatus} ${exception ?? 'without exception name'}`);
    this.#serverText = serverText.slice(0, MAX_SERVER_TEXT);
  }

  /** At most 500 characters; for a person who may see the case, never for logs. */
  serverText(): string {
    return this.#serverText;
  }
}

export interface Refusal {
  readonly status: number;
  /** The body as far as read. */
  readonly text: string;
  readonly retryAfter: string | undefined;
  /** Whether the request was to change something. */
  readonly changes: boolean;
  readonly bareStatusCodes: boolean;
}

/** The error for an answer that is none of success, by exception name first and by status else. */
export function refusalError({ status, text, retryAfter, changes, bareStatusCodes }: Refusal): HubError {
  const { exception, message } = exceptionIn(text);
  const cause = new CmisAnswer(status, exception, message);
  const named = exception === undefined ? undefined : EXCEPTIONS[exception];
  const code = status === 401 ? 'HUB_CMIS_UNAUTHENTICATED' : (named ?? bareCode(status, changes, bareStatusCodes));
  const seconds = retryAfterSeconds(retryAfter);
  const detail = `${cmisErrors.definitions[code].title} (${cause.message})`;
  return cmisErrors[code]({ detail, cause, ...(seconds !== undefined && { retryAfterSeconds: seconds }) });
}

/** The error an answer of status 2xx carries all the same; undefined where it carries none. */
export function hiddenRefusal(text: string, status: number): HubError | undefined {
  const { exception, message } = exceptionIn(text);
  if (exception === undefined) return undefined;
  const cause = new CmisAnswer(status, exception, message);
  const code = EXCEPTIONS[exception] ?? 'HUB_CMIS_RUNTIME';
  return cmisErrors[code]({ detail: `${cmisErrors.definitions[code].title} (${cause.message})`, cause });
}

function bareCode(status: number, changes: boolean, trusted: boolean): CmisErrorCode {
  if (status >= 300 && status < 400) return 'HUB_CMIS_REDIRECTED';
  if (status === 404) return trusted ? 'HUB_CMIS_OBJECT_NOT_FOUND' : 'HUB_CMIS_UNREADABLE';
  if (status === 502 || status === 504) return changes ? 'HUB_CMIS_OUTCOME_UNKNOWN' : 'HUB_CMIS_UNAVAILABLE';
  const known = STATUSES[status];
  if (known) return known;
  if (status < 500) return 'HUB_CMIS_INVALID_ARGUMENT';
  return changes && !trusted ? 'HUB_CMIS_OUTCOME_UNKNOWN' : 'HUB_CMIS_RUNTIME';
}

/** `{"exception", "message"}` of the browser binding, or the comments that OpenCMIS writes into its error pages. */
function exceptionIn(text: string): { exception: string | undefined; message: string } {
  if (text.trimStart().startsWith('{')) {
    if (text.length > MAX_ERROR_TEXT || !text.includes('"exception"')) return { exception: undefined, message: text };
    try {
      const { exception, message } = JSON.parse(text) as Record<string, unknown>;
      if (typeof exception === 'string') return { exception, message: typeof message === 'string' ? message : '' };
    } catch {
      return { exception: undefined, message: text };
    }
    return { exception: undefined, message: text };
  }
  const page = text.trimStart().slice(0, 20).toLowerCase();
  if (!page.startsWith('<html') && !page.startsWith('<!doctype html')) return { exception: undefined, message: text };
  const exception = /<!--exception-->(\w+)<!--\/exception-->/.exec(text)?.[1];
  const message = /<!--message-->([^]*?)<!--\/message-->/.exec(text)?.[1];
  return { exception, message: message ?? text };
}
