import type { Logger } from '@ozg-hub/core';
import type { BackgroundWork } from './service-definition.ts';

const HOUR_MS = 3_600_000;

/**
 * Work that is done at start and then each hour, never twice at a time. What it throws is logged; the next hour tries
 * again.
 */
export function hourly(name: string, logger: Logger, work: () => Promise<unknown>): BackgroundWork {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const once = async () => {
    try {
      await work();
    } catch (error) {
      logger.warn({ work: name, error: error as Error }, 'hourly work failed; the next hour tries again');
    }
  };
  const begin = () => (running ??= once().finally(() => (running = undefined)));
  return {
    name,
    start: () => {
      void begin();
      timer = setInterval(begin, HOUR_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
