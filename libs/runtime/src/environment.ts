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
export function readSettings<Schemas extends readonly z.ZodObject[]>(
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
  const shared = (other: string) => [...other].filter((letter, index) => name[index] === letter).length;
  return known.toSorted((left, right) => shared(right) - shared(left))[0] ?? 'none';
}
