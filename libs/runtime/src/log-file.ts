import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogDestination } from '@ozg-hub/observability';

/** Appends each line at once, so that a killed process keeps its last lines. */
export function logFile(path: string): LogDestination & { close(): void } {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a', 0o640);
  return {
    write: (line) => writeSync(file, line),
    close: () => closeSync(file),
  };
}
