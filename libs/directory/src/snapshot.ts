import { type Clock, berlinDate, systemClock } from '@ozg-hub/core';
import { normaliseLeikaKey } from '@ozg-hub/submission';
import type { z } from 'zod';
import type { Blueprint, Purpose } from './blueprint.ts';
import type { DirectoryContent } from './content.ts';
import { directoryErrors } from './errors.ts';
import { explain } from './explain.ts';
import { type Catalogue, Offers, ProcessKeys, catalogueOf } from './offers.ts';
import { isValidOn } from './period.ts';
import type { IdentityContent } from './identity.ts';
import { type Placeholders, fillPlaceholders } from './placeholders.ts';
import type { MappingProfile, Source } from './source.ts';
import type { Target, TargetsByPurpose, Tenant } from './tenant.ts';

export interface ResolveRequest {
  readonly organisationseinheit: string;
  /** As the source wrote it: dotted, with blanks or plain; blank counts as missing. */
  readonly leika?: string | undefined;
  readonly prozessschluessel?: string | undefined;
  /** Mapping profile that read the application; checked where the blueprint names its profiles. */
  readonly profile?: string | undefined;
}

export interface Resolved {
  /** Version of the snapshot that resolved it. */
  readonly directoryVersion: string;
  readonly tenant: Tenant;
  /** LeiKa key, 14 digits. */
  readonly leistung: string;
  /** The tenant's overrides merged; `blueprint.ref` is `id@version`, `blueprint.expects` the purposes. */
  readonly blueprint: Blueprint;
  /** Target id of each purpose. */
  readonly targets: TargetsByPurpose;
}

export interface SnapshotOptions {
  readonly clock?: Clock | undefined;
  readonly placeholders?: Placeholders | undefined;
  readonly targetKinds?: Readonly<Record<string, z.ZodType>> | undefined;
}

interface UnitOfTenant {
  readonly unit: Tenant['organisationseinheiten'][number];
  readonly tenant: Tenant;
}

const QUOTABLE = /^[\w.:@/-]{1,80}$/;
const LONGEST_SUCCESSION = 100;

/** One accepted state of the directory. Immutable; every look-up is by maps built once. */
export class Snapshot {
  readonly tenants: readonly Tenant[];
  readonly sources: readonly Source[];
  /** Who vouches for citizens and companies, and which online services ask; from the current snapshot only. */
  readonly identity: IdentityContent;
  readonly #clock: Clock;
  readonly #options: SnapshotOptions;
  readonly #catalogue: Catalogue;
  readonly #tenants: ReadonlyMap<string, Tenant>;
  readonly #units = new Map<string, UnitOfTenant[]>();
  readonly #profiles: ReadonlyMap<string, MappingProfile>;
  readonly #leikaKeys = new Set<string>();
  readonly #processKeys = new ProcessKeys<true>();
  /** Built at the first submission of a tenant: most of 420 never meet in one process. */
  readonly #offers = new Map<string, Offers>();
  readonly #targets = new Map<string, Target>();

  constructor(
    /** `sha256-` and the hash of the content. */
    readonly version: string,
    content: DirectoryContent,
    options: SnapshotOptions = {},
  ) {
    this.tenants = content.tenants;
    this.sources = content.sources;
    this.identity = content.identity ?? { providers: [], clients: [] };
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#catalogue = catalogueOf(content.blueprints, content.bundles);
    this.#tenants = new Map(content.tenants.map((tenant) => [tenant.slug, tenant]));
    this.#profiles = new Map(content.profiles.map((profile) => [profile.id, profile]));
    for (const tenant of content.tenants) {
      for (const unit of tenant.organisationseinheiten) {
        this.#units.set(unit.key, [...(this.#units.get(unit.key) ?? []), { unit, tenant }]);
      }
    }
    for (const { leika, prozessschluessel } of content.blueprints) {
      for (const key of leika) this.#leikaKeys.add(key);
      for (const pattern of prozessschluessel) this.#processKeys.add(pattern, true);
    }
  }

  tenant(slug: string): Tenant | undefined {
    return this.#tenants.get(slug);
  }

  /** The tenant that takes new submissions for the unit today: the one it is mapped to, or its successor. */
  tenantOfUnit(organisationseinheit: string): Tenant | undefined {
    const mappings = this.#units.get(organisationseinheit.trim());
    const [only] = mappings ?? [];
    if (!mappings || !only) return undefined;
    const { unit, tenant } = only;
    const isDated =
      mappings.length > 1 || unit.validFrom !== undefined || unit.validTo !== undefined || tenant.succeededBy;
    return isDated ? this.#tenantOn(berlinDate(this.#clock.now()), mappings) : tenant;
  }

