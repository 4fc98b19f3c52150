import type { Directory } from '@ozg-hub/directory';
import type { Principal } from '@ozg-hub/runtime';
import { actorOf, requireTenant } from '@ozg-hub/runtime';
import { epayErrors } from '../errors.ts';
import { financeTargets } from '../files/finance-targets.ts';
import type { ReadFile, ReconciliationRun } from './reconciliation-item.ts';
import type { Compared, Reconciliation } from './reconciliation.ts';

/** Which finance system; its target may be left out where the municipality has one only. */
export interface WhichFinance {
  readonly tenant: string;
  readonly finance?: string | undefined;
}

/** Reconciliation by the settings of the directory of today. */
export class ReconciliationDesk {
  constructor(
    private readonly reconciliation: Reconciliation,
    private readonly directory: Pick<Directory, 'current'>,
  ) {}

  /** Reads a settlement list of the payment service. @throws HUB_EPAY_NO_RECONCILIATION, HUB_EPAY_LIST_… */
  async readList(which: WhichFinance, caller: Principal, bytes: AsyncIterable<Uint8Array>): Promise<ReadFile> {
    return await this.reconciliation.readList(this.#find(which, caller), bytes);
  }

  /** Reads a camt.053 of the bank. @throws HUB_EPAY_NO_RECONCILIATION, HUB_EPAY_STATEMENT_ACCOUNT, HUB_CAMT_…, HUB_XML_… */
  async readStatement(which: WhichFinance, caller: Principal, bytes: AsyncIterable<Uint8Array>): Promise<ReadFile> {
    return await this.reconciliation.readStatement(this.#find(which, caller), bytes);
  }

  /** Compares what was read up to a business day. @throws HUB_EPAY_NO_RECONCILIATION, HUB_EPAY_RECONCILIATION_… */
  async run(which: WhichFinance, caller: Principal, day: string): Promise<ReconciliationRun> {
    return await this.reconciliation.run({ ...this.#find(which, caller), day, actor: actorOf(caller).actor });
  }

  #find({ tenant, finance }: WhichFinance, caller: Principal): Compared {
    requireTenant(caller, tenant);
    const [only, ...others] = financeTargets(this.directory.current()).flatMap((target): Compared[] => {
      const { reconciliation: settings } = target.settings;
      const isMeant = target.tenant === tenant && (finance === undefined || target.id === finance);
      return isMeant && settings ? [{ tenant, finance: target.id, settings }] : [];
    });
    if (!only || others.length > 0) throw epayErrors.HUB_EPAY_NO_RECONCILIATION();
    return only;
  }
}
