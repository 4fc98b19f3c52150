import { type Blueprint, type BlueprintRecord, type Bundle, toBlueprint } from './blueprint.ts';
import { directoryErrors } from './errors.ts';
import { mergedBlueprint } from './overrides.ts';
import type { Leistung, TargetsByPurpose, Tenant } from './tenant.ts';

/** A Leistung as one tenant offers it. Its overrides are merged when somebody asks for the blueprint. */
export class Offer {
  #blueprint: Blueprint | undefined;

  constructor(
    private readonly tenant: Tenant,
    private readonly entry: Leistung,
    private readonly base: Blueprint,
  ) {}

  get ref(): string {
    return this.base.ref;
  }

  get leika(): readonly string[] {
    return this.base.leika;
  }

  get prozessschluessel(): readonly string[] {
    return this.entry.overrides?.['prozessschluessel'] === undefined
      ? this.base.prozessschluessel
      : this.blueprint.prozessschluessel;
  }

  /** Overrides merged. */
  get blueprint(): Blueprint {
    this.#blueprint ??= this.#merge();
    return this.#blueprint;
  }

  get targets(): TargetsByPurpose {
    const { targets } = this.entry;
    return targets ? { ...this.tenant.defaultTargets, ...targets } : this.tenant.defaultTargets;
  }

  #merge(): Blueprint {
    const merged = mergedBlueprint(this.base, this.tenant, this.entry);
    if (merged.success) return merged.data;
    throw directoryErrors.HUB_DIRECTORY_INVALID({
      detail: `The overrides of ${this.ref} for ${this.tenant.slug} do not fit the blueprint.`,
      cause: merged.error,
    });
  }
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

/** All that a tenant offers, found by blueprint, LeiKa key or process key. */
export class Offers {
  readonly #byRef = new Map<string, Offer>();
  readonly #byLeika = new Map<string, Offer[]>();
  readonly #byProcess = new ProcessKeys<Offer>();

  constructor(tenant: Tenant, catalogue: Catalogue) {
    for (const entry of entriesOf(tenant, catalogue)) {
      const base = catalogue.blueprints.get(entry.use);
      if (!base) continue;
      const offer = new Offer(tenant, entry, base);
      this.#byRef.set(offer.ref, offer);
      for (const leika of offer.leika) {
        const same = this.#byLeika.get(leika);
        if (same) same.push(offer);
        else this.#byLeika.set(leika, [offer]);
      }
      for (const pattern of offer.prozessschluessel) this.#byProcess.add(pattern, offer);
    }
  }

  byRef(ref: string): Offer | undefined {
    return this.#byRef.get(ref);
  }

  /** The version in use of a blueprint, given by its id without version. */
  byId(id: string): Offer | undefined {
    return [...this.#byRef.values()].find(({ ref }) => idOf(ref) === id);
  }

  byProcess(prozessschluessel: string): Offer | undefined {
    return this.#byProcess.find(prozessschluessel);
  }

  allOfLeika(leika: string): readonly Blueprint[] {
    return (this.#byLeika.get(leika) ?? []).map(({ blueprint }) => blueprint);
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
