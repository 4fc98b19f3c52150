import type { z } from 'zod';

/** Sentences for the checks that the schemas leave to zod. Values are never quoted. */
export function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${nounOf(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(', or ')}`;
    case 'invalid_key':
      return 'is not a known key here';
    case 'invalid_format':
      return issue.format === 'date' ? 'must be a day such as 2026-01-31' : undefined;
    case 'too_small':
      return `is too small or too short; least ${issue.minimum}`;
    case 'too_big':
      return `is too big or too long; most ${issue.maximum}`;
    default:
      return undefined;
  }
}

function nounOf(expected: string): string {
  const nouns: Readonly<Record<string, string>> = {
    string: 'text; put numbers and dates in quotes',
    array: 'a list',
    object: 'a set of keys',
    record: 'a set of keys',
    boolean: 'true or false',
    int: 'a whole number',
  };
  return nouns[expected] ?? `a ${expected}`;
}
