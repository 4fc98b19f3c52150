import type { Report } from './report.ts';

/** What both runs of one command have in common. */
export interface RunContext {
  readonly seed: number;
  /** Root of the checkout. */
  readonly root: string;
  /** Of this run alone; removed when nothing failed. */
  readonly folder: string;
  /** Length of the long form; 0: the short one. */
  readonly longMs: number;
  /** Deliveries that the long form has parked and replayed at once, at most. */
  readonly many: number;
  /** Only windows and kinds of faults whose name contains it. */
  readonly only: string;
  readonly report: Report;
  /** One line for the person who watches. */
  readonly say: (line: string) => void;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}
