import type { Store } from '@ozg-hub/store';

/** What a finance system has to post and has not answered. */
export interface OpenPosting {
  readonly eventId: string;
  readonly kind: 'SETTLED' | 'REVERSED';
  /** `YYYY-MM-DD` */
  readonly businessDay: string;
  /** Data of `payment.settled` or `payment.reversed`, as on the bus. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OpenPostingFilter {
  /** Undefined: all. */
  readonly tenants: readonly string[] | undefined;
  readonly limit: number;
}

const OPEN = `
  SELECT event_id AS "eventId", kind, business_day::text AS "businessDay", data FROM posting
  WHERE answered_at IS NULL AND ($1::text[] IS NULL OR tenant = ANY ($1)) ORDER BY position LIMIT $2`;

/**
 * For finance systems that read no bus: they fetch what waits, post it and answer. What is answered is gone from here, so
 * there is no position to remember, and what was fetched and not answered comes again.
 */
export class OpenPostings {
  constructor(private readonly store: Store) {}

  /** Oldest first. */
  async list({ tenants, limit }: OpenPostingFilter): Promise<OpenPosting[]> {
    return await this.store.query<OpenPosting>(OPEN, [tenants ?? null, limit]);
  }
}
