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
const names = first === '' || first === '--keep' ? Object.keys(BENCHES) : [first];
const options = first === '--keep' ? [first, ...rest] : rest;
if (!BENCHES[names[0]!] || options.some((option) => option !== '--keep')) {
  console.error(`npm run bench [-- ${Object.keys(BENCHES).join('|')}] [-- --keep]   (--keep writes RESULTS.md)`);
  process.exitCode = 2;
} else {
  for (const name of names) {
    const lines = await BENCHES[name]!(`npm run bench -- ${name}`);
    console.log(names.length > 1 ? `\n## ${name}\n\n${lines.join('\n')}` : lines.join('\n'));
    if (options.includes('--keep')) await keep(name, lines);
  }
}
