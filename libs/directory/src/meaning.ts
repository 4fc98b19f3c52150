import { canonicalJson } from './canonical.ts';
import type { MappingProfile } from './source.ts';
import type { Resolved } from './snapshot.ts';

/** What the directory says about one submission: everything that is pinned, and where it goes. */
export interface Meaning extends Pick<Resolved, 'blueprint' | 'targets'> {
  readonly tenant: { readonly slug: string };
  readonly profile?: MappingProfile | undefined;
}

export interface MeaningDifference {
  /** E.g. `blueprint.ablage.betreff`. */
  readonly path: string;
  /** Undefined where it is new. */
  readonly before: unknown;
  /** Undefined where it is gone. */
  readonly after: unknown;
}

/** What a replay under another directory version would change for a submission; empty where nothing. */
export function diffMeaning(before: Meaning, after: Meaning): MeaningDifference[] {
  const meaning = ({ tenant, blueprint, targets, profile }: Meaning) => ({
    tenant: tenant.slug,
    blueprint,
    targets,
    profile,
  });
  return differences(meaning(before), meaning(after), '');
}

function differences(before: unknown, after: unknown, path: string): MeaningDifference[] {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], path ? `${path}.${key}` : key));
  }
  return canonicalJson(before ?? null) === canonicalJson(after ?? null) ? [] : [{ path, before, after }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
