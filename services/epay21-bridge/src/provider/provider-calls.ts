import { type Failpoints, type HubError, type Logger, isHubError } from '@ozg-hub/core';
import type { Directory, Target } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import type { AnswerArchive, HeardAnswer, ProviderCall } from './answer-archive.ts';
import { differenceIn } from './answer-check.ts';
import { isOver } from './look-schedule.ts';
import type { PaymentOrder } from '../payment.ts';
import type { PaymentChange, PaymentRecorder } from '../payment-recorder.ts';
import { type Payment, type PaymentPatch, findPayment } from '../payment.repository.ts';
import type { CallTerms, Pace, PaymentProvider, ProviderAnswer, ProviderPayment } from './payment-provider.port.ts';
import { NO_ANSWER } from './service-channel.ts';
import { hasMoney, isWithoutMoney } from '../transition.ts';

export interface ProviderCallsOptions {
  readonly store: Store;
  readonly directory: Pick<Directory, 'current'>;
  /** By kind of target. */
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  /** The municipality as answers of its payment service name it. */
  readonly payeeOf: (target: Target) => string | undefined;
  readonly archive: AnswerArchive;
  readonly recorder: PaymentRecorder;
  /** Address that a payment service sends the citizen back to. */
  readonly returnUrl: (token: string) => string;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
  /** Milliseconds that placing a payment takes at most; for a third more nobody else places it. */
  readonly placeMs: number;
  readonly observe?: ((call: ProviderCall, outcome: ProviderAnswer['outcome']) => void) | undefined;
}

/** What a call came to, for whoever paces the calls. */
export interface Advance {
  readonly payment: Payment;
  readonly outcome: ProviderAnswer['outcome'] | 'WAITING';
  readonly retryAfterSeconds?: number | undefined;
  /** The municipality's own credentials or keys are the matter, not the service. */
  readonly ofThePayee?: boolean | undefined;
}

/** The right to place a payment, which is nobody else's meanwhile. */
interface Claim {
  /** Time of the database. */
  readonly until: string;
  /** Monotonic milliseconds by which the placing is given up; the claim lasts longer. */
  readonly endsAt: number;
}

interface Work {
  readonly call: ProviderCall;
  /** Of who places. */
  readonly claim?: Claim;
}

/** Days for which closing a payment at its service is tried. */
const CLOSING_DAYS = 3;
/**
 * For so long after a lost answer a service that places twice is only asked whether the payment is there. ASP.NET, on which
 * ePay21's SOAP service runs, ends a request after 110 s unless told otherwise; it may have waited as long before.
 */
export const DOUBT_SECONDS = 300;
/** Longest text kept of what a service says. */
const LONGEST = 99;

const ON_THE_BUS = `
  SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE id = $1 AND published_at IS NULL) AS "isThere"`;

/** Some faces place what they are asked to place, twice where two ask at once, or a service is slow and its caller gone. */
const CLAIM = `
  UPDATE payment SET placing_until = now() + make_interval(secs => $2),
    next_look_at = greatest(next_look_at, now() + make_interval(secs => $2))
  WHERE id = $1 AND state IN ('CREATED', 'UNKNOWN') AND transaction_id IS NULL AND closing IS NULL
    AND (placing_until IS NULL OR placing_until <= now())
  RETURNING placing_until::text AS until`;
const AFTER_CLAIM = 'UPDATE payment SET next_look_at = greatest(next_look_at, placing_until) WHERE id = $1';
/** The placing has ended; null: it may be placed again at once. Who slept past his claim has none to give up. */
const PLACED = `
  UPDATE payment SET placing_until = now() + make_interval(secs => $2)
  WHERE id = $1 AND placing_until = $3::timestamptz`;
/** No look is put off beyond the time from which it may be placed again. */
const AFTER_DOUBT = `
  UPDATE payment SET next_look_at = placing_until WHERE id = $1 AND state = 'UNKNOWN' AND transaction_id IS NULL
    AND placing_until > now() AND next_look_at > placing_until`;

/** Calls to payment services and what follows from their answers. */
export class ProviderCalls {
  constructor(private readonly options: ProviderCallsOptions) {}

