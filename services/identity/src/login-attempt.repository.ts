import { createHash } from 'node:crypto';
import type { Sql } from '@ozg-hub/store';
import type { LoginDemand } from './demand.ts';

export interface AttemptRow {
  readonly browser: Buffer;
  readonly interaction: string;
  readonly provider: string;
  readonly requestId: string;
  readonly begunAt: Date;
  readonly demand: LoginDemand;
  readonly outcome: Buffer | null;
  readonly taken: boolean;
  readonly expired: boolean;
}

/** Longest way to an identity provider and back. */
export const ATTEMPT_SECONDS = 900;
/** Longest look at an answer: whoever took it up and said nothing for so long died or lost the database. */
const ANSWER_SECONDS = 30;

const COLUMNS = `browser, interaction, provider, request_id AS "requestId", begun_at AS "begunAt", demand, outcome,
  taken_at IS NOT NULL AS taken, expires_at <= now() AS expired`;

/** Login attempts, found by the hash of their RelayState. */
export class LoginAttemptRepository {
  constructor(private readonly sql: Sql) {}

  async add(
    relayState: string,
    attempt: Pick<AttemptRow, 'browser' | 'interaction' | 'provider' | 'requestId' | 'begunAt' | 'demand'>,
  ): Promise<void> {
    const { browser, interaction, provider, requestId, begunAt, demand } = attempt;
    await this.sql.query(
      `INSERT INTO login_attempt (key, browser, interaction, provider, request_id, begun_at, demand, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => ${ATTEMPT_SECONDS}))`,
      [keyOf(relayState), browser, interaction, provider, requestId, begunAt, JSON.stringify(demand)],
    );
  }

  async find(relayState: string): Promise<AttemptRow | undefined> {
    const [row] = await this.sql.query<AttemptRow>(`SELECT ${COLUMNS} FROM login_attempt WHERE key = $1`, [
      keyOf(relayState),
    ]);
    return row;
  }

  /**
   * The one answer of the attempt may come now; again where the one before came to no end.
   * @returns false where it came before
   */
  async beginAnswer(relayState: string): Promise<boolean> {
    const isOpen = `(answered_at IS NULL OR answered_at < now() - make_interval(secs => ${ANSWER_SECONDS}))`;
    return await this.#mark('answered_at = now()', `outcome IS NULL AND taken_at IS NULL AND ${isOpen}`, [
      keyOf(relayState),
    ]);
  }

  /** The answer could not be looked at: it may come once more. */
  async takeBackAnswer(relayState: string): Promise<void> {
    await this.#mark('answered_at = NULL', 'outcome IS NULL AND taken_at IS NULL', [keyOf(relayState)]);
  }

  async putOutcome(relayState: string, outcome: Buffer): Promise<void> {
    await this.#mark('outcome = $2', 'outcome IS NULL', [keyOf(relayState), outcome]);
  }

  /** The one time that the outcome is taken. @param left what stays in its place @returns false where it was taken before */
  async take(relayState: string, left: Buffer): Promise<boolean> {
    return await this.#mark('taken_at = now(), outcome = $2', 'taken_at IS NULL', [keyOf(relayState), left]);
  }

  async open(): Promise<number> {
    const [row] = await this.sql.query<{ open: number }>(
      'SELECT count(*) AS open FROM login_attempt WHERE taken_at IS NULL AND expires_at > now()',
    );
    return row!.open;
  }

  async #mark(set: string, condition: string, params: readonly unknown[]): Promise<boolean> {
    const rows = await this.sql.query(
      `UPDATE login_attempt SET ${set} WHERE key = $1 AND ${condition} AND expires_at > now() RETURNING 1 AS done`,
      params,
    );
    return rows.length > 0;
  }
}

export function keyOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
