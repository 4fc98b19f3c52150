import { LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { z } from 'zod';
import { doubtfulValues } from './doubtful-values.ts';
import { explain } from './explain.ts';
import { type Finding, writePath } from './finding.ts';

type Path = readonly PropertyKey[];

/** One YAML file of the directory: its value, and the line of each place in it. */
export class YamlFile {
  #root: { node: Node | null; lines: LineCounter } | undefined;

  constructor(
    /** Relative to the directory's folder. */
    readonly file: string,
    readonly text: string,
  ) {}

  /** The content as plain values, or the findings that keep it from being read. */
  read(): { value: unknown; findings: readonly Finding[] } {
    const lines = new LineCounter();
    const document = parseDocument(this.text, { lineCounter: lines, prettyErrors: false });
    const findings = [...document.errors, ...document.warnings].map((problem): Finding => ({
      severity: 'error',
      file: this.file,
      line: lines.linePos(problem.pos[0]).line,
      path: '',
      message: `is not valid YAML: ${problem.message}`,
    }));
    if (findings.length > 0) return { value: undefined, findings };
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      const doubtful = doubtfulValues(value).map(({ path, ...finding }) => this.finding(path, finding));
      return { value, findings: doubtful };
    } catch {
      return {
        value: undefined,
        findings: [this.finding([], { message: 'has too many aliases', fix: 'write the values out' })],
      };
    }
  }

  /** Checks a value read from this file, or from the place `at` in it; gives every finding with its line. */
  check<T>(
    schema: z.ZodType<T>,
    value: unknown,
    at: Path = [],
  ): { value: T | undefined; findings: readonly Finding[] } {
    const result = schema.safeParse(value, { error: explain });
    return result.success
      ? { value: result.data, findings: [] }
      : { value: undefined, findings: this.issues(result.error.issues, at) };
  }

  /** Findings of a zod check of a part of this file that begins at `at`. */
  issues(issues: readonly z.core.$ZodIssue[], at: Path = []): Finding[] {
    return issues.flatMap((issue) => {
      const path = [...at, ...issue.path];
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) =>
          this.finding([...path, key], {
            message: `unknown key ${key}`,
            fix: 'correct its spelling or remove it; the README of the directory lists the keys',
          }),
        );
      }
      if (issue.code === 'invalid_union') return this.issues(nearestBranch(issue.errors), path);
      return [this.finding(path, { message: issue.message })];
    });
  }

  finding(
    path: Path,
    { severity = 'error', message, fix }: { severity?: Finding['severity']; message: string; fix?: string },
  ): Finding {
    const place = { file: this.file, line: this.#lineOf(path), path: writePath(path) };
    return { severity, ...place, message, ...(fix !== undefined && { fix }) };
  }

  /** The line of the place, or of the nearest thing around it that exists. Parsed only where something was found. */
  #lineOf(path: Path): number {
    this.#root ??= this.#parse();
    const { lines } = this.#root;
    let node = this.#root.node;
    let offset = node?.range?.[0] ?? 0;
    for (const step of path) {
      if (isAlias(node)) break;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (!pair) break;
        offset = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value as Node | null;
      } else if (isSeq(node)) {
        const item = node.items[Number(step)] as Node | undefined;
        if (!item) break;
        offset = item.range?.[0] ?? offset;
        node = item;
      } else break;
    }
    return lines.linePos(offset).line || 1;
  }

  #parse(): { node: Node | null; lines: LineCounter } {
    const lines = new LineCounter();
    return { node: parseDocument(this.text, { lineCounter: lines, prettyErrors: false }).contents, lines };
  }
}

/** Of the alternatives of a union the one whose shape was meant; the last of those that fit equally well. */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const misfits = (issues: readonly z.core.$ZodIssue[]) =>
    issues.filter(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'unrecognized_keys'));
  const counts = branches.map((issues) => misfits(issues).length);
  return branches[counts.lastIndexOf(Math.min(...counts))] ?? [];
}
