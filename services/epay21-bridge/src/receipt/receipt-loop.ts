import type { Logger } from '@ozg-hub/core';
import { ListeningLoop, type Store } from '@ozg-hub/store';
import type { Receipts } from './receipts.ts';

export interface ReceiptLoopOptions {
  readonly store: Pick<Store, 'listen'>;
  readonly receipts: Pick<Receipts, 'due' | 'issue'>;
  readonly logger: Logger;
  /** Wakes the loop. */
  readonly channel: string;
}

const AT_ONCE = 20;
const EVERY_MS = 5_000;

/** Issues the Quittungen of what is paid; several instances may, each is issued once. */
export function receiptLoop({ store, receipts, logger, channel }: ReceiptLoopOptions): ListeningLoop {
  return new ListeningLoop({
    store,
    channel,
    everyMs: EVERY_MS,
    look: async (stopping) => {
      const due = await receipts.due(AT_ONCE);
      let failed = false;
      for (const id of due) {
        if (stopping.aborted) return undefined;
        try {
          await receipts.issue(id);
        } catch (error) {
          failed = true;
          logger.warn({ err: error as Error, payment: id }, 'a Quittung could not be issued; it is tried again');
        }
      }
      return due.length === AT_ONCE && !failed ? 0 : undefined;
    },
    onError: (error) => logger.warn({ err: error as Error }, 'Quittungen could not be looked for; it is tried again'),
  });
}
