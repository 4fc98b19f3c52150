import type { Finding } from './finding.ts';
import type { Entry } from './folder.ts';
import { overlap } from './period.ts';
import type { Tenant } from './tenant.ts';

/** A unit belongs to one tenant at a time. */
export function checkUnits(tenants: readonly Entry<Tenant>[]): Finding[] {
  const known = new Map<string, { unit: Tenant['organisationseinheiten'][number]; slug: string }[]>();
  return tenants.flatMap(({ yaml, record }) =>
    record.organisationseinheiten.flatMap((unit, index) => {
      const others = known.get(unit.key) ?? [];
      const clash = others.find((other) => overlap(other.unit, unit));
      known.set(unit.key, [...others, { unit, slug: record.slug }]);
      if (!clash) return [];
      return [
        yaml.finding(['organisationseinheiten', index, 'key'], {
          message: `unit ${unit.key} belongs to tenant ${clash.slug} at the same time`,
          fix: 'set validTo of one and validFrom of the other, or remove it from one',
        }),
      ];
    }),
  );
}

/** Successors exist, and no tenant succeeds itself. */
export function checkSuccession(tenants: readonly Entry<Tenant>[], wrong: ReadonlySet<string>): Finding[] {
  const bySlug = new Map(tenants.map(({ record }) => [record.slug, record]));
  return tenants.flatMap(({ yaml, record }) => {
    if (!record.succeededBy) return [];
    const at = ['succeededBy', 'tenant'];
    const seen = new Set<string>();
    for (let next: Tenant | undefined = record; next;) {
      if (seen.has(next.slug)) {
        return [
          yaml.finding(at, { message: 'the succession comes back to itself', fix: 'end it at the tenant of today' }),
        ];
      }
      seen.add(next.slug);
      const successor: string | undefined = next.succeededBy?.tenant;
      if (successor !== undefined && !bySlug.has(successor)) {
        return next === record && !wrong.has(`tenants/${successor}`)
          ? [yaml.finding(at, { message: `there is no tenant ${successor}`, fix: 'add it or correct the slug' })]
          : [];
      }
      next = successor === undefined ? undefined : bySlug.get(successor);
    }
    return [];
  });
}
