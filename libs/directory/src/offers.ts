import { type Blueprint, type BlueprintRecord, type Bundle, toBlueprint } from './blueprint.ts';
import { overridden } from './overrides.ts';
import type { Leistung, TargetsByPurpose, Tenant } from './tenant.ts';

/** A Leistung as one tenant offers it. */
export interface Offer {
  /** Overrides merged. */
  readonly blueprint: Blueprint;
  readonly targets: TargetsByPurpose;
}

/** The blueprints and bundles that a tenant's list may refer to. */
export interface Catalogue {
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly bundles: ReadonlyMap<string, Bundle>;
}

export function catalogueOf(blueprints: readonly BlueprintRecord[], bundles: readonly Bundle[]): Catalogue {
  return {
    blueprints: new Map(blueprints.map((record) => [`${record.id}@${record.version}`, toBlueprint(record)])),
    bundles: new Map(bundles.map((bundle) => [bundle.id, bundle])),
  };
}

/** Entries of the tenant's bundles, each replaced by the tenant's own entry of the same blueprint id. */
export function entriesOf(tenant: Tenant, { bundles }: Catalogue): Leistung[] {
  const entries = new Map<string, Leistung>();
  for (const id of tenant.bundles) {
    for (const use of bundles.get(id)?.leistungen ?? []) entries.set(idOf(use), { use });
  }
  for (const entry of tenant.leistungen) entries.set(idOf(entry.use), entry);
  return [...entries.values()];
}

/** Undefined where the reference or the overrides are wrong; the check of the directory says why. */
export function offerOf(tenant: Tenant, entry: Leistung, { blueprints }: Catalogue): Offer | undefined {
  const base = blueprints.get(entry.use);
  if (!base) return undefined;
  const targets = entry.targets ? { ...tenant.defaultTargets, ...entry.targets } : tenant.defaultTargets;
  if (!entry.overrides && !tenant.retention) return { blueprint: base, targets };
  const { ref: _ref, expects: _expects, ...record } = base;
  const merged = overridden(record, tenant, entry);
  return merged.success ? { blueprint: toBlueprint(merged.data), targets } : undefined;
}

/** All that a tenant offers, found by blueprint, LeiKa key or process key. */
export class Offers {
  readonly #byRef = new Map<string, Offer>();
  readonly #byLeika = new Map<string, Offer[]>();
  readonly #byProcess = new ProcessKeys<Offer>();

  constructor(tenant: Tenant, catalogue: Catalogue) {
    for (const entry of entriesOf(tenant, catalogue)) {
      const offer = offerOf(tenant, entry, catalogue);
      if (!offer) continue;
      this.#byRef.set(offer.blueprint.ref, offer);
      for (const leika of offer.blueprint.leika) {
        const same = this.#byLeika.get(leika);
        if (same) same.push(offer);
        else this.#byLeika.set(leika, [offer]);
      }
      for (const pattern of offer.blueprint.prozessschluessel) this.#byProcess.add(pattern, offer);
    }
  }

  byRef(ref: string): Offer | undefined {
    return this.#byRef.get(ref);
  }

  byProcess(prozessschluessel: string): Offer | undefined {
    return this.#byProcess.find(prozessschluessel);
  }

  /** Several blueprints of one LeiKa key are told apart by the process key. */
  byLeika(leika: string, prozessschluessel?: string): Offer | undefined {
    const offers = this.#byLeika.get(leika);
    if (!offers || offers.length === 1) return offers?.[0];
    const byProcess = prozessschluessel === undefined ? undefined : this.byProcess(prozessschluessel);
    return byProcess && offers.includes(byProcess) ? byProcess : undefined;
  }
}

/** Exact process keys and beginnings of them (`Hund*`); the exact one wins, then the longest beginning. */
export class ProcessKeys<T> {
  readonly #exact = new Map<string, T>();
  readonly #beginnings = new Map<string, T>();
  #longest = 0;

  /** Gives what the same pattern stood for before, if anything. */
  add(pattern: string, value: T): T | undefined {
    const isBeginning = pattern.endsWith('*');
    const key = isBeginning ? pattern.slice(0, -1) : pattern;
    const map = isBeginning ? this.#beginnings : this.#exact;
    const before = map.get(key);
    map.set(key, value);
    if (isBeginning) this.#longest = Math.max(this.#longest, key.length);
    return before;
  }

  find(key: string): T | undefined {
    const exact = this.#exact.get(key);
    if (exact !== undefined || this.#beginnings.size === 0) return exact;
    for (let length = Math.min(key.length, this.#longest); length >= 1; length -= 1) {
      const found = this.#beginnings.get(key.slice(0, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

export function idOf(ref: string): string {
  return ref.slice(0, ref.indexOf('@'));
}
