import { createHash } from 'node:crypto';

/** Same cause, same fingerprint: groups deliveries that one repair helps. 16 hex digits. */
export function fingerprint(cause: {
  readonly kind: string;
  readonly failure: string;
  readonly code: string;
  readonly status?: string | undefined;
}): string {
  const parts = [cause.kind, cause.failure, cause.code, cause.status ?? ''];
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16);
}
