import { createHash } from 'node:crypto';
import { isHubError, newId } from '@ozg-hub/core';
import type { Sql, Store, Tx } from '@ozg-hub/store';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import type { Payment } from '../payment.repository.ts';
import type { ProviderAnswer, RawAnswer } from './payment-provider.port.ts';

const PORTION = 500;
const OUTLIVED = `
  UPDATE payment SET answers_erased_at = now() WHERE id IN (
    SELECT id FROM payment
    WHERE submission_id IS NULL AND answers_erased_at IS NULL AND next_look_at IS NULL
      AND changed_at < now() - make_interval(days => $1)
    LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING id`;

export type ProviderCall = 'initiate' | 'look' | 'close';

/** An answer on the way of a call. */
export interface HeardAnswer {
  readonly raw: RawAnswer;
  /** Since the call began. */
  readonly milliseconds: number;
}

/** What came of a call, and what was heard until then. */
export interface CallAnswers {
  readonly answer: ProviderAnswer;
  readonly heard: readonly HeardAnswer[];
  readonly milliseconds: number;
}

/** Answers of one call that are sealed and wait for the transaction of what follows from them. */
export interface KeptAnswers {
  readonly rows: readonly (readonly unknown[])[];
  readonly vault: SubmissionVault | undefined;
}

/** Outcome of an answer after which the same call asked something more. */
const FOLLOWED = 'FOLLOWED';
const KEEP = `
  INSERT INTO provider_answer
    (id, payment_id, call, outcome, code, status, milliseconds, media_type, body_ref, body_sha256, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, left($8, 100), $9, $10, clock_timestamp())`;

/** Keeps every answer of a payment service as it came: rows are never changed, bodies lie in the vault. */
export class AnswerArchive {
  constructor(
    private readonly store: Store,
    private readonly vault: Vault,
  ) {}

  /** The vault's key for answers to payments without an application; stored with the payment. */
  async room(payment: Pick<Payment, 'id' | 'tenant'>): Promise<SubmissionVault> {
    const room = await this.vault.newSubmission(payment.tenant, payment.id);
    room.seal(Buffer.from(payment.id), { kind: 'other', mediaType: 'text/plain' });
    return room;
  }

  async storeRoom(tx: Tx, room: SubmissionVault): Promise<void> {
    await this.vault.store(tx, [room]);
  }

  /** Seals the answers of a call; {@link keep} stores them. A body like that of the answer before is not sealed again. */
  async prepare(
    payment: Payment,
    call: ProviderCall,
    { answer, heard, milliseconds }: CallAnswers,
  ): Promise<KeptAnswers> {
    const followed = heard.filter(({ raw }) => raw.body !== answer.raw.body);
    const code = 'code' in answer ? answer.code : undefined;
    const answers = [
      ...followed.map((one) => ({ ...one, outcome: FOLLOWED, code: undefined })),
      { raw: answer.raw, milliseconds, outcome: answer.outcome, code },
    ];
    const rows: unknown[][] = [];
    let before = answers.some(({ raw }) => raw.body.length > 0)
      ? await this.#lastBody(this.store, payment.id)
      : undefined;
    let room: SubmissionVault | undefined;
    for (const { raw, outcome, ...one } of answers) {
      const { body, status, mediaType } = raw;
      const sha256 = body.length > 0 ? createHash('sha256').update(body).digest() : undefined;
      if (sha256 && !before?.sha256.equals(sha256)) {
        room ??= await this.#roomOf(payment);
        const sealed = room?.seal(body, { kind: 'other', mediaType: mediaType ?? 'application/octet-stream' });
        before = sealed && { ref: sealed.objectId, sha256 };
      }
      const kept = sha256 ? before : undefined;
      const row = [newId(), payment.id, call, outcome, one.code, status, Math.round(one.milliseconds), mediaType];
      rows.push([...row, kept?.ref, kept?.sha256]);
    }
    if (room) await this.vault.synced(room);
    return { rows, vault: room };
  }

  async keep(tx: Tx, { rows, vault }: KeptAnswers): Promise<void> {
    if (vault) await this.vault.store(tx, [vault]);
    for (const row of rows) await tx.query(KEEP, row);
  }

  /**
   * Erases the bodies of answers to payments without an application that have come to an end and have not changed for so many
   * days; rows, amounts and states stay. Those of an application are erased with it.
   */
  async eraseOutlived(days: number): Promise<number> {
    let erased = 0;
    for (let last = PORTION; last === PORTION; erased += last) {
      last = await this.store.tx(async (tx) => {
        const rows = await tx.query<{ id: string }>(OUTLIVED, [days, PORTION]);
        await this.vault.erase(
          tx,
          rows.map(({ id }) => id),
        );
        return rows.length;
      });
    }
    return erased;
  }

  async #lastBody(sql: Sql, paymentId: string): Promise<{ ref: string; sha256: Buffer } | undefined> {
    const [row] = await sql.query<{ ref: string | null; sha256: Buffer | null }>(
      `SELECT body_ref AS ref, body_sha256 AS sha256 FROM provider_answer WHERE payment_id = $1 ORDER BY at DESC LIMIT 1`,
      [paymentId],
    );
    return row?.ref && row.sha256 ? { ref: row.ref, sha256: row.sha256 } : undefined;
  }

  /** Undefined where the contents were erased: then the answer is kept without its body. */
  async #roomOf({ tenant, submissionId, id }: Payment): Promise<SubmissionVault | undefined> {
    try {
      return await this.vault.add(tenant, submissionId ?? id);
    } catch (error) {
      if (isHubError(error, 'HUB_VAULT_ERASED') || isHubError(error, 'HUB_VAULT_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}
