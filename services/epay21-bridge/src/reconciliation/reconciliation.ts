import { type Clock, type Logger, berlinDate, isHubError, newId, systemClock } from '@ozg-hub/core';
import { readCamt053 } from '@ozg-hub/camt';
import { Trail } from '@ozg-hub/delivery';
import { money } from '@ozg-hub/money';
import type { HeldLock, Store, Tx } from '@ozg-hub/store';
import type { PaymentRecorder } from '../payment-recorder.ts';
import { type ReversalOrder, Reversals, reversalId } from '../reversals.ts';
import { bankLines } from './bank-lines.ts';
import { reconciliationErrors } from './errors.ts';
import { type FindingOptions, FindingsRepository } from './findings.repository.ts';
import { ImportRepository, type Scope } from './import.repository.ts';
import { allowLongStatements } from './long-statements.ts';
import { MatchingRepository, type UnknownReturn } from './matching.repository.ts';
import { readProviderList } from './provider-list.ts';
import type { ItemFilter, ReadFile, ReconciliationItem, ReconciliationRun, RunFilter } from './reconciliation-item.ts';
import type { ReconciliationSettings } from './reconciliation-settings.ts';
import { ReconciliationRepository } from './reconciliation.repository.ts';
import { Settlements } from './settlements.ts';

/** Returns that are recorded at a time. */
const PORTION = 1000;
/** Payments that are settled at a time: each look sorts what the run has matched. */
const SETTLED_AT_ONCE = 10_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface ReconciliationOptions {
  readonly store: Store;
  readonly logger: Logger;
  /** Writes what a run finds: settled payments and what went back. */
  readonly recorder: PaymentRecorder;
  /** Name of the service, who is the actor of what a run records. */
  readonly name: string;
  /** Default: time of the process. */
  readonly clock?: Clock | undefined;
}

/** Whose account, and how it is compared. */
export interface Compared extends Scope {
  readonly settings: ReconciliationSettings;
}

export interface ReconciliationRequest extends Compared {
  /** `YYYY-MM-DD`, today at most: payments of this business day and of those before it are compared. */
  readonly day: string;
  readonly actor: string;
}

/**
 * Compares what the hub, the payment service and the bank say of the payments of a finance target. What agrees is settled, a
 * return is recorded, and the rest is open until it agrees or a person closes it.
 */
export class Reconciliation {
  readonly #options: ReconciliationOptions;
  readonly #imports: ImportRepository;
  readonly #matching = new MatchingRepository();
  readonly #findings = new FindingsRepository();
  readonly #repository = new ReconciliationRepository();
  readonly #trail = new Trail();
  readonly #settlements: Settlements;
  readonly #reversals: Reversals;

  constructor(options: ReconciliationOptions) {
    this.#options = options;
    this.#imports = new ImportRepository(options.store);
    this.#settlements = new Settlements(options.recorder);
    this.#reversals = new Reversals(options.store, options.recorder);
  }