  /**
   * Does what the payment needs next: places it, asks for it, closes it. Every call may be repeated after a crash: it
   * carries the id that was stored before the first one.
   * @param pace of the requests; unset: they leave at once
   * @throws the reason of the signal, errors of the store
   */
  async advance(id: string, signal: AbortSignal, pace?: Pace): Promise<Advance | undefined> {
    const payment = await findPayment(this.options.store, id);
    if (!payment) return undefined;
    const route = this.#route(payment);
    if ('code' in route) return await this.#failed(payment, route.code);
    const wanted = callFor(payment);
    if (wanted === 'close' && !(await this.#isOnTheBus(payment))) return await this.#later(payment);
    signal.throwIfAborted();
    const work = wanted === 'initiate' ? await this.#claimed(payment, route.provider) : { call: wanted };
    if (!work) return { payment, outcome: 'WAITING' };
    const { call, claim } = work;
    const began = performance.now();
    const after = () => performance.now() - began;
    const heard: HeardAnswer[] = [];
    this.options.failpoints.hit(`epay.before-${call}`);
    const terms: CallTerms = { signal, pace, heard: (raw) => heard.push({ raw, milliseconds: after() }) };
    const answer = await this.#ask(work, payment, route, terms).catch(settingsError);
    if (isHubError(answer)) return await this.#failed(payment, answer.code, claim);
    this.options.failpoints.hit(`epay.after-${call}`);
    this.options.observe?.(call, answer.outcome);
    const payee = this.options.payeeOf(route.target);
    const { placesTwice = false } = route.provider;
    return await this.#settle(payment, work, { answer, heard, milliseconds: after(), payee, placesTwice });
  }

  #route({ tenant, provider }: Payment): { target: Target; provider: PaymentProvider } | { code: string } {
    try {
      const target = this.options.directory.current().target(tenant, provider);
      const known = this.options.providers.get(target.kind);
      return known ? { target, provider: known } : { code: 'HUB_EPAY_NO_TARGET' };
    } catch (error) {
      if (isHubError(error)) return { code: error.code };
      throw error;
    }
  }

  async #ask(
    { call, claim }: Work,
    payment: Payment,
    { target, provider }: { target: Target; provider: PaymentProvider },
    terms: CallTerms,
  ): Promise<ProviderAnswer> {
    const { signal } = terms;
    if (claim) {
      const left = Math.ceil(claim.endsAt - performance.now());
      const inTime = AbortSignal.any([signal, left > 0 ? AbortSignal.timeout(left) : AbortSignal.abort()]);
      try {
        inTime.throwIfAborted();
        return await provider.initiate(target, this.#order(payment), { ...terms, signal: inTime });
      } catch (error) {
        // What left as a whole would have been an answer: nothing was placed.
        if (!inTime.aborted || signal.aborted || isHubError(error)) throw error;
        return { raw: NO_ANSWER, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_INTERRUPTED', cause: 'UNREACHABLE' };
      }
    }
    if (call === 'look') return await provider.look(target, payment, terms);
    return await provider.close!(target, payment, 'confirm', terms);
  }

  async #settle(
    asked: Payment,
    { call, claim }: Work,
    given: {
      readonly answer: ProviderAnswer;
      readonly heard: readonly HeardAnswer[];
      readonly milliseconds: number;
      readonly payee: string | undefined;
      readonly placesTwice: boolean;
    },
  ): Promise<Advance> {
    const { store, archive, recorder, failpoints, logger } = this.options;
    const { answer } = given;
    const kept = await archive.prepare(asked, call, given);
    const payment = await store.tx(async (tx) => {
      await archive.keep(tx, kept);
      const doubts = given.placesTwice && answer.outcome === 'UNKNOWN';
      if (claim) await tx.query(PLACED, [asked.id, doubts ? DOUBT_SECONDS : null, claim.until]);
      const current = (await findPayment(tx, asked.id, true))!;
      const change = call === 'close' ? closed(current, answer) : answered(current, answer, given.payee);
      const after = await recorder.record(tx, current, { ...change, cause: call, actor: 'epay21-bridge' });
      if (given.placesTwice) await tx.query(AFTER_DOUBT, [asked.id]);
      failpoints.hit('epay.before-commit');
      return after;
    });
    failpoints.hit('epay.after-commit');
    if (payment.integrity && payment.integrity !== asked.integrity) {
      const { id, tenant, integrity } = payment;
      logger.error({ payment: id, tenant, code: integrity }, 'the payment service contradicts what was asked for');
    }
    const retryAfterSeconds = 'retryAfterSeconds' in answer ? answer.retryAfterSeconds : undefined;
    const ofThePayee = answer.outcome === 'UNAVAILABLE' && answer.cause === 'AUTH';
    return { payment, outcome: answer.outcome, retryAfterSeconds, ofThePayee };
  }

  /** The settings of the municipality are the matter: nothing was sent. @param claim is given back */
  async #failed({ id }: Payment, code: string, claim?: Claim): Promise<Advance> {
    const { store, recorder } = this.options;
    const answer: ProviderAnswer = { raw: NO_ANSWER, outcome: 'UNAVAILABLE', code, cause: 'AUTH' };
    const payment = await store.tx(async (tx) => {
      if (claim) await tx.query(PLACED, [id, null, claim.until]);
      const current = (await findPayment(tx, id, true))!;
      const change = answered(current, answer, undefined);
      return await recorder.record(tx, current, { ...change, cause: 'look', actor: 'epay21-bridge' });
    });
    return { payment, outcome: 'WAITING' };
  }

