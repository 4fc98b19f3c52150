import { type Clock, type Logger, newId, systemClock } from '@ozg-hub/core';
import { readCamt053 } from '@ozg-hub/camt';
import { Trail } from '@ozg-hub/delivery';
import { money } from '@ozg-hub/money';
import type { HeldLock, Store, Tx } from '@ozg-hub/store';
import { bankLines } from './bank-lines.ts';
import { reconciliationErrors } from './errors.ts';
import { type FindingOptions, FindingsRepository } from './findings.repository.ts';
import type { FoundReversals } from './found-reversals.port.ts';
import { ImportRepository, type Imported, type Scope } from './import.repository.ts';
import { MatchingRepository, type UnknownReturn } from './matching.repository.ts';
import { readProviderList } from './provider-list.ts';
import type {
  ItemFilter,
  ReconciliationItem,
  ReconciliationRun,
  ReconciliationSource,
  RunFilter,
} from './reconciliation-item.ts';
import type { ReconciliationSettings } from './reconciliation-settings.ts';
import { ReconciliationRepository } from './reconciliation.repository.ts';
import type { SettledPayments } from './settled-payments.port.ts';

/** Payments that are settled, and returns that are recorded, at a time. */
const PORTION = 1000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface ReconciliationOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly settled: SettledPayments;
  readonly reversals: FoundReversals;
  /** Default: time of the process. */
  readonly clock?: Clock | undefined;
}

export interface ReconciliationRequest extends Scope {
  readonly settings: ReconciliationSettings;
  /** `YYYY-MM-DD`: payments of this business day and of those before it are compared. */
  readonly day: string;
  readonly actor: string;
  /** Settlement list of the payment service, where there is a new one. */
  readonly providerList?: AsyncIterable<Uint8Array> | undefined;
  /** camt.053.001.08 of the account; read one after the other. */
  readonly statements?: Iterable<AsyncIterable<Uint8Array>> | undefined;
}

/** What was read of each. */
export interface ReadSources {
  readonly provider: ReconciliationSource;
  readonly bank: ReconciliationSource;
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

  constructor(options: ReconciliationOptions) {
    this.#options = options;
    this.#imports = new ImportRepository(options.store);
  }

  /**
   * Reads list and statements, then compares in one transaction. Repeating it changes nothing; what was read stays, even where a
   * later file cannot be read.
   * @throws HUB_EPAY_RECONCILIATION_RUNNING, _DAY; HUB_EPAY_LIST_*, HUB_EPAY_STATEMENT_ACCOUNT, HUB_CAMT_*, HUB_XML_*
   */
  async run(request: ReconciliationRequest): Promise<ReconciliationRun> {
    const { tenant, finance } = request;
    const lock = await this.#options.store.lock(`reconciliation:${tenant}:${finance}`);
    if (!lock) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_RUNNING({ retryAfterSeconds: 60 });
    try {
      return await this.#run(request, lock);
    } finally {
      await lock.release();
    }
  }

  /**
   * Reads list and statements; the next {@link run} compares. Reading the same again adds nothing.
   * @throws as {@link run}
   */
  async read(request: Omit<ReconciliationRequest, 'day' | 'actor'>): Promise<ReadSources> {
    const { tenant, finance } = request;
    const lock = await this.#options.store.lock(`reconciliation:${tenant}:${finance}`);
    if (!lock) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_RUNNING({ retryAfterSeconds: 60 });
    try {
      return await this.#read(request);
    } finally {
      await lock.release();
    }
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

  async #run(request: ReconciliationRequest, lock: HeldLock): Promise<ReconciliationRun> {
    const { store, logger, clock = systemClock } = this.#options;
    const { tenant, finance, day, actor } = request;
    const startedAt = clock.now();
    const last = await this.#repository.lastDay(store, request);
    if (last !== undefined && last > day) throw reconciliationErrors.HUB_EPAY_RECONCILIATION_DAY();
    await this.#imports.sweep(startedAt);
    const { provider, bank } = await this.#read(request);
    const id = newId();
    await store.tx(async (tx) => {
      const compared = await this.#compare(tx, request, id);
      lock.lost.throwIfAborted();
      await this.#repository.insert(tx, { id, tenant, finance, day, actor, startedAt, provider, bank, ...compared });
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

  async #read({
    settings,
    providerList,
    statements = [],
    ...scope
  }: Omit<ReconciliationRequest, 'day' | 'actor'>): Promise<ReadSources> {
    const { providerList: profile } = settings;
    if (providerList && !profile) throw reconciliationErrors.HUB_EPAY_LIST_NOT_EXPECTED();
    const readList = async () =>
      providerList && profile
        ? [await this.#imports.provider(scope, providerList, (bytes) => readProviderList(bytes, profile))]
        : [];
    const readStatements = async () => {
      const read: Imported[] = [];
      for (const statement of statements) {
        read.push(await this.#imports.bank(scope, statement, (bytes) => bankLines(readCamt053(bytes), settings)));
      }
      return read;
    };
    // One waits for the database while the other reads; both end before anything is said of either.
    const [list, bank] = await Promise.allSettled([readList(), readStatements()]);
    if (list.status === 'rejected') throw list.reason;
    if (bank.status === 'rejected') throw bank.reason;
    return { provider: sourceOf(list.value), bank: sourceOf(bank.value) };
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
    await this.#matching.allowLongStatements(tx);
    if (!ownAccount) await this.#matching.forgetOthers(tx, scope, day);
    await this.#matching.linkLines(tx, scope);
    await this.#matching.matchCredits(tx, scope, day, since, options.feesDeducted);
    const chargebacks = await this.#recordReversals(tx, scope);
    await this.#findings.differences(tx, scope, options);
    await this.#matching.match(tx, scope, day, since, run, withList);
    await this.#settle(tx, run);
    await this.#findings.others(tx, scope, options);
    const classes = await this.#repository.classes(tx, scope, run);
    const balances = await this.#repository.balances(tx, scope, day, since, withList);
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

  async #record(
    tx: Tx,
    found: readonly UnknownReturn[],
    keep: (one: UnknownReturn, reversalId: string) => Promise<void>,
  ): Promise<number> {
    const used = new Map<string, number>();
    let count = 0;
    for (const one of found) {
      const { payment: paymentId, minor, currency, reference, reason, day } = one;
      const before = used.get(paymentId) ?? 0;
      if (minor <= 0 || before + minor > one.left) continue;
      used.set(paymentId, before + minor);
      const amount = money(minor, currency);
      // Noon is on the same day in Germany.
      const at = new Date(`${day}T12:00:00Z`);
      const id = await this.#options.reversals.record(tx, {
        paymentId,
        kind: 'CHARGEBACK',
        amount,
        reference,
        reason: reason ?? undefined,
        at,
      });
      await keep(one, id);
      count += 1;
    }
    return count;
  }

  async #settle(tx: Tx, run: string): Promise<void> {
    for (let after = FIRST_ID; ;) {
      const portion = await this.#matching.matched(tx, run, after, PORTION);
      for (const day of new Set(portion.map((one) => one.day))) {
        const ids = portion.filter((one) => one.day === day).map(({ id }) => id);
        await this.#options.settled.mark(tx, ids, day);
      }
      if (portion.length < PORTION) return;
      after = portion.at(-1)!.id;
    }
  }
}

function sourceOf(imported: readonly Imported[]): ReconciliationSource {
  const total = (of: (one: Imported) => number) => imported.reduce((sum, one) => sum + of(one), 0);
  return {
    files: imported.length,
    known: imported.filter(({ known }) => known).length,
    entries: total(({ entries }) => entries),
    added: total(({ added }) => added),
  };
}