  /**
   * Reads a settlement list of the payment service. All of it is used or nothing; the same again adds nothing.
   * @throws HUB_EPAY_RECONCILIATION_RUNNING, HUB_EPAY_LIST_*
   */
  async readList(compared: Compared, bytes: AsyncIterable<Uint8Array>): Promise<ReadFile> {
    const { providerList: profile } = compared.settings;
    if (!profile) throw reconciliationErrors.HUB_EPAY_LIST_NOT_EXPECTED();
    return await this.#alone(compared, () =>
      this.#imports.provider(compared, bytes, (content) => readProviderList(content, profile)),
    );
  }

  /**
   * Reads a camt.053.001.08 of the account. All of it is used or nothing; where statements overlap, only what is new.
   * @throws HUB_EPAY_RECONCILIATION_RUNNING, HUB_EPAY_STATEMENT_ACCOUNT, HUB_CAMT_*, HUB_XML_*
   */
  async readStatement(compared: Compared, bytes: AsyncIterable<Uint8Array>): Promise<ReadFile> {
    return await this.#alone(compared, () =>
      this.#imports.bank(compared, bytes, (content) => bankLines(readCamt053(content), compared.settings)),
    );
  }

  /**
   * Compares all that was read, in one transaction. Repeating it changes nothing.
   * @throws HUB_EPAY_RECONCILIATION_RUNNING, HUB_EPAY_RECONCILIATION_DAY
   */
  async run(request: ReconciliationRequest): Promise<ReconciliationRun> {
    return await this.#alone(request, (lock) => this.#run(request, lock));
  }

  /** Newest first. */
  async runs(filter: RunFilter): Promise<ReconciliationRun[]> {
    return await this.#repository.runs(this.#options.store, filter);
  }

  /** @throws HUB_EPAY_RECONCILIATION_UNKNOWN */
  async findRun(id: string, tenants?: readonly string[]): Promise<ReconciliationRun> {
    const run = await this.#repository.findRun(this.#options.store, id, tenants);
    if (!run) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_UNKNOWN();
    return run;
  }

  /** Open items, the oldest first. */
  async items(filter: ItemFilter): Promise<ReconciliationItem[]> {
    return await this.#repository.items(this.#options.store, filter);
  }

  /** @throws HUB_EPAY_RECONCILIATION_UNKNOWN */
  async findItem(id: string, tenants?: readonly string[]): Promise<ReconciliationItem> {
    const item = await this.#repository.findItem(this.#options.store, id, tenants);
    if (!item) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_UNKNOWN();
    return item;
  }

  /**
   * A person has dealt with it. No later run opens it again with this class; a payment whose difference was closed is matched as
   * soon as its money is there.
   * @param reason for the trail, 200 characters at most, names no person
   * @throws HUB_EPAY_RECONCILIATION_UNKNOWN, HUB_EPAY_ITEM_CLOSED
   */
  async close(
    id: string,
    { actor, reason, tenants }: { actor: string; reason: string; tenants?: readonly string[] | undefined },
  ): Promise<ReconciliationItem> {
    const item = await this.findItem(id, tenants);
    await this.#options.store.tx(async (tx) => {
      if (!(await this.#repository.close(tx, id, actor, reason))) throw reconciliationErrors.HUB_EPAY_ITEM_CLOSED();
      const { tenant, finance, paymentId, class: state, code } = item;
      const subject = { item: id, ...(paymentId ? { payment: paymentId } : {}) };
      await this.#trail.append(tx, [
        { tenant, kind: 'reconciliation.item-closed', subject, actor, state, code, details: { finance, reason } },
      ]);
    });
    return await this.findItem(id, tenants);
  }

  /** One at a time reads or compares for a finance target. */
  async #alone<T>({ tenant, finance }: Scope, act: (lock: HeldLock) => Promise<T>): Promise<T> {
    const lock = await this.#options.store.lock(`reconciliation:${tenant}:${finance}`);
    if (!lock) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_RUNNING({ retryAfterSeconds: 60 });
    try {
      return await act(lock);
    } finally {
      await lock.release();
    }
  }

  async #run(request: ReconciliationRequest, lock: HeldLock): Promise<ReconciliationRun> {
    const { store, logger, clock = systemClock } = this.#options;
    const { tenant, finance, day, actor } = request;
    const startedAt = clock.now();
    const last = (await this.#repository.lastDay(store, request)) ?? day;
    if (day < last || day > berlinDate(startedAt)) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_DAY();
    await this.#imports.sweep(startedAt);
    const id = newId();
    await store.tx(async (tx) => {
      const compared = await this.#compare(tx, request, id);
      lock.lost.throwIfAborted();
      await this.#repository.insert(tx, { id, tenant, finance, day, actor, startedAt, ...compared });
      await this.#trail.append(tx, [
        {
          tenant,
          kind: 'reconciliation.ran',
          subject: { run: id },
          actor,
          details: { finance, day, ...compared.classes },
        },
      ]);
    });
    const run = await this.findRun(id);
    logger.info({ tenant, finance, day, run: id, ...run.classes }, 'payments compared with payment service and bank');
    return run;
  }

  async #compare(tx: Tx, { settings, day, ...scope }: ReconciliationRequest, run: string) {
    const { since, toleranceDays, providerList, payouts, ownAccount } = settings;
    const withList = providerList !== undefined;
    const options: FindingOptions = {
      day,
      since,
      run,
      listDays: toleranceDays.provider,
      bankDays: toleranceDays.bank,
      withList,
      feesDeducted: payouts?.fees !== 'separate',
      ownAccount,
    };
    await allowLongStatements(tx);
    await this.#matching.linkLines(tx, scope);
    await this.#matching.matchCredits(tx, scope, day, since, options.feesDeducted);
    const chargebacks = await this.#recordReversals(tx, scope);
    await this.#findings.differences(tx, scope, options);
    await this.#matching.match(tx, scope, day, since, run, withList);
    await this.#settle(tx, run);
    await this.#findings.others(tx, scope, options);
    const classes = await this.#repository.classes(tx, scope, run);
    const balances = await this.#repository.balances(tx, scope, day, since, withList);
    if (!ownAccount) await this.#matching.forgetOthers(tx, scope, day);
    return { chargebacks, classes, balances };
  }

  /** What list and bank both have is recorded once: the one recorded first is what the other is linked to. */
  async #recordReversals(tx: Tx, scope: Scope): Promise<number> {
    const matching = this.#matching;
    await matching.linkReversals(tx, scope);
    const listed = await matching.unknownChargebacks(tx, scope, PORTION);
    let count = await this.#record(tx, listed, (one, id) => matching.keepChargeback(tx, one, id));
    if (count > 0) await matching.linkReversals(tx, scope);
    const returned = await matching.unknownReturns(tx, scope, PORTION);
    count += await this.#record(tx, returned, (one, id) => matching.keepReturn(tx, one, id));
    return count;
  }

  /** What is refused stays an open item of its line. */
  async #record(
    tx: Tx,
    unknown: readonly UnknownReturn[],
    keep: (one: UnknownReturn, reversalId: string) => Promise<void>,
  ): Promise<number> {
    const used = new Map<string, number>();
    let count = 0;
    for (const one of unknown) {
      const { payment: paymentId, minor, currency, reference, reason, day } = one;
      const before = used.get(paymentId) ?? 0;
      if (minor <= 0 || before + minor > one.left) continue;
      const found: ReversalOrder = {
        paymentId,
        kind: 'CHARGEBACK',
        amount: money(minor, currency),
        reference,
        reason: reason ?? undefined,
        // Noon is on the same day in Germany.
        at: new Date(`${day}T12:00:00Z`),
      };
      if (!(await this.#isRecorded(tx, found))) continue;
      used.set(paymentId, before + minor);
      await keep(one, await reversalId(tx, paymentId, reference));
      count += 1;
    }
    return count;
  }

  async #isRecorded(tx: Tx, found: ReversalOrder): Promise<boolean> {
    try {
      await this.#reversals.recordIn(tx, found, this.#options.name);
      return true;
    } catch (error) {
      // Thrown before any statement fails, so the transaction goes on.
      if (isHubError(error, 'HUB_EPAY_REVERSAL')) return false;
      throw error;
    }
  }

  async #settle(tx: Tx, run: string): Promise<void> {
    for (let after = FIRST_ID; ;) {
      const portion = await this.#matching.matched(tx, run, after, SETTLED_AT_ONCE);
      for (const day of new Set(portion.map((one) => one.day))) {
        const ids = portion.filter((one) => one.day === day).map(({ id }) => id);
        await this.#settlements.mark(tx, ids, day);
      }
      if (portion.length < SETTLED_AT_ONCE) return;
      after = portion.at(-1)!.id;
    }
  }
}
