import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogDestination } from '@ozg-hub/observability';

const STANDARD_ERROR = 2;

/**
 * Appends each line at once, so that a killed process keeps its last lines. A line that comes after the end goes to
 * standard error.
 */
export function logFile(path: string): LogDestination & { close(): void } {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a', 0o640);
  let isOpen = true;
  return {
    write: (line) => writeSync(isOpen ? file : STANDARD_ERROR, line),
    close: () => {
      isOpen = false;
      closeSync(file);
    },
  };
}
