/** Says on standard error what goes on, so that nobody takes a long run for a dead one. */
export function progress(text: string): void {
  const seconds = Math.round(performance.now() / 1000);
  process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
}
