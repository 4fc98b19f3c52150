import type { EventData, paymentReversed, paymentSettled } from '@ozg-hub/events';
import { money } from '@ozg-hub/money';
import type { Sql, Tx } from '@ozg-hub/store';
import type { NewPostingFile, PostingFile, PostingFileFilter, PostingFileProblem, Series } from './posting-file.ts';
import type { Posting } from './posting.ts';

/** By counting: to look for each posting of all years whether it stands in a file would take minutes. */
const OPEN_DAYS = `
  SELECT p.business_day::text AS day FROM (
    SELECT business_day, count(*) AS postings FROM posting
    WHERE tenant = $1 AND finance = $2 AND business_day <= $4::date AND business_day >= coalesce($5::date, '-infinity')
    GROUP BY business_day) p
  LEFT JOIN (
    SELECT business_day, sum(postings) AS postings FROM posting_file
    WHERE tenant = $1 AND target = $2 AND profile = $3 GROUP BY business_day) f USING (business_day)
  WHERE p.postings > coalesce(f.postings, 0)
  ORDER BY day LIMIT 400`;

/** A subquery with LIMIT is asked for each row by the primary key, whatever the planner knows of the tables. */
const NOT_FILED = `p.tenant = $1 AND p.finance = $2 AND p.business_day = $4::date AND (SELECT f.event_id FROM posting_filed f
    WHERE f.tenant = $1 AND f.target = $2 AND f.profile = $3 AND f.event_id = p.event_id LIMIT 1) IS NULL`;

const PENDING = `
  WITH pending AS MATERIALIZED (
    SELECT p.* FROM posting p WHERE ${NOT_FILED} AND p.currency = (
      SELECT p.currency FROM posting p WHERE ${NOT_FILED} ORDER BY p.position LIMIT 1)
    ORDER BY p.position LIMIT $5)
  SELECT p.position, p.event_id AS "eventId", p.payment_id AS "paymentId", p.kind, p.business_day::text AS "businessDay",
    p.currency, p.gross_minor AS "grossMinor", p.fee_minor AS "feeMinor", p.data,
    y.purpose, y.provider, y.transaction_id AS "transactionId", y.provider_reference AS "providerReference", y.method,
    y.paid_at AS "paidAt"
  FROM pending p JOIN payment y ON y.id = p.payment_id
  ORDER BY p.position`;

const INSERT = `
  INSERT INTO posting_file (id, tenant, target, profile, number, business_day, part, name, media_type, content, sha256,
    currency, postings, gross_minor, fee_minor, reversed_minor, net_minor, state, next_try_at, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'WRITTEN', now(), $18)`;

const COLUMNS = `id, tenant, target, profile, number, business_day::text AS "businessDay", part, name, media_type AS "mediaType",
  length(content) AS size, sha256, currency, postings, gross_minor AS "grossMinor", fee_minor AS "feeMinor",
  reversed_minor AS "reversedMinor", net_minor AS "netMinor", state, tries, code, next_try_at AS "nextTryAt", reissues,
  created_at AS "createdAt", handed_over_at AS "handedOverAt"`;

/** SQL of the posting files. */
export class PostingFileRepository {
  /** Days that have ended and have postings that stand in no file of the profile; the oldest 400. */
  async openDays(sql: Sql, { tenant, target, profile }: Series, last: string, from?: string): Promise<string[]> {
    const rows = await sql.query<{ day: string }>(OPEN_DAYS, [tenant, target, profile, last, from]);
    return rows.map(({ day }) => day);
  }

  /** The last day of which there is a file. */
  async lastDay(sql: Sql, { tenant, target, profile }: Series): Promise<string | undefined> {
    const text = `SELECT max(business_day)::text AS day FROM posting_file WHERE tenant = $1 AND target = $2 AND profile = $3`;
    const [row] = await sql.query<{ day: string | null }>(text, [tenant, target, profile]);
    return row?.day ?? undefined;
  }

  /** Number of the next file. Until the transaction ends nobody else makes one. */
  async nextNumber(tx: Tx, { tenant, target, profile }: Series): Promise<number> {
    const key = [tenant, target, profile];
    const insert = `INSERT INTO posting_file_series (tenant, target, profile) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`;
    await tx.query(insert, key);
    const lock = `SELECT last FROM posting_file_series WHERE tenant = $1 AND target = $2 AND profile = $3 FOR UPDATE`;
    const [row] = await tx.query<{ last: number }>(lock, key);
    return row!.last + 1;
  }

