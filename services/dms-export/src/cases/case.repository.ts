import type { Sql } from '@ozg-hub/store';
import type { Case, CaseKey, CaseSubmission, FiledDocument, FilingPlan } from './case.ts';

const COLUMNS = `c.tenant, c.target, c.lane, c.submission_id AS "submissionId", c.object_id AS "objectId", c.aktenzeichen,
  c.opened_at AS "openedAt", c.filed_at AS "filedAt", c.close_delivery AS "closeDelivery", c.closed_at AS "closedAt"`;

const OPEN = `
  WITH opened AS (
    INSERT INTO dms_case (tenant, target, lane, submission_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
  )
  INSERT INTO case_submission (tenant, target, lane, submission_id, event, reference)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`;

const BY_KEY = `SELECT ${COLUMNS} FROM dms_case c WHERE c.tenant = $1 AND c.target = $2 AND c.lane = $3`;

const MATCHING = `
  SELECT ${COLUMNS} FROM dms_case c
  WHERE ($3::text[] IS NULL OR c.tenant = ANY($3))
    AND (c.lane = $1 OR $2::uuid IS NOT NULL AND EXISTS (SELECT FROM case_submission s WHERE s.submission_id = $2
      AND s.tenant = c.tenant AND s.target = c.target AND s.lane = c.lane))
  ORDER BY c.opened_at, c.tenant, c.target LIMIT 50`;

const SUBMISSIONS = `
  SELECT s.tenant, s.target, s.lane, s.submission_id AS "submissionId", s.event, s.reference FROM case_submission s
  WHERE s.tenant = $1 AND s.target = $2 AND s.lane = $3 ORDER BY s.position`;

const WITH_SUBMISSION = `
  SELECT s.tenant, s.target, s.lane, s.submission_id AS "submissionId", s.event, s.reference FROM case_submission s
  WHERE s.submission_id = $2 AND s.tenant = $1 ORDER BY s.target, s.lane`;

const DOCUMENTS = `
  SELECT d.delivery_id AS "deliveryId", d.submission_id AS "submissionId", d.ref, d.tenant, d.target, d.lane, d.document_key AS key,
    d.object_id AS "objectId"
  FROM case_document d WHERE d.tenant = $1 AND d.target = $2 AND d.lane = $3 ORDER BY d.filed_at`;

const FILED = `
  UPDATE dms_case c SET object_id = coalesce(f."objectId", c.object_id),
    aktenzeichen = coalesce(f.aktenzeichen, c.aktenzeichen), filed_at = coalesce(c.filed_at, now())
  FROM jsonb_to_recordset($1::jsonb) AS f ("submissionId" uuid, tenant text, target text, lane text, "objectId" text,
    aktenzeichen text)
  WHERE c.tenant = f.tenant AND c.target = f.target AND c.lane = f.lane
    AND (c.submission_id = f."submissionId" OR c.object_id IS NULL)`;

const FILED_DOCUMENTS = `
  INSERT INTO case_document (delivery_id, submission_id, ref, tenant, target, lane, document_key, object_id)
  SELECT f."deliveryId", f."submissionId", f.ref, f.tenant, f.target, f.lane, f.key, f."objectId"
  FROM jsonb_to_recordset($1::jsonb) AS f ("deliveryId" uuid, "submissionId" uuid, ref text, tenant text, target text, lane text, key text,
    "objectId" text)
  JOIN dms_case c USING (tenant, target, lane)
  ON CONFLICT (delivery_id, ref) DO UPDATE SET
    object_id = coalesce(excluded.object_id, case_document.object_id)`;

const PRUNE = `
  WITH old AS (
    SELECT c.tenant, c.target, c.lane FROM dms_case c
    WHERE c.opened_at < now() - make_interval(days => $1) AND NOT EXISTS (
      SELECT FROM case_submission s JOIN delivery d USING (submission_id)
      WHERE s.tenant = c.tenant AND s.target = c.target AND s.lane = c.lane)
    ORDER BY c.opened_at LIMIT 1000 FOR UPDATE OF c SKIP LOCKED
  ), pruned AS (
    DELETE FROM dms_case c USING old
    WHERE c.tenant = old.tenant AND c.target = old.target AND c.lane = old.lane RETURNING 1
  )
  SELECT count(*)::integer AS count FROM pruned`;

const PLANS = `SELECT exchange_id AS exchange, result AS plan FROM step WHERE exchange_id = ANY ($1::uuid[]) AND name = 'plan'`;

/** What the DMS says of the Vorgang of a submission. */
export type FiledCase = CaseKey & Pick<Case, 'submissionId'> & Partial<Pick<Case, 'objectId' | 'aktenzeichen'>>;

/** A Vorgang of the DMS. */
export interface LinkedCase {
  readonly objectId: string;
  readonly aktenzeichen?: string | undefined;
}

