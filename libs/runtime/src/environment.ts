import type { z } from 'zod';
import type { ErrorPlace } from '@ozg-hub/core';
import { runtimeErrors } from './errors.ts';

/** Environment variables as the process got them; the only other reader is a service's `main.ts`. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** Names that tests and fault runs use; everything else under `HUB_` must be a setting. */
const FOREIGN = /^HUB_(TEST_|REQUIRE$|FAILPOINT_DIR$|URL$|API_KEY$)/;

/**
 * Parses all settings at once. Each schema is an object whose keys are environment names; empty text counts as unset.
 * @throws HUB_CONFIG_INVALID naming every variable that is wrong or unknown, never its value
 */
export function readSettings<const Schemas extends readonly z.ZodObject[]>(
  environment: NodeJS.ProcessEnv,
  schemas: Schemas,
): { readonly [Index in keyof Schemas]: z.infer<Schemas[Index]> } {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('HUB_') && value !== ''),
  );
  const known = new Set(schemas.flatMap((schema) => Object.keys(schema.shape)));
  const places: ErrorPlace[] = Object.keys(given)
    .filter((name) => !known.has(name) && !FOREIGN.test(name))
    .map((name) => ({ field: name, message: `is not a setting; did you mean ${nearest(name, [...known])}?` }));
  const parsed = schemas.map((schema) => {
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      places.push({ field: String(issue.path[0] ?? ''), message: issue.message });
    }
    return undefined;
  });
  if (places.length > 0) {
    const listed = places.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw runtimeErrors.HUB_CONFIG_INVALID({ detail: `The configuration is not valid: ${listed}`, places });
  }
  return parsed as { readonly [Index in keyof Schemas]: z.infer<Schemas[Index]> };
}

function nearest(name: string, known: readonly string[]): string {
  const distance = new Map(known.map((other) => [other, editDistance(name, other)]));
  return known.toSorted((left, right) => distance.get(left)! - distance.get(right)!)[0] ?? 'none';
}

/** Letters to insert, delete or replace (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...right].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
