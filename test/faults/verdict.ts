import type { Judgement, ViolationKind } from './oracle.ts';
import type { Report } from './report.ts';

const promises: readonly (readonly [string, readonly ViolationKind[]])[] = [
  ['every application answered 2xx is at its DMS', ['lost']],
  ['none is there twice', ['doubled']],
  ['nothing is there that was not sent, or was refused', ['alien']],
  ['what is there is what was sent, file by file', ['altered']],
  ['the DMS could accept every package', ['refused']],
  ['an application keeps its id over all answers, and no other has it', ['unstable']],
  ['of one case everything is filed in the order in which it was accepted', ['disordered']],
  ['every application answered 2xx is at its end or parked once all is mended', ['unfinished']],
  ["the DMS's ledger and packages agree", ['evidence']],
];

/** Each promise with what breaks it. */
export function sayVerdict(report: Report, { violations }: Judgement): void {
  for (const [title, kinds] of promises) {
    const found = violations.filter(({ kind }) => kinds.includes(kind));
    report.check(
      title,
      found.length === 0,
      found.map(({ window, text }) => `${text} — ${window}`),
    );
  }
}

/** Per window: proved kills, applications, what became of them. */
export function sayWindows(report: Report, judgement: Judgement, hits: ReadonlyMap<string, number>): void {
  const kinds = ['lost', 'doubled', 'alien', 'altered'] as const;
  const { windows, violations } = judgement;
  const number = (window: string, kind: ViolationKind) =>
    violations.filter((violation) => violation.kind === kind && violation.window === window).length;
  const rows = windows.map(({ window, sent, accepted, effects }) => [
    window,
    ...[hits.get(window) ?? 0, sent, accepted, effects],
    ...kinds.map((kind) => number(window, kind)),
  ]);
  const head = ['window', 'kills', 'sent', '2xx', 'effects', ...kinds];
  const total = head.map((_, at) => (at === 0 ? 'all' : rows.reduce((sum, row) => sum + Number(row[at]), 0)));
  report.table(head, [...rows, total]);
}

/** What the oracle counted in a run. */
export function counted({ windows, violations }: Judgement): {
  accepted: number;
  effects: number;
  doubled: number;
  lost: number;
} {
  const sum = (of: (count: Judgement['windows'][number]) => number) =>
    windows.reduce((all, count) => all + of(count), 0);
  const number = (kind: ViolationKind) => violations.filter((violation) => violation.kind === kind).length;
  return {
    accepted: sum(({ accepted }) => accepted),
    effects: sum(({ effects }) => effects),
    doubled: number('doubled'),
    lost: number('lost'),
  };
}
