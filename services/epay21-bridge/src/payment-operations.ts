import type { Store } from '@ozg-hub/store';
import { epayErrors } from './errors.ts';
import type { PaymentRecorder } from './payment-recorder.ts';
import { type Payment, type PaymentFilter, findPayment, listPayments } from './payment.repository.ts';
import type { Advance, ProviderCalls } from './provider/provider-calls.ts';
import { isOpen } from './transition.ts';

/** Who orders something, and for which municipalities he may. */
export interface Operator {
  readonly actor: string;
  readonly tenants: readonly string[] | undefined;
}

export interface HistoryEntry {
  readonly at: Date;
  readonly from: string | undefined;
  readonly state: string;
  readonly cause: string;
  readonly code: string | undefined;
  readonly actor: string;
}

/** An answer of the payment service, without its body. */
export interface AnswerEntry {
  readonly at: Date;
  readonly call: string;
  readonly outcome: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly milliseconds: number;
}

export interface ReversalEntry {
  readonly id: string;
  readonly kind: string;
  readonly minor: number;
  readonly reference: string;
  readonly at: Date;
  readonly actor: string;
}

export interface PaymentDetails {
  readonly payment: Payment;
  readonly history: readonly HistoryEntry[];
  /** The newest 100. */
  readonly answers: readonly AnswerEntry[];
  readonly reversals: readonly ReversalEntry[];
}

const LOOK_TIMEOUT_MS = 60_000;

const HISTORY = `
  SELECT at, from_state AS "from", state, cause, code, actor FROM payment_change WHERE payment_id = $1 ORDER BY position`;
const ANSWERS = `
  SELECT at, call, outcome, code, status, milliseconds FROM provider_answer WHERE payment_id = $1 ORDER BY at DESC LIMIT 100`;
const REVERSALS = `
  SELECT id, kind, gross_minor AS minor, reference, at, actor FROM reversal WHERE payment_id = $1 ORDER BY at`;

/** What operators see of payments, and do to them. */
export class PaymentOperations {
  constructor(
    private readonly store: Store,
    private readonly recorder: PaymentRecorder,
    private readonly calls: Pick<ProviderCalls, 'advance'>,
  ) {}

  async list(filter: PaymentFilter): Promise<Payment[]> {
    return await listPayments(this.store, filter);
  }

  /** @throws HUB_EPAY_PAYMENT_UNKNOWN */
  async show(id: string, operator: Operator): Promise<PaymentDetails> {
    const payment = await this.#find(id, operator);
    const [history, answers, reversals] = await Promise.all([
      this.store.query<HistoryEntry>(HISTORY, [id]),
      this.store.query<AnswerEntry>(ANSWERS, [id]),
      this.store.query<ReversalEntry>(REVERSALS, [id]),
    ]);
    return { payment, history, answers, reversals };
  }

  /** Asks the payment service now, out of turn. @throws HUB_EPAY_PAYMENT_UNKNOWN */
  async look(id: string, operator: Operator): Promise<Advance> {
    await this.#find(id, operator);
    const advance = await this.calls.advance(id, AbortSignal.timeout(LOOK_TIMEOUT_MS));
    return advance!;
  }

  /**
   * Gives an open payment up: it is CANCELLED here; where money comes later all the same it becomes LATE_PAID.
   * @throws HUB_EPAY_PAYMENT_UNKNOWN, HUB_EPAY_NOT_OPEN
   */
  async abandon(id: string, operator: Operator): Promise<Payment> {
    return await this.store.tx(async (tx) => {
      const payment = await findPayment(tx, id, true);
      checkVisible(payment, operator);
      if (!isOpen(payment.state)) throw epayErrors.HUB_EPAY_NOT_OPEN();
      const { actor } = operator;
      const change = { event: { type: 'abandoned' }, cause: 'abandoned', actor, patch: { code: 'ABANDONED' } } as const;
      return await this.recorder.record(tx, payment, change);
    });
  }

  async #find(id: string, operator: Operator): Promise<Payment> {
    const payment = await findPayment(this.store, id);
    checkVisible(payment, operator);
    return payment;
  }
}

function checkVisible(payment: Payment | undefined, { tenants }: Operator): asserts payment is Payment {
  if (!payment || (tenants && !tenants.includes(payment.tenant))) throw epayErrors.HUB_EPAY_PAYMENT_UNKNOWN();
}
