import { newId } from '@ozg-hub/core';
import type { Tx } from '@ozg-hub/store';
import { dueAt, kindOf, settledWell } from './attempt-result.ts';
import { ChangeRecorder, type DeliveryPatch, type RecorderOptions } from './change-recorder.ts';
import type { Delivery, TargetObject } from './delivery.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { fingerprint } from './fingerprint.ts';
import type { TargetDirectory } from './target-adapter.port.ts';
import type { AuditValue } from './trail.ts';
import { type DeliveryEvent, transition } from './transition.ts';

/** What a target says about an exchange after the hand-over. Ids and codes only. */
export type TargetReply = {
  /** For xdomea the ProzessID. */
  readonly exchangeId: string;
  /** Where the reply was picked up: an exchange of another tenant or target is unknown there. */
  readonly tenant: string;
  readonly target: string;
  /** What it says of single objects, e.g. of a batch; they are kept in the trail by number. */
  readonly objects?: readonly TargetObject[] | undefined;
} & (
  | { readonly kind: 'receipt' }
  | { readonly kind: 'result'; readonly aktenzeichen?: string | undefined; readonly objectId?: string | undefined }
  | {
      readonly kind: 'rejection';
      /** Code of the target, e.g. of an xdomea code list. */
      readonly code: string;
      /** Key of the text that explains the code. */
      readonly textKey?: string | undefined;
    }
);

/**
 * `applied`: the delivery moved on. `duplicate`: the exchange had this reply before. `late`: recorded, changes nothing.
 * `unknown`: no exchange of this service; the caller sets the reply aside.
 */
export type ReplyOutcome = 'applied' | 'duplicate' | 'late' | 'unknown';

export interface RepliesOptions extends RecorderOptions {
  readonly directory: TargetDirectory;
}

interface ExchangeRow {
  readonly exchange: string;
  readonly receiptAt: Date | null;
  readonly result: string | null;
  readonly now: Date;
}

const LOCK = `
  SELECT ${deliveryColumns}, e.id AS exchange, e.receipt_at AS "receiptAt", e.result, now() AS now
  FROM exchange e JOIN delivery d ON d.id = e.delivery_id
  WHERE e.id = $1 AND d.tenant = $2 AND d.target = $3 FOR UPDATE OF d, e`;

const NOTE = `
  WITH noted AS (
    INSERT INTO reply_event (id, exchange_id, kind, outcome, code) VALUES ($1, $2, $3, $4, $5)
  )
  UPDATE exchange SET
    receipt_at = CASE WHEN $3 = 'receipt' THEN coalesce(receipt_at, now()) ELSE receipt_at END,
    result_at = CASE WHEN $3 <> 'receipt' THEN coalesce(result_at, now()) ELSE result_at END,
    result = CASE WHEN $3 <> 'receipt' THEN coalesce(result, $3) ELSE result END,
    code = CASE WHEN $3 = 'rejection' AND result IS NULL THEN $5 ELSE code END
  WHERE id = $2`;

const EVENTS = { receipt: 'receipt', result: 'result', rejection: 'rejected' } as const;

/** Takes in what targets answer, in the transaction that marks the answer as taken. */
export class Replies {
  readonly #recorder: ChangeRecorder;
  readonly #directory: TargetDirectory;

  constructor(options: RepliesOptions) {
    this.#recorder = new ChangeRecorder(options);
    this.#directory = options.directory;
  }

  async apply(tx: Tx, reply: TargetReply): Promise<ReplyOutcome> {
    const [row] = await tx.query<ExchangeRow>(LOCK, [reply.exchangeId, reply.tenant, reply.target]);
    if (!row) return 'unknown';
    const { exchange, receiptAt, result, now, ...columns } = row;
    const before = toDelivery(columns);
    const current = before.exchangeId === exchange;
    const known = reply.kind === 'receipt' ? receiptAt !== null : result === reply.kind;
    const event: DeliveryEvent = { type: EVENTS[reply.kind] };
    const outcome = known ? 'duplicate' : movesOn(before, reply, current, result !== null) ? 'applied' : 'late';
    const code = reply.kind === 'rejection' ? reply.code : null;
    await tx.query(NOTE, [newId(), exchange, reply.kind, outcome, code]);
    const actor = this.#recorder.service;
    const details = { exchange, reply: reply.kind, ...numbered(reply.objects ?? []) };
    if (outcome !== 'applied') {
      if (outcome === 'late' && result !== null && result !== reply.kind && reply.kind !== 'receipt') {
        // the target contradicts itself about one exchange: a person has to know
        await this.#recorder.note(tx, before, { kind: 'delivery.reply-contradicts', actor, details });
      } else {
        await this.#recorder.note(tx, before, { kind: `delivery.reply-${outcome}`, actor, details });
      }
      return outcome;
    }
    const to = transition(before.state, event);
    const set = this.#patch(before, reply, now);
    const answer = reply.objects && { exchangeId: exchange, objects: reply.objects };
    await this.#recorder.record(tx, [{ before, event, set, actor, kind: kindOf(to), details, answer }]);
    return outcome;
  }

  #patch(before: Delivery, reply: TargetReply, now: Date): DeliveryPatch {
    const settings = this.#directory.target(before.tenant, before.target);
    switch (reply.kind) {
      case 'receipt':
        return { ...settledWell, dueAt: dueAt('AWAITING_RESULT', settings ?? {}, now) };
      case 'result':
        return {
          ...settledWell,
          aktenzeichen: reply.aktenzeichen ?? before.aktenzeichen,
          objectId: reply.objectId ?? before.objectId,
        };
      case 'rejection':
        return {
          code: reply.code,
          textKey: reply.textKey,
          fingerprint: fingerprint({ kind: settings?.kind ?? before.target, failure: 'REJECTED', code: reply.code }),
        };
      default:
        return reply satisfies never;
    }
  }
}

/** Of several objects, or one that was refused: which, and why. */
function numbered(objects: readonly TargetObject[]): Readonly<Record<string, AuditValue>> {
  const refused = objects.filter(({ successful }) => !successful);
  if (objects.length < 2 && refused.length === 0) return {};
  return {
    accepted: objects.filter(({ successful }) => successful).map(({ number }) => number),
    refused: refused.map(({ number, code }) => (code === undefined ? { number } : { number, code })),
  };
}

/**
 * A reply to the current exchange moves the delivery where the table says so. Of older exchanges only a result does, and
 * only while nothing of the newer one has left: it proves that the target has it, so that it is not sent again.
 */
function movesOn(before: Delivery, reply: TargetReply, current: boolean, answered: boolean): boolean {
  if (answered) return false;
  if (transition(before.state, { type: EVENTS[reply.kind] }) === before.state) return false;
  if (current) return true;
  return reply.kind === 'result' && ['QUEUED', 'RETRY_WAIT', 'PARKED', 'IN_DOUBT'].includes(before.state);
}
