import type { Judgement, ViolationKind } from './oracle.ts';

/** Checks of a run, each said at once and counted at the end. */
export class Report {
  passed = 0;
  failed = 0;

  constructor(private readonly write: (line: string) => void) {}

  say(line: string): void {
    this.write(line);
  }

  check(title: string, ok: boolean, details: readonly string[] = []): void {
    if (ok) this.passed += 1;
    else this.failed += 1;
    this.write(`${ok ? 'ok    ' : 'FAILED'} ${title}`);
    const shown = ok ? [] : details.slice(0, 10);
    for (const detail of shown) this.write(`         ${detail}`);
    if (!ok && details.length > shown.length) this.write(`         … and ${details.length - shown.length} more`);
  }

  /** Per window: proved kills, applications, what became of them. */
  table({ windows, violations }: Judgement, hits: ReadonlyMap<string, number>): void {
    const head = ['window', 'kills', 'sent', '2xx', 'effects', 'lost', 'doubled', 'alien', 'altered'];
    const number = (window: string, kind: ViolationKind) =>
      violations.filter((violation) => violation.kind === kind && violation.window === window).length;
    const rows = windows.map(({ window, sent, accepted, effects }) => [
      window,
      ...[hits.get(window) ?? 0, sent, accepted, effects],
      ...(['lost', 'doubled', 'alien', 'altered'] as const).map((kind) => number(window, kind)),
    ]);
    const total = head.map((_, at) => (at === 0 ? 'all' : rows.reduce((sum, row) => sum + Number(row[at]), 0)));
    const widths = head.map((name, at) =>
      Math.max(...[head, ...rows, total].map((row) => String(row[at]).length), name.length),
    );
    const line = (cells: readonly (string | number)[]) =>
      cells
        .map((cell, at) => (at === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[at]!)))
        .join('  ');
    for (const row of [head, ...rows, total]) this.write(line(row));
  }
}