  async #later({ id }: Payment): Promise<Advance> {
    const { store, recorder } = this.options;
    const change: PaymentChange = { cause: 'close', actor: 'epay21-bridge' };
    const payment = await store.tx(async (tx) => recorder.record(tx, (await findPayment(tx, id, true))!, change));
    return { payment, outcome: 'WAITING' };
  }

  /** Whether it is now for this caller alone to place the payment; otherwise the poller comes once nobody does. */
  async #claimed({ id, state }: Payment, { placesTwice }: PaymentProvider): Promise<Work | undefined> {
    const { store, placeMs } = this.options;
    const endsAt = performance.now() + placeMs;
    const [claim] = await store.query<{ until: string }>(CLAIM, [id, (placeMs * 4) / 3000]);
    if (claim) return { call: 'initiate', claim: { ...claim, endsAt } };
    // What came of an earlier request may be there.
    if (placesTwice && state === 'UNKNOWN') return { call: 'look' };
    await store.query(AFTER_CLAIM, [id]);
    return undefined;
  }

  /** Rows of the outbox that are gone were published long ago. */
  async #isOnTheBus({ settledEvent }: Payment): Promise<boolean> {
    const [row] = await this.options.store.query<{ isThere: boolean }>(ON_THE_BUS, [settledEvent]);
    return row!.isThere;
  }

  #order(payment: Payment): PaymentOrder {
    const { id, createdAt, gross, purpose, description, kassenzeichen, items, timeoutMinutes } = payment;
    const returnUrl = this.options.returnUrl(payment.returnToken);
    return { id, createdAt, gross, purpose, description, kassenzeichen, items, timeoutMinutes, returnUrl };
  }
}

/** What the directory says of secrets and settings; everything else goes on as it is. */
function settingsError(error: unknown): HubError {
  if (isHubError(error) && error.code.startsWith('HUB_DIRECTORY_')) return error;
  throw error;
}

function callFor({ closing, state, transactionId }: Payment): ProviderCall {
  if (closing === 'WAITING') return 'close';
  // Placing again finds what may be there already; where the service named it, asking is enough.
  return (state === 'CREATED' || state === 'UNKNOWN') && transactionId === undefined ? 'initiate' : 'look';
}

type Consequence = Omit<PaymentChange, 'cause' | 'actor'>;

/** What follows from the answer to a placing or asking call. */
function answered(payment: Payment, answer: ProviderAnswer, payee: string | undefined): Consequence {
  const consequence = consequenceOf(payment, answer, payee);
  const hasCome = answer.outcome === 'KNOWN' && answer.payment.status === 'PAID';
  if (!isWithoutMoney(payment.state) || hasCome) return consequence;
  // Why it came to nothing is not for later looks to say.
  return { ...consequence, patch: { ...consequence.patch, code: payment.code } };
}

