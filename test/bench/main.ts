import { spawnSync } from 'node:child_process';
import { benchBus } from './bus.ts';
import { benchDms } from './dms.ts';
import { benchIdentity } from './identity.ts';
import { benchIntake } from './intake.ts';
import { benchLarge } from './large.ts';
import { benchMemory } from './memory.ts';
import { benchPayments } from './payments.ts';
import { benchQueue } from './queue.ts';
import { keep } from './report.ts';
import { benchStart } from './start.ts';
import { benchSteady } from './steady.ts';

/** Each returns the lines of its report; a bound that is broken makes the exit code 1. */
const BENCHES: Readonly<Record<string, (command: string) => Promise<string[]>>> = {
  bus: benchBus,
  dms: benchDms,
  identity: benchIdentity,
  intake: benchIntake,
  large: benchLarge,
  memory: benchMemory,
  payments: benchPayments,
  queue: benchQueue,
  start: benchStart,
  steady: benchSteady,
};

const [first = '', ...rest] = process.argv.slice(2);
const all = first === '' || first === '--keep';
const options = all && first !== '' ? [first, ...rest] : rest;
if ((!all && !BENCHES[first]) || options.some((option) => option !== '--keep')) {
  console.error(`npm run bench [-- ${Object.keys(BENCHES).join('|')}] [-- --keep]   (--keep writes RESULTS.md)`);
  process.exitCode = 2;
} else if (all) {
  for (const name of Object.keys(BENCHES)) {
    console.log(`\n## ${name}\n`);
    // Each in a process of its own: some measure their own memory, which those before would have filled.
    const { status } = spawnSync(process.execPath, [process.argv[1]!, name, ...options], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} else {
  const lines = await BENCHES[first]!(`npm run bench -- ${first}`);
  console.log(lines.join('\n'));
  if (options.includes('--keep')) await keep(first, lines);
}