  /** How many files of the day there are. */
  async parts(sql: Sql, { tenant, target, profile }: Series, day: string): Promise<number> {
    const text = `SELECT count(*)::integer AS count FROM posting_file
      WHERE tenant = $1 AND target = $2 AND profile = $3 AND business_day = $4`;
    const [row] = await sql.query<{ count: number }>(text, [tenant, target, profile, day]);
    return row!.count;
  }

  /** Postings of the day that stand in no file of the profile, oldest first, all of one currency. */
  async pending(sql: Sql, { tenant, target, profile }: Series, day: string, most: number): Promise<readonly Posting[]> {
    return (await sql.query<PendingRow>(PENDING, [tenant, target, profile, day, most])).map(toPosting);
  }

  async insert(tx: Tx, file: NewPostingFile): Promise<void> {
    const { tenant, target, profile, totals } = file;
    const amounts = [totals.gross, totals.fee, totals.reversed, totals.net].map(({ minor }) => minor);
    await tx.query(INSERT, [
      ...[file.id, tenant, target, profile, file.number, file.businessDay, file.part, file.name, file.mediaType],
      ...[file.content, file.sha256, file.currency, totals.postings, ...amounts, file.createdAt],
    ]);
    const filed = `INSERT INTO posting_filed (tenant, target, profile, event_id, file_id)
      SELECT $1, $2, $3, event, $5 FROM unnest($4::uuid[]) AS event`;
    await tx.query(filed, [tenant, target, profile, file.eventIds, file.id]);
    const count = `UPDATE posting_file_series SET last = $4 WHERE tenant = $1 AND target = $2 AND profile = $3`;
    await tx.query(count, [tenant, target, profile, file.number]);
    await this.solved(tx, file, file.businessDay);
  }

  /** Takes a file that waits for its hand-over, so that nobody else does for the seconds given. */
  async claim(sql: Sql, id: string, seconds: number): Promise<boolean> {
    const text = `UPDATE posting_file SET tries = tries + 1, next_try_at = now() + make_interval(secs => $2)
      WHERE id = $1 AND state = 'WRITTEN' AND next_try_at <= now() RETURNING id`;
    return (await sql.query(text, [id, seconds])).length === 1;
  }

  /** Files whose hand-over is due, in the order of their numbers; none before an earlier one that never went. 1,000 at most. */
  async due(sql: Sql): Promise<readonly PostingFile[]> {
    const text = `SELECT ${COLUMNS} FROM posting_file file WHERE state = 'WRITTEN' AND next_try_at <= now() AND NOT EXISTS (
        SELECT 1 FROM posting_file earlier WHERE earlier.state = 'WRITTEN' AND earlier.next_try_at > now()
          AND earlier.handed_over_at IS NULL AND (earlier.tenant, earlier.target, earlier.profile)
            = (file.tenant, file.target, file.profile) AND earlier.number < file.number)
      ORDER BY tenant, target, profile, number LIMIT 1000`;
    return (await sql.query<FileRow>(text)).map(toFile);
  }

  async handedOver(tx: Tx, id: string): Promise<void> {
    const text = `UPDATE posting_file SET state = 'HANDED_OVER', next_try_at = NULL, code = NULL, handed_over_at = now()
      WHERE id = $1`;
    await tx.query(text, [id]);
  }

  async failed(sql: Sql, id: string, code: string, seconds: number): Promise<void> {
    const text = `UPDATE posting_file SET code = $2, next_try_at = now() + make_interval(secs => $3)
      WHERE id = $1 AND state = 'WRITTEN'`;
    await sql.query(text, [id, code, seconds]);
  }

  async reissue(tx: Tx, id: string): Promise<void> {
    const text = `UPDATE posting_file SET state = 'WRITTEN', next_try_at = now(), code = NULL, reissues = reissues + 1
      WHERE id = $1`;
    await tx.query(text, [id]);
  }

  async find(sql: Sql, id: string): Promise<PostingFile | undefined> {
    const [row] = await sql.query<FileRow>(`SELECT ${COLUMNS} FROM posting_file WHERE id = $1`, [id]);
    return row && toFile(row);
  }

  async content(sql: Sql, id: string): Promise<Buffer | undefined> {
    const [row] = await sql.query<{ content: Buffer }>(`SELECT content FROM posting_file WHERE id = $1`, [id]);
    return row?.content;
  }

