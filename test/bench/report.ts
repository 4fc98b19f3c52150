import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './hub.ts';

/** Lines of a Markdown table; the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => (row[n] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)];
}

/** Date, machine and command of a run. */
export function circumstances(command: string): string[] {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const load = loadavg()[0]!.toFixed(1);
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, \`${command}\``,
    '',
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
      `Linux ${release().split('-')[0]}, Node ${process.version}; load before the run ${load}`,
  ];
}

/** Replaces one section of RESULTS.md. */
export async function keep(section: string, lines: readonly string[]): Promise<void> {
  const file = join(root, 'test/bench/RESULTS.md');
  const text = await readFile(file, 'utf8').catch(() => '# Results of the last kept runs\n');
  const [intro, ...sections] = text.split(/\n(?=## )/);
  const others = sections.filter((one) => !one.startsWith(`## ${section}\n`));
  const fresh = `## ${section}\n\n${lines.join('\n').trim()}\n`;
  const all = [...others, fresh].toSorted().map((one) => one.trim());
  await writeFile(file, `${[intro!.trim(), ...all].join('\n\n')}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
