/** What one run came to. */
export interface RunCounts {
  readonly run: string;
  /** By kind: how often it was caused, and how often it hit something. */
  readonly faults: Readonly<Record<string, { readonly times: number; readonly hits: number }>>;
  readonly requests: number;
  readonly accepted: number;
  readonly effects: number;
  readonly doubled: number;
  readonly lost: number;
  /** Deliveries that an operator saw in doubt on the way; undefined where none looked. */
  readonly inDoubt?: number;
  readonly parked: number;
  /** From the last repair until every accepted application was at its end. */
  readonly drainMs: number;
}

/** Checks of a run, each said at once and counted at the end. */
export class Report {
  passed = 0;
  failed = 0;

  readonly #checks: { readonly title: string; readonly ok: boolean; readonly details: readonly string[] }[] = [];
  readonly #runs: RunCounts[] = [];

  constructor(private readonly to: { progress(line: string): void; result(line: string): void }) {}

  progress(line: string): void {
    this.to.progress(line);
  }

  say(line: string): void {
    this.to.result(line);
  }

  /** Counts of one run, said and kept for the document. */
  add(counts: RunCounts): void {
    this.#runs.push(counts);
    const { run, requests, accepted, effects, doubled, lost, inDoubt, parked, drainMs } = counts;
    this.say(
      `${run}: ${requests} requests, ${accepted} applications answered 2xx, ${effects} effects, ${doubled} doubled, ` +
        `${lost} lost, ${inDoubt === undefined ? '' : `${inDoubt} were in doubt, `}${parked} parked at the end, drained in ${(drainMs / 1_000).toFixed(1)} s`,
    );
  }

  /** Everything as one document. */
  document(seed: number, durationMs: number): object {
    const { passed, failed } = this;
    return { seed, durationMs, passed, failed, runs: this.#runs, checks: this.#checks };
  }

  check(title: string, ok: boolean, details: readonly string[] = []): void {
    if (ok) this.passed += 1;
    else this.failed += 1;
    this.#checks.push({ title, ok, details: ok ? [] : details });
    this.say(`${ok ? 'ok    ' : 'FAILED'} ${title}`);
    const shown = ok ? [] : details.slice(0, 10);
    for (const detail of shown) this.say(`         ${detail}`);
    if (!ok && details.length > shown.length) this.say(`         … and ${details.length - shown.length} more`);
  }

  /** Rows of a table under their head; the first column is a name. */
  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => String(row[at]).length)));
    const cell = (value: string | number, at: number) =>
      at === 0 ? String(value).padEnd(widths[0]!) : String(value).padStart(widths[at]!);
    for (const row of [head, ...rows]) this.say(row.map(cell).join('  '));
  }
}
