import type { Extraction, ValueExtraction } from '@ozg-hub/xml';
import type { Rule } from './profile.ts';

type Type = NonNullable<ValueExtraction['as']>;
type Values = Readonly<Record<string, string>>;

/** The extraction of a value that has to be there. */
export function required(rule: Rule, as: Type = 'trimmed', values?: Values): Extraction {
  return extraction(rule, as, false, values);
}

/** The extraction of a value that may be missing; none where the profile has no rule for it. */
export function optional(rule: Rule | undefined, as: Type = 'trimmed', values?: Values): Extraction | undefined {
  return rule === undefined ? undefined : extraction(rule, as, true, values);
}

/** The value map by which a closed list refuses anything else; a profile's own map takes its place. */
export function oneOf(allowed: readonly string[]): Values {
  return Object.fromEntries(allowed.map((value) => [value, value]));
}

/** The fields that have an extraction. */
export function present(fields: Readonly<Record<string, Extraction | undefined>>): Record<string, Extraction> {
  const entries = Object.entries(fields).filter((entry): entry is [string, Extraction] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function extraction(rule: Rule, as: Type, isOptional: boolean, values: Values | undefined): Extraction {
  if (typeof rule === 'object' && 'constant' in rule) return rule;
  const own = typeof rule === 'string' ? { xpath: rule } : rule;
  const map = ('values' in own ? own.values : undefined) ?? values;
  return {
    xpath: own.xpath,
    as,
    ...(isOptional && { optional: true }),
    ...(map && { values: map }),
    ...('default' in own && own.default !== undefined && { default: own.default }),
    ...('format' in own && own.format !== undefined && { format: own.format }),
  };
}
