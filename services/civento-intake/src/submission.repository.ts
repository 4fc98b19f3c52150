import type { Sql, Tx } from '@ozg-hub/store';

/** A submission as it is stored; ARCHITECTURE calls its contents the envelope, which lies in the vault. */
export interface StoredSubmission {
  readonly id: string;
  readonly tenant: string;
  readonly leistung: string;
  readonly blueprint: string;
  readonly directoryVersion: string;
  readonly source: string;
  readonly organisationseinheit: string;
  readonly prozessschluessel: string;
  readonly vorgang: string | undefined;
  readonly hauptvorgang: string | undefined;
  readonly art: string;
  readonly laufendeNummer: number;
  readonly headerKey: string | undefined;
  /** Id of the identity proof that came with it. */
  readonly proofId: string | undefined;
  readonly contentHash: string;
  readonly envelopeRef: string;
  readonly expects: readonly string[];
  readonly traceparent: string;
  readonly keyId: string;
  readonly acceptedAt: Date;
  /** Last day on which the contents are kept, `YYYY-MM-DD`. */
  readonly retainUntil: string | undefined;
}

/** What tells whether two requests are the same application. */
export type SubmissionKeys = Pick<
  StoredSubmission,
  'tenant' | 'source' | 'organisationseinheit' | 'prozessschluessel' | 'vorgang' | 'laufendeNummer' | 'headerKey'
>;

export interface KnownSubmission {
  readonly id: string;
  readonly contentHash: string;
}

const COLUMNS = `id, tenant, leistung, blueprint, directory_version AS "directoryVersion", source, organisationseinheit,
  prozessschluessel, vorgang, hauptvorgang, art, laufende_nummer AS "laufendeNummer", header_key AS "headerKey",
  proof_id AS "proofId", content_hash AS "contentHash", envelope_ref AS "envelopeRef", expects, traceparent, key_id AS "keyId",
  accepted_at AS "acceptedAt", retain_until AS "retainUntil", erased_at AS "erasedAt"`;

export type FoundSubmission = StoredSubmission & { readonly erasedAt: Date | null };

/**
 * Inserts those that are new, in one statement, and returns their ids. One that is already there, by id, natural or
 * header key, or by its identity proof, is left out; where another transaction is just inserting it, this waits for its end.
 */
export async function insertNew(tx: Tx, submissions: readonly StoredSubmission[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `INSERT INTO submission (id, tenant, leistung, blueprint, directory_version, source, organisationseinheit,
       prozessschluessel, vorgang, hauptvorgang, art, laufende_nummer, header_key, proof_id, content_hash, envelope_ref,
       expects, traceparent, key_id, accepted_at, retain_until)
     SELECT id, tenant, leistung, blueprint, "directoryVersion", source, organisationseinheit,
       prozessschluessel, vorgang, hauptvorgang, art, "laufendeNummer", "headerKey", "proofId", "contentHash", "envelopeRef",
       expects, traceparent, "keyId", "acceptedAt", "retainUntil"
     FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, tenant text, leistung text, blueprint text,
       "directoryVersion" text, source text, organisationseinheit text, prozessschluessel text, vorgang text,
       hauptvorgang text, art text, "laufendeNummer" integer, "headerKey" text, "proofId" uuid, "contentHash" text, "envelopeRef" uuid,
       expects text[], traceparent text, "keyId" text, "acceptedAt" timestamptz, "retainUntil" date)
     ON CONFLICT DO NOTHING RETURNING id`,
    [JSON.stringify(submissions)],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The submissions that natural key and header key point to: none, one, or two different ones. */
export async function findByKeys(sql: Sql, keys: SubmissionKeys): Promise<KnownSubmission[]> {
  return sql.query<{ id: string; contentHash: string }>(
    `SELECT id, content_hash AS "contentHash" FROM submission
     WHERE ($5::text IS NOT NULL AND tenant = $1 AND source = $2 AND organisationseinheit = $3
            AND prozessschluessel = $4 AND vorgang = $5 AND laufende_nummer = $6)
        OR ($7::text IS NOT NULL AND tenant = $1 AND source = $2 AND header_key = $7)`,
    [
      keys.tenant,
      keys.source,
      keys.organisationseinheit,
      keys.prozessschluessel,
      keys.vorgang,
      keys.laufendeNummer,
      keys.headerKey,
    ],
  );
}

/** Whether the identity proof came with a stored application. */
export async function isProofUsed(
  sql: Sql,
  { tenant, proofId }: Pick<StoredSubmission, 'tenant' | 'proofId'>,
): Promise<boolean> {
  if (proofId === undefined) return false;
  const rows = await sql.query('SELECT 1 FROM submission WHERE tenant = $1 AND proof_id = $2', [tenant, proofId]);
  return rows.length > 0;
}

/** Which of these ids are stored; tells what became of a commit whose outcome is unknown. */
export async function findStored(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  const rows = await sql.query<{ id: string }>(`SELECT id FROM submission WHERE id = ANY ($1::uuid[])`, [ids]);
  return new Set(rows.map(({ id }) => id));
}

export async function findById(sql: Sql, id: string): Promise<FoundSubmission | undefined> {
  const [row] = await sql.query<FoundSubmission>(`SELECT ${COLUMNS} FROM submission WHERE id = $1`, [id]);
  return row;
}

/** Every submission of that case id, of all tenants given (undefined: all), oldest first, 100 at most. */
export async function findByVorgang(
  sql: Sql,
  vorgang: string,
  tenants: readonly string[] | undefined,
): Promise<FoundSubmission[]> {
  return sql.query<FoundSubmission>(
    `SELECT ${COLUMNS} FROM submission WHERE vorgang = $1 AND ($2::text[] IS NULL OR tenant = ANY ($2))
     ORDER BY accepted_at, id LIMIT 100`,
    [vorgang, tenants ?? null],
  );
}

/** Where {@link findOutlived} goes on. */
export interface Outlived extends Pick<FoundSubmission, 'id' | 'tenant' | 'expects'> {
  readonly retainUntil: string;
}

/** Those whose retention ended before today and whose contents are still there, after this one. */
export async function findOutlived(sql: Sql, after: Outlived | undefined, most: number): Promise<Outlived[]> {
  return sql.query<Outlived>(
    `SELECT id, tenant, expects, retain_until AS "retainUntil" FROM submission
     WHERE retain_until < current_date AND erased_at IS NULL
       AND ($1::date IS NULL OR (retain_until, id) > ($1::date, $2::uuid))
     ORDER BY retain_until, id LIMIT $3`,
    [after?.retainUntil ?? null, after?.id ?? null, most],
  );
}

export async function markErased(tx: Tx, id: string): Promise<void> {
  await tx.query(`UPDATE submission SET erased_at = coalesce(erased_at, now()) WHERE id = $1`, [id]);
}
