import { createHash } from 'node:crypto';
import { isHubError, newId } from '@ozg-hub/core';
import type { Sql, Store, Tx } from '@ozg-hub/store';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import type { Payment } from '../payment.repository.ts';
import type { ProviderAnswer } from './payment-provider.port.ts';

const PORTION = 500;
const OUTLIVED = `
  UPDATE payment SET answers_erased_at = now() WHERE id IN (
    SELECT id FROM payment
    WHERE submission_id IS NULL AND answers_erased_at IS NULL AND next_look_at IS NULL
      AND changed_at < now() - make_interval(days => $1)
    LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING id`;

export type ProviderCall = 'initiate' | 'look' | 'close';

/** An answer that is sealed and waits for the transaction of what follows from it. */
export interface KeptAnswer {
  readonly row: readonly unknown[];
  readonly vault: SubmissionVault | undefined;
}

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

  /** Seals an answer; {@link keep} stores it. A body like that of the answer before is not sealed again. */
  async prepare(
    payment: Payment,
    call: ProviderCall,
    { answer, milliseconds }: { readonly answer: ProviderAnswer; readonly milliseconds: number },
  ): Promise<KeptAnswer> {
    const { body, status, mediaType } = answer.raw;
    const sha256 = body.length > 0 ? createHash('sha256').update(body).digest() : undefined;
    const before = sha256 && (await this.#lastBody(this.store, payment.id));
    const same = sha256 && before?.sha256.equals(sha256) ? before.ref : undefined;
    const room = sha256 && !same ? await this.#roomOf(payment) : undefined;
    const sealed = room?.seal(body, { kind: 'other', mediaType: mediaType ?? 'application/octet-stream' });
    if (room) await this.vault.synced(room);
    const ref = same ?? sealed?.objectId;
    const code = 'code' in answer ? answer.code : undefined;
    const row = [newId(), payment.id, call, answer.outcome, code, status, Math.round(milliseconds), mediaType, ref];
    return { row: [...row, ref ? sha256 : undefined], vault: room };
  }

  async keep(tx: Tx, { row, vault }: KeptAnswer): Promise<void> {
    if (vault) await this.vault.store(tx, [vault]);
    await tx.query(
      `INSERT INTO provider_answer
         (id, payment_id, call, outcome, code, status, milliseconds, media_type, body_ref, body_sha256)
       VALUES ($1, $2, $3, $4, $5, $6, $7, left($8, 100), $9, $10)`,
      row,
    );
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
