import type { z } from 'zod';
import { type Blueprint, type BlueprintRecord, blueprintRecord, toBlueprint } from './blueprint.ts';
import { explain } from './explain.ts';
import type { Leistung, Tenant } from './tenant.ts';

/** What makes a blueprint itself; a tenant that needs another one needs another blueprint. */
export const notOverridable: readonly string[] = ['id', 'version', 'leika', 'sample'];

/** Objects are merged by key, everything else is replaced, null removes the key. */
export function mergeDeeply(base: unknown, override: unknown): unknown {
  if (!isObject(base) || !isObject(override)) return override;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeDeeply(merged[key], value);
  }
  return merged;
}

/** The blueprint as the tenant offers it, or what is wrong with the overrides. */
export function mergedBlueprint(
  base: Blueprint,
  tenant: Pick<Tenant, 'retention'>,
  { overrides }: Pick<Leistung, 'overrides'>,
): { success: true; data: Blueprint } | { success: false; error: z.ZodError<BlueprintRecord> } {
  if (!overrides && !tenant.retention) return { success: true, data: base };
  const forTenant = tenant.retention ? { ...base, retention: tenant.retention } : base;
  if (!overrides) return { success: true, data: forTenant };
  const { ref: _ref, expects: _expects, ...record } = forTenant;
  const merged = blueprintRecord.safeParse(mergeDeeply(record, overrides), { error: explain });
  return merged.success ? { success: true, data: toBlueprint(merged.data) } : merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