/** What the hub knows of cases in DMS. */
export class CaseRepository {
  /** Takes the submission into its case; the first one opens it. */
  async take(sql: Sql, { tenant, target, lane, submissionId, event, reference }: CaseSubmission): Promise<void> {
    await sql.query(OPEN, [tenant, target, lane, submissionId, event, JSON.stringify(reference)]);
  }

  async find(sql: Sql, { tenant, target, lane }: CaseKey): Promise<Case | undefined> {
    const [row] = await sql.query(BY_KEY, [tenant, target, lane]);
    return row && toCase(row);
  }

  /** As {@link find}; the case stays as it is until the transaction ends. */
  async lock(sql: Sql, { tenant, target, lane }: CaseKey): Promise<Case | undefined> {
    const [row] = await sql.query(`${BY_KEY} FOR UPDATE`, [tenant, target, lane]);
    return row && toCase(row);
  }

  /**
   * Those of which one submission has this id, or which have this id at the source.
   * @param submission undefined where the text is no UUID
   */
  async matching(
    sql: Sql,
    { text, submission }: { text: string; submission: string | undefined },
    tenants: readonly string[] | undefined,
  ): Promise<readonly Case[]> {
    return (await sql.query(MATCHING, [text, submission ?? null, tenants ?? null])).map(toCase);
  }

  async submissions(sql: Sql, { tenant, target, lane }: CaseKey): Promise<readonly CaseSubmission[]> {
    return await sql.query<CaseSubmission & Record<string, unknown>>(SUBMISSIONS, [tenant, target, lane]);
  }

  /** The submission as it is filed: once for each target. */
  async withSubmission(sql: Sql, tenant: string, submissionId: string): Promise<readonly CaseSubmission[]> {
    return await sql.query<CaseSubmission & Record<string, unknown>>(WITH_SUBMISSION, [tenant, submissionId]);
  }

  /** Documents that the DMS took as objects of their own, oldest first. */
  async documents(sql: Sql, { tenant, target, lane }: CaseKey): Promise<readonly FiledDocument[]> {
    const rows = await sql.query<FiledDocument & Record<string, unknown>>(DOCUMENTS, [tenant, target, lane]);
    return rows.map((row) => ({ ...row, objectId: row.objectId ?? undefined }));
  }

  /**
   * The DMS has the Vorgang of these cases; what an earlier submission of the case said stands. Cases that the hub does
   * not know are left out.
   */
  async filed(sql: Sql, cases: readonly FiledCase[]): Promise<void> {
    if (cases.length > 0) await sql.query(FILED, [JSON.stringify(cases)]);
  }

  /** A person says which Vorgang it is. */
  async link(sql: Sql, { tenant, target, lane }: CaseKey, given: LinkedCase): Promise<void> {
    const text = `UPDATE dms_case SET object_id = $4, aktenzeichen = $5, filed_at = coalesce(filed_at, now())
      WHERE tenant = $1 AND target = $2 AND lane = $3`;
    await sql.query(text, [tenant, target, lane, given.objectId, given.aktenzeichen ?? null]);
  }

  async filedDocuments(sql: Sql, documents: readonly FiledDocument[]): Promise<void> {
    if (documents.length > 0) await sql.query(FILED_DOCUMENTS, [JSON.stringify(documents)]);
  }

  /** A delivery that closes the case was queued; undefined: the case is open again. */
  async closing(sql: Sql, { tenant, target, lane }: CaseKey, delivery: string | undefined): Promise<void> {
    const text = `UPDATE dms_case SET close_delivery = $4, closed_at = NULL WHERE tenant = $1 AND target = $2 AND lane = $3`;
    await sql.query(text, [tenant, target, lane, delivery ?? null]);
  }

  /** Another delivery takes the place of the one that closes. */
  async closingAgain(sql: Sql, delivery: string, by: string): Promise<void> {
    const text = `UPDATE dms_case SET close_delivery = $2, closed_at = NULL WHERE close_delivery = $1`;
    await sql.query(text, [delivery, by]);
  }

  async closed(sql: Sql, deliveries: readonly string[]): Promise<void> {
    if (deliveries.length === 0) return;
    const text = `UPDATE dms_case SET closed_at = now() WHERE close_delivery = ANY ($1::uuid[])`;
    await sql.query(text, [deliveries]);
  }

  /**
   * Forgets cases that were opened so many days ago and of which no delivery is left, in portions.
   * @returns how many
   */
  async prune(sql: Sql, days: number): Promise<number> {
    for (let total = 0; ;) {
      const [row] = await sql.query<{ count: number }>(PRUNE, [days]);
      total += row!.count;
      if (row!.count < 1_000) return total;
    }
  }

  /** What was sent in these exchanges, where they stored it. */
  async plans(sql: Sql, exchanges: readonly string[]): Promise<ReadonlyMap<string, FilingPlan>> {
    if (exchanges.length === 0) return new Map();
    const rows = await sql.query<{ exchange: string; plan: FilingPlan }>(PLANS, [exchanges]);
    return new Map(rows.map(({ exchange, plan }) => [exchange, plan]));
  }
}

function toCase(row: object): Case {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Case;
}
