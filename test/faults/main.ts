import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canRun } from '@ozg-hub/testing';
import { hasKafkaTools } from '@ozg-hub/testing/servers';
import { KillRun } from './kill-run.ts';
import { testOracle } from './oracle-self-test.ts';
import { Report } from './report.ts';
import type { RunContext } from './run-context.ts';
import { SeparateRun } from './separate-run.ts';

const HELP = `Kills and disturbs the hub, its database, Kafka and the targets while clients push applications, and judges what
became of them.

  npm run test:faults -- [options]

  --seed <n>       repeats the choices of an earlier run; default: a new one, printed
  --long           all faults, in rounds of another order each, for --minutes (20)
  --minutes <n>    length of the long form
  --parked <n>     deliveries that the long form has parked and replayed at once, at most (20000)
  --hub <form>     only the hub in 'one' process, or as 'separate' processes on Kafka
  --only <text>    only windows and faults whose name contains it, e.g. '(c)' or 'Kafka'
  --list           the names of windows and faults, and ends
  --keep           keeps the folder of the run also when everything passed
  --json           the result as one JSON document on standard output
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    long: { type: 'boolean' },
    minutes: { type: 'string' },
    parked: { type: 'string' },
    hub: { type: 'string' },
    only: { type: 'string' },
    list: { type: 'boolean' },
    keep: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const started = Date.now();
const report = new Report({
  progress: (line) => process.stderr.write(`${line}\n`),
  result: (line) => (values.json ? process.stderr : process.stdout).write(`${line}\n`),
});
const folder = await realpath(await mkdtemp(join(tmpdir(), 'ozg-hub-faults-')));
// As root the database runs as another user, who has to pass.
await chmod(folder, 0o711);
const ending = new AbortController();
const killRun = new KillRun(await contextOf('kills'));
const separateRun = new SeparateRun(await contextOf('separate'));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!ending.signal.aborted) say(`${signal}: ending what was started …`);
    ending.abort(new Error(`ended by ${signal}`));
  });
}
if (values.list) {
  for (const name of [...killRun.names, ...separateRun.kinds]) process.stdout.write(`${name}\n`);
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}
const interrupted = new Promise<never>((_, reject) => {
  ending.signal.addEventListener('abort', () => reject(ending.signal.reason as Error));
});

try {
  await Promise.race([run(), interrupted]);
} catch (error) {
  report.check('the run came to its end', false, [
    ending.signal.aborted ? String(error) : ((error as Error).stack ?? String(error)),
  ]);
} finally {
  ending.abort(new Error('the run is over'));
  await killRun.cleanUp();
  await separateRun.cleanUp();
}
if (report.failed > 0 || values.keep)
  report.say(`Everything of this run lies in ${folder} (logs, journal.jsonl, taken/).`);
else {
  await killRun.removeRest();
  await rm(folder, { recursive: true, force: true });
}
report.say(`seed ${seed}; ${Math.round((Date.now() - started) / 1000)} s`);
report.say(`${report.passed} passed, ${report.failed} failed`);
if (values.json) process.stdout.write(`${JSON.stringify(report.document(seed, Date.now() - started), undefined, 2)}\n`);
process.exit(report.failed === 0 ? 0 : 1);

async function run(): Promise<void> {
  report.say(`seed ${seed}`);
  for (const { title, problem } of testOracle(join(folder, 'self-test'))) {
    report.check(`the oracle judges rightly: ${title}`, problem === undefined, [problem ?? '']);
  }
  if (report.failed > 0) return;
  if (values.hub !== 'separate' && killRun.names.length > 0) await killRun.run();
  if (values.hub === 'one' || separateRun.kinds.length === 0) return;
  if (canRun('system', hasKafkaTools(), 'faults/separate processes', 'Java and Maven for Apache Kafka')) {
    await separateRun.run();
  }
}

async function contextOf(name: string): Promise<RunContext> {
  const own = join(folder, name);
  await mkdir(own, { mode: 0o711 });
  // The long form divides its time between both runs.
  const longMs = values.long ? (Number(values.minutes ?? 20) * 60_000) / 2 : 0;
  const many = Number(values.parked ?? 20_000);
  const choices = { seed, longMs, many, only: values.only ?? '' };
  return { ...choices, root: checkout(), folder: own, report, say, signal: ending.signal };
}

function say(line: string): void {
  report.progress(`[${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s] ${line}`);
}

function checkout(): string {
  let path = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(path, 'nx.json'))) path = dirname(path);
  return path;
}
