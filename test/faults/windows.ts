/** A moment at which something is killed, or started that must not be. */
export interface Window {
  readonly name: string;
  /** `failpoint`: the hub ends itself there. `hub`, `postgres`: killed from outside at a random moment. `second start`: refused. */
  readonly kind: 'failpoint' | 'hub' | 'postgres' | 'second start';
  /** Of the hub's code; for what comes from outside the name of the record of a hit. */
  readonly point: string;
  /** Hits without which its promise does not count as tried; default {@link LEAST_HITS}. */
  readonly least?: number;
}

/** Hits that a window needs for its promise to count as tried. */
export const LEAST_HITS = 5;

const failpoint = (name: string, point: string): Window => ({ name, kind: 'failpoint', point });

/** The windows of every run. */
export const windows: readonly Window[] = [
  failpoint('(a) before the commit of an intake', 'intake.before-commit'),
  failpoint('(b) between commit and answer', 'intake.after-commit'),
  failpoint('(c) between packaging and hand-over', 'delivery.after-step:package'),
  failpoint('(d) between hand-over and stored result', 'dms-export.handed-over'),
  { name: '(e) PostgreSQL, under load', kind: 'postgres', point: 'postgres-killed' },
  { name: '(f) the hub at a random moment', kind: 'hub', point: 'hub-killed' },
  { name: '(g) a second hub on the same data', kind: 'second start', point: 'second-refused', least: 2 },
];

/** Further points between the hub's own commits, for the long form. */
export const moreWindows: readonly Window[] = [
  failpoint('after claiming a delivery', 'delivery.after-claim'),
  failpoint('before packaging', 'delivery.before-step:package'),
  failpoint('package stored, before hand-over', 'delivery.before-step:hand-over'),
  failpoint('handed over, step not stored', 'delivery.after-step:hand-over'),
  failpoint('handed over, step stored', 'delivery.after-step-stored:hand-over'),
  failpoint('before the result of an attempt', 'delivery.before-result'),
  failpoint('after the result of an attempt', 'delivery.after-result'),
];