  #tenantOn(today: string, mappings: readonly UnitOfTenant[]): Tenant | undefined {
    let tenant = mappings.find(({ unit }) => isValidOn(unit, today))?.tenant;
    for (let steps = 0; tenant?.succeededBy && tenant.succeededBy.from <= today; steps += 1) {
      if (steps === LONGEST_SUCCESSION) return undefined;
      tenant = this.#tenants.get(tenant.succeededBy.tenant);
    }
    return tenant;
  }

  /**
   * Who decides on an application and what it is.
   * @throws HUB_DIRECTORY_UNKNOWN_UNIT, HUB_DIRECTORY_UNKNOWN_LEISTUNG, HUB_DIRECTORY_LEISTUNG_NOT_OFFERED,
   * HUB_DIRECTORY_NO_LEISTUNG_KEY; details quote the key at most
   */
  resolve(request: ResolveRequest): Resolved {
    const tenant = this.tenantOfUnit(request.organisationseinheit);
    if (!tenant) {
      const detail = `No municipality of this hub has the organisation unit${quoted(request.organisationseinheit)} today.`;
      throw directoryErrors.HUB_DIRECTORY_UNKNOWN_UNIT({ detail });
    }
    const { leistung, offer } = this.#offerFor(tenant, request);
    const { blueprint, targets } = offer;
    if (request.profile !== undefined && blueprint.profiles && !blueprint.profiles.includes(request.profile)) {
      const detail = `The municipality ${tenant.slug} takes the Leistung ${leistung} only from other mapping profiles.`;
      throw directoryErrors.HUB_DIRECTORY_LEISTUNG_NOT_OFFERED({ detail });
    }
    return { directoryVersion: this.version, tenant, leistung, blueprint, targets };
  }

  /**
   * The blueprint as the tenant offers it in this version; without a tenant, as it is written.
   * @throws HUB_DIRECTORY_UNKNOWN_LEISTUNG, HUB_DIRECTORY_LEISTUNG_NOT_OFFERED, HUB_DIRECTORY_UNKNOWN_TENANT
   */
  blueprint(ref: string, tenant?: string | Pick<Tenant, 'slug'>): Blueprint {
    return tenant === undefined ? this.#known(ref) : this.offer(ref, tenant).blueprint;
  }

  /** The blueprint with the tenant's overrides, and its targets; errors as {@link blueprint}. */
  offer(ref: string, tenant: string | Pick<Tenant, 'slug'>): Pick<Resolved, 'blueprint' | 'targets'> {
    const slug = typeof tenant === 'string' ? tenant : tenant.slug;
    const offer = this.#offersOf(this.#mustHave(slug)).byRef(ref);
    if (offer) return offer;
    this.#known(ref);
    throw directoryErrors.HUB_DIRECTORY_LEISTUNG_NOT_OFFERED({ detail: `The tenant ${slug} does not use ${ref}.` });
  }

  /**
   * `id@version` of the version of a blueprint that the tenant uses, of its own or by a bundle; undefined: none.
   * @throws HUB_DIRECTORY_UNKNOWN_TENANT
   */
  usedVersion(blueprintId: string, tenant: string): string | undefined {
    return this.#offersOf(this.#mustHave(tenant)).byId(blueprintId)?.ref;
  }

  /** Target id for the purpose, as this version says; undefined where the tenant has none. */
  targetFor(ref: string, tenant: string | Pick<Tenant, 'slug'>, purpose: Purpose): string | undefined {
    return this.offer(ref, tenant).targets[purpose];
  }

  /**
   * A target with placeholders filled and settings as its kind's schema gives them; secrets are still references.
   * Take it from the current snapshot: connection is never pinned.
   * @throws HUB_DIRECTORY_UNKNOWN_TENANT, HUB_DIRECTORY_UNKNOWN_TARGET, HUB_DIRECTORY_INVALID
   */
  target(tenantSlug: string, targetId: string): Target {
    const key = `${tenantSlug}/${targetId}`;
    const known = this.#targets.get(key);
    if (known) return known;
    const record = this.#mustHave(tenantSlug).targets.find(({ id }) => id === targetId);
    if (!record) {
      throw directoryErrors.HUB_DIRECTORY_UNKNOWN_TARGET({ detail: `The directory has no target ${key}.` });
    }
    const filled = fillPlaceholders(record.settings, this.#options.placeholders ?? {}) as Record<string, unknown>;
    const parsed = this.#options.targetKinds?.[record.kind]?.safeParse(filled, { error: explain });
    if (parsed && !parsed.success) {
      const places = parsed.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
      throw directoryErrors.HUB_DIRECTORY_INVALID({ detail: `The settings of target ${key} are wrong.`, places });
    }
    const settings = (parsed ? parsed.data : filled) as Record<string, unknown>;
    const target: Target = { ...record, settings, tenant: tenantSlug };
    this.#targets.set(key, target);
    return target;
  }

  /**
   * The blueprints of a Leistung as a tenant offers them today: several where the process key tells them apart.
   * @param leika 14 digits
   */
  offersOf(leika: string, tenant: string): readonly Blueprint[] {
    const known = this.#tenants.get(tenant);
    return known ? this.#offersOf(known).allOfLeika(leika) : [];
  }

  /** @throws HUB_DIRECTORY_UNKNOWN_PROFILE */
  profile(id: string): MappingProfile {
    const profile = this.#profiles.get(id);
    if (profile) return profile;
    throw directoryErrors.HUB_DIRECTORY_UNKNOWN_PROFILE({
      detail: `The directory has no mapping profile${quoted(id)}.`,
    });
  }

  /** @throws HUB_DIRECTORY_UNKNOWN_SOURCE */
  source(id: string): Source {
    const source = this.sources.find((candidate) => candidate.id === id);
    if (source) return source;
    throw directoryErrors.HUB_DIRECTORY_UNKNOWN_SOURCE({ detail: `The directory has no source${quoted(id)}.` });
  }

  #offerFor(tenant: Tenant, { leika, prozessschluessel }: ResolveRequest) {
    const offers = this.#offersOf(tenant);
    const process = prozessschluessel?.trim();
    if (leika?.trim()) {
      const key = normaliseLeikaKey(leika);
      const offer = key === undefined ? undefined : offers.byLeika(key, process);
      if (key !== undefined && offer) return { leistung: key, offer };
      if (key === undefined || !this.#leikaKeys.has(key)) {
        const detail = `No blueprint describes the Leistung with the LeiKa key${quoted(key ?? leika.trim())}.`;
        throw directoryErrors.HUB_DIRECTORY_UNKNOWN_LEISTUNG({ detail });
      }
      throw notOffered(tenant, `the Leistung${quoted(key)}`);
    }
    const offer = process ? offers.byProcess(process) : undefined;
    if (offer) return { leistung: offer.leika[0]!, offer };
    if (process && this.#processKeys.find(process)) throw notOffered(tenant, `the process key${quoted(process)}`);
    const detail = `The application has no LeiKa key and none follows from its process key${quoted(process ?? '')}.`;
    throw directoryErrors.HUB_DIRECTORY_NO_LEISTUNG_KEY({ detail });
  }

  #offersOf(tenant: Tenant): Offers {
    const known = this.#offers.get(tenant.slug);
    if (known) return known;
    const offers = new Offers(tenant, this.#catalogue);
    this.#offers.set(tenant.slug, offers);
    return offers;
  }

  #mustHave(slug: string): Tenant {
    const tenant = this.#tenants.get(slug);
    if (tenant) return tenant;
    throw directoryErrors.HUB_DIRECTORY_UNKNOWN_TENANT({ detail: `The directory has no tenant${quoted(slug)}.` });
  }

  #known(ref: string): Blueprint {
    const blueprint = this.#catalogue.blueprints.get(ref);
    if (blueprint) return blueprint;
    throw directoryErrors.HUB_DIRECTORY_UNKNOWN_LEISTUNG({ detail: `The directory has no blueprint${quoted(ref)}.` });
  }
}

function notOffered(tenant: Tenant, what: string) {
  const detail = `The municipality ${tenant.slug} does not offer ${what} through this hub.`;
  return directoryErrors.HUB_DIRECTORY_LEISTUNG_NOT_OFFERED({ detail });
}

/** Keys come from a sender: what does not look like one is left out of the message. */
function quoted(key: string): string {
  return QUOTABLE.test(key) ? ` ${key}` : '';
}