  /** Newest first. */
  async list(sql: Sql, filter: PostingFileFilter): Promise<readonly PostingFile[]> {
    const { tenants, target, profile, businessDay, state, after, limit = 100 } = filter;
    const text = `SELECT ${COLUMNS} FROM posting_file
      WHERE ($1::text[] IS NULL OR tenant = ANY($1)) AND ($2::text IS NULL OR target = $2)
        AND ($3::text IS NULL OR profile = $3) AND ($4::date IS NULL OR business_day = $4)
        AND ($5::text IS NULL OR state = $5) AND ($6::uuid IS NULL OR position < (SELECT position FROM posting_file WHERE id = $6))
      ORDER BY position DESC LIMIT $7`;
    return (await sql.query<FileRow>(text, [tenants, target, profile, businessDay, state, after, limit])).map(toFile);
  }

  async problem(sql: Sql, problem: Omit<PostingFileProblem, 'at'>): Promise<void> {
    const { tenant, target, profile, businessDay, code, places } = problem;
    const text = `INSERT INTO posting_file_problem (tenant, target, profile, business_day, code, places)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, target, profile, business_day)
      DO UPDATE SET code = excluded.code, places = excluded.places, at = now()`;
    await sql.query(text, [tenant, target, profile, businessDay, code, JSON.stringify(places)]);
  }

  async solved(sql: Sql, { tenant, target, profile }: Series, day: string): Promise<void> {
    const text = `DELETE FROM posting_file_problem
      WHERE tenant = $1 AND target = $2 AND profile = $3 AND business_day = $4`;
    await sql.query(text, [tenant, target, profile, day]);
  }

  /** Oldest day first; 1,000 at most. */
  async problems(sql: Sql, tenants: readonly string[] | undefined): Promise<readonly PostingFileProblem[]> {
    const text = `SELECT tenant, target, profile, business_day::text AS "businessDay", code, places, at
      FROM posting_file_problem WHERE $1::text[] IS NULL OR tenant = ANY($1) ORDER BY business_day LIMIT 1000`;
    return await sql.query<PostingFileProblem & Record<string, unknown>>(text, [tenants]);
  }
}

type EventOfPosting = EventData<typeof paymentSettled> & EventData<typeof paymentReversed>;

interface PendingRow {
  readonly position: number;
  readonly eventId: string;
  readonly paymentId: string;
  readonly kind: Posting['kind'];
  readonly businessDay: string;
  readonly currency: string;
  readonly grossMinor: number;
  readonly feeMinor: number | null;
  readonly data: EventOfPosting;
  readonly purpose: string;
  readonly provider: string;
  readonly transactionId: string | null;
  readonly providerReference: string | null;
  readonly method: string | null;
  readonly paidAt: Date | null;
}

function toPosting({ data, ...row }: PendingRow): Posting {
  const { kassenzeichen, submissionId, leistung, vorgang, items } = data;
  const { position, eventId, paymentId, kind, businessDay, currency, purpose, provider } = row;
  return {
    ...{ position, eventId, paymentId, kind, businessDay, purpose, provider },
    ...{ kassenzeichen, submissionId, leistung, vorgang, items },
    gross: money(row.grossMinor, currency),
    fee: row.feeMinor === null ? undefined : money(row.feeMinor, currency),
    transactionId: row.transactionId ?? undefined,
    providerReference: row.providerReference ?? undefined,
    method: row.method ?? undefined,
    paidAt: row.paidAt ?? undefined,
    ...(kind === 'REVERSED' && {
      reversal: {
        id: data.reversalId,
        originalEventId: data.originalEventId,
        kind: data.kind,
        reason: data.reason,
        at: new Date(data.reversedAt),
      },
    }),
  };
}

type FileRow = Omit<PostingFile, 'totals' | 'code' | 'nextTryAt' | 'handedOverAt'> & {
  readonly currency: string;
  readonly postings: number;
  readonly grossMinor: number;
  readonly feeMinor: number;
  readonly reversedMinor: number;
  readonly netMinor: number;
  readonly code: string | null;
  readonly nextTryAt: Date | null;
  readonly handedOverAt: Date | null;
};

function toFile(row: FileRow): PostingFile {
  const { currency, postings, grossMinor, feeMinor, reversedMinor, netMinor, ...file } = row;
  return {
    ...file,
    totals: {
      postings,
      gross: money(grossMinor, currency),
      fee: money(feeMinor, currency),
      reversed: money(reversedMinor, currency),
      net: money(netMinor, currency),
    },
    code: row.code ?? undefined,
    nextTryAt: row.nextTryAt ?? undefined,
    handedOverAt: row.handedOverAt ?? undefined,
  };
}