function consequenceOf(payment: Payment, answer: ProviderAnswer, payee: string | undefined): Consequence {
  const over = isOver(payment) ? { event: { type: 'expired' } as const } : {};
  switch (answer.outcome) {
    case 'KNOWN':
      return known(payment, answer.payment, payee);
    case 'REFUSED':
      return { event: { type: 'refused' }, patch: { code: answer.code }, call: 'failed' };
    case 'UNKNOWN':
      return { event: { type: 'outcomeUnknown' }, patch: { code: answer.code }, call: 'failed' };
    case 'EXISTS': {
      const { transactionId = payment.transactionId } = answer;
      const patch = { code: 'HUB_EPAY_EXISTS', transactionId };
      return { event: { type: 'outcomeUnknown' }, patch, call: 'failed' };
    }
    case 'NOT_FOUND':
      return { ...over, patch: { code: over.event ? 'EXPIRED' : 'HUB_EPAY_NOT_FOUND' }, call: 'failed' };
    case 'UNAVAILABLE': {
      const { code, retryAfterSeconds } = answer;
      // What was never placed for certain may end without asking.
      const ends = payment.state === 'CREATED' && over.event;
      return { ...(ends && over), patch: { code: ends ? 'EXPIRED' : code }, call: 'failed', retryAfterSeconds };
    }
  }
}

function known(payment: Payment, said: ProviderPayment, payee: string | undefined): Consequence {
  const difference = differenceIn(payment, said, payee);
  if (difference) {
    const patch = { integrity: difference, providerStatus: said.status };
    return { ...(payment.state === 'CREATED' && { event: { type: 'outcomeUnknown' } }), patch, call: 'answered' };
  }
  const patch = patchOf(payment, said);
  if ((said.status === 'OPEN' || said.status === 'OTHER') && isOver(payment)) {
    return { event: { type: 'expired' }, patch: { ...patch, code: 'EXPIRED' }, call: 'answered' };
  }
  if (said.status === 'OTHER') {
    const placed = payment.state === 'CREATED' || payment.state === 'UNKNOWN';
    const event = placed ? { event: { type: 'says', status: 'OPEN' } as const } : {};
    return { ...event, patch: { ...patch, code: 'HUB_EPAY_STATUS_UNKNOWN' }, call: 'answered' };
  }
  return { event: { type: 'says', status: said.status }, patch, call: 'answered' };
}

function patchOf(payment: Payment, said: ProviderPayment): PaymentPatch {
  const { status, statusDetail, transactionId, payPageUrl, reference, method, fee, paidAt } = said;
  const facts = {
    transactionId,
    providerStatus: statusDetail ? `${status}: ${statusDetail}`.slice(0, LONGEST) : status,
    payPageUrl: status === 'OPEN' ? (payPageUrl ?? payment.payPageUrl) : undefined,
    providerReference: reference ?? payment.providerReference,
  };
  // Once the ledger heard of the money, later answers do not change what it heard.
  if (hasMoney(payment.state)) {
    const agrees = status === 'PAID' ? { integrity: undefined } : {};
    return { providerStatus: facts.providerStatus, ...agrees };
  }
  const ended = status === 'FAILED' || status === 'CANCELLED' ? status : undefined;
  return {
    ...facts,
    code: ended,
    integrity: payment.integrity === 'HUB_EPAY_CONTRADICTION' ? payment.integrity : undefined,
    ...(status === 'PAID' ? { method, fee, paidAt: plausible(paidAt, payment.readAt) } : {}),
  };
}

/** A clock that goes ahead must not put money into tomorrow's books. */
function plausible(paidAt: Date | undefined, now: Date): Date {
  return paidAt && paidAt <= now ? paidAt : now;
}

function closed(payment: Payment, answer: ProviderAnswer): Consequence {
  if (answer.outcome === 'KNOWN') return { patch: { closing: 'DONE', code: undefined }, call: 'answered' };
  const code = 'code' in answer ? answer.code : 'HUB_EPAY_NOT_FOUND';
  const late = payment.readAt.getTime() - (payment.paidAt ?? payment.createdAt).getTime() > CLOSING_DAYS * 86_400_000;
  const final = answer.outcome === 'REFUSED' || answer.outcome === 'NOT_FOUND' || late;
  const retryAfterSeconds = 'retryAfterSeconds' in answer ? answer.retryAfterSeconds : undefined;
  return { patch: { code, ...(final && { closing: 'REFUSED' }) }, call: 'failed', retryAfterSeconds };
}
