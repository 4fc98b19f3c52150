import type { Sql, Tx } from '@ozg-hub/store';

/** A document of a notice, as the event names it. */
export interface NoticeDocument {
  /** Object of the vault. */
  readonly ref: string;
  readonly role: string;
  readonly fileName: string;
  readonly title: string;
  readonly mediaType: string;
}

/** Something for the citizen that belongs to the record of his case, e.g. a Quittung. */
export interface Notice {
  readonly id: string;
  readonly submissionId: string;
  readonly tenant: string;
  readonly issuedAt: Date;
  readonly documents: readonly NoticeDocument[];
  readonly traceparent?: string | undefined;
}

const COLUMNS = `n.id, n.submission_id AS "submissionId", n.tenant, n.issued_at AS "issuedAt", n.documents, n.traceparent`;

const KEEP = `
  INSERT INTO notice (id, submission_id, tenant, issued_at, documents, traceparent)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`;

const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('dms-export/notice/' || $1, 0))`;

const OF_SUBMISSIONS = `
  SELECT ${COLUMNS} FROM notice n
  WHERE n.tenant = $1 AND n.submission_id = ANY ($2::uuid[]) ORDER BY n.position`;

const PRUNE = `
  WITH old AS (
    SELECT n.id FROM notice n
    WHERE n.received_at < now() - make_interval(days => $1)
      AND NOT EXISTS (SELECT FROM delivery d WHERE d.submission_id = n.submission_id)
      AND NOT EXISTS (SELECT FROM case_submission s WHERE s.submission_id = n.submission_id AND s.tenant = n.tenant)
    ORDER BY n.received_at LIMIT 1000 FOR UPDATE SKIP LOCKED
  ), pruned AS (
    DELETE FROM notice n USING old WHERE n.id = old.id RETURNING 1
  )
  SELECT count(*)::integer AS count FROM pruned`;

const STRANDED = `
  SELECT n.tenant, count(*)::integer AS count FROM notice n
  WHERE n.received_at < now() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM case_submission s WHERE s.submission_id = n.submission_id)
  GROUP BY n.tenant ORDER BY n.tenant`;

/** Notices that belong to cases. */
export class NoticeRepository {
  async keep(tx: Tx, notice: Notice): Promise<void> {
    const { id, submissionId, tenant, issuedAt, documents, traceparent } = notice;
    await tx.query(KEEP, [id, submissionId, tenant, issuedAt, JSON.stringify(documents), traceparent]);
  }

  /**
   * Until the transaction ends, a submission and its notices are taken in one after the other: whichever comes second
   * sees the first.
   */
  async lock(tx: Tx, submissionId: string): Promise<void> {
    await tx.query(LOCK, [submissionId]);
  }

  async find(sql: Sql, id: string): Promise<Notice | undefined> {
    const [row] = await sql.query<Row>(`SELECT ${COLUMNS} FROM notice n WHERE n.id = $1`, [id]);
    return row && toNotice(row);
  }

  /** Oldest first. */
  async ofSubmissions(sql: Sql, tenant: string, submissionIds: readonly string[]): Promise<readonly Notice[]> {
    return (await sql.query<Row>(OF_SUBMISSIONS, [tenant, submissionIds])).map(toNotice);
  }

  /** How many of each municipality have waited for their submission for more than an hour. */
  async stranded(sql: Sql): Promise<readonly { readonly tenant: string; readonly count: number }[]> {
    return await sql.query<{ tenant: string; count: number }>(STRANDED);
  }

  /**
   * Forgets those that came so many days ago and whose submission is in no case any more, in portions: what is handed over
   * with a case needs them.
   * @returns how many
   */
  async prune(sql: Sql, days: number): Promise<number> {
    for (let total = 0; ;) {
      const [row] = await sql.query<{ count: number }>(PRUNE, [days]);
      total += row!.count;
      if (row!.count < 1_000) return total;
    }
  }
}

type Row = Omit<Notice, 'traceparent'> & { readonly traceparent: string | null } & Record<string, unknown>;

const toNotice = ({ traceparent, ...row }: Row): Notice => ({ ...row, traceparent: traceparent ?? undefined });
