import type { Directory } from '@ozg-hub/directory';
import type { Principal } from '@ozg-hub/runtime';
import { actorOf, requireTenant } from '@ozg-hub/runtime';
import { epayErrors } from '../errors.ts';
import { type FinanceTarget, financeTargets } from '../files/finance-targets.ts';
import type { ReconciliationRun } from './reconciliation-item.ts';
import type { ReadSources, Reconciliation } from './reconciliation.ts';
import type { ReconciliationSettings } from './reconciliation-settings.ts';

/** Which finance system; its target may be left out where the municipality has one only. */
export interface WhichFinance {
  readonly tenant: string;
  readonly finance?: string | undefined;
}

type Compared = FinanceTarget & { readonly reconciliation: ReconciliationSettings };

/** Reconciliation by the settings of the directory of today. */
export class ReconciliationDesk {
  constructor(
    private readonly reconciliation: Reconciliation,
    private readonly directory: Pick<Directory, 'current'>,
  ) {}

  /** Reads a settlement list of the payment service. @throws HUB_EPAY_NO_RECONCILIATION, HUB_EPAY_LIST_… */
  async readList(which: WhichFinance, caller: Principal, bytes: AsyncIterable<Uint8Array>): Promise<ReadSources> {
    const { tenant, id, reconciliation: settings } = this.#find(which, caller);
    return await this.reconciliation.read({ tenant, finance: id, settings, providerList: bytes });
  }

  /** Reads a camt.053 of the bank. @throws HUB_EPAY_NO_RECONCILIATION, HUB_EPAY_STATEMENT_ACCOUNT, HUB_CAMT_…, HUB_XML_… */
  async readStatement(which: WhichFinance, caller: Principal, bytes: AsyncIterable<Uint8Array>): Promise<ReadSources> {
    const { tenant, id, reconciliation: settings } = this.#find(which, caller);
    return await this.reconciliation.read({ tenant, finance: id, settings, statements: [bytes] });
  }

  /** Compares what was read up to a business day. @throws HUB_EPAY_NO_RECONCILIATION, HUB_EPAY_RECONCILIATION_… */
  async run(which: WhichFinance, caller: Principal, day: string): Promise<ReconciliationRun> {
    const { tenant, id, reconciliation: settings } = this.#find(which, caller);
    const { actor } = actorOf(caller);
    return await this.reconciliation.run({ tenant, finance: id, settings, day, actor });
  }

  #find({ tenant, finance }: WhichFinance, caller: Principal): Compared {
    requireTenant(caller, tenant);
    const compared = financeTargets(this.directory.current()).flatMap((target) => {
      const { reconciliation } = target.settings;
      const isMeant = target.tenant === tenant && (finance === undefined || target.id === finance);
      return isMeant && reconciliation ? [{ ...target, reconciliation }] : [];
    });
    const [only] = compared;
    if (!only || compared.length > 1) throw epayErrors.HUB_EPAY_NO_RECONCILIATION();
    return only;
  }
}
