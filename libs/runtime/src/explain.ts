import { HubError } from '@ozg-hub/core';

/** An error as a person reads it: what is wrong, where, what to do. */
export function explain(error: unknown): string {
  if (!(error instanceof HubError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const places = error.places.map(
    ({ file, line, path, field, message }) =>
      `  ${[file && `${file}${line ? `:${line}` : ''}`, field, path].filter(Boolean).join(' ')}: ${message}`,
  );
  return [`${error.code}: ${error.message}`, ...places, `What to do: ${error.definition.action}`].join('\n');
}
