import { existsSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ClientJournal, readJournal } from './client-journal.ts';
import { Clients } from './clients.ts';
import { DmsProcess } from './dms-process.ts';
import { drained, trailVerified } from './drain.ts';
import { FaultRun, LEAST_HITS } from './fault-run.ts';
import { HubProcess } from './hub-process.ts';
import { testOracle } from './oracle-self-test.ts';
import { type ViolationKind, judge } from './oracle.ts';
import { Random } from './random.ts';
import { Report } from './report.ts';
import { municipalities } from './sample-application.ts';
import { readTaken } from './taken-packages.ts';
import { moreWindows, windows } from './windows.ts';

const HELP = `Kills the hub and its database while clients push applications, and judges what became of them.

  npm run test:faults -- [options]

  --seed <n>       repeats the choices of an earlier run; default: a new one, printed
  --long           more windows, in random order, for --minutes (20)
  --minutes <n>    length of the long form
  --only <text>    only windows whose name contains it, e.g. '(c)'
  --keep           keeps the folder of the run also when everything passed
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    long: { type: 'boolean' },
    minutes: { type: 'string' },
    only: { type: 'string' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const longMs = values.long ? Number(values.minutes ?? 20) * 60_000 : 0;
const chosen = (longMs > 0 ? [...windows, ...moreWindows] : windows).filter(({ name }) =>
  name.includes(values.only ?? ''),
);
const started = Date.now();
const report = new Report((line) => process.stdout.write(`${line}\n`));
const say = (line: string) =>
  report.say(`[${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s] ${line}`);

const folder = await realpath(await mkdtemp(join(tmpdir(), 'ozg-hub-faults-')));
// As root the database runs as another user, who has to pass.
await chmod(folder, 0o711);
const root = checkout();
const hub = new HubProcess({ root, folder, leaseSeconds: 5, patienceMs: 90_000 });
const systems: DmsProcess[] = [];
const ending = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!ending.signal.aborted) say(`${signal}: ending what was started …`);
    ending.abort(new Error(`ended by ${signal}`));
  });
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
  await hub.cleanUp();
  await Promise.all(systems.map((system) => system.stop()));
}
if (report.failed > 0 || values.keep)
  report.say(`Everything of this run lies in ${folder} (hub.log, journal.jsonl, taken/).`);
else await removeFolder();
report.say(`seed ${seed}; ${Math.round((Date.now() - started) / 1000)} s`);
report.say(`${report.passed} passed, ${report.failed} failed`);
process.exit(report.failed === 0 ? 0 : 1);

async function run(): Promise<void> {
  report.say(`seed ${seed}`);
  for (const { title, problem } of testOracle(join(folder, 'self-test'))) {
    report.check(`the oracle judges rightly: ${title}`, problem === undefined, [problem ?? '']);
  }
  if (report.failed > 0) return;

  const journal = new ClientJournal(join(folder, 'journal.jsonl'));
  const clients = await beginning(journal);
  const faults = new FaultRun({
    hub,
    clients,
    random: new Random(seed),
    say,
    signal: ending.signal,
    patienceMs: 60_000,
  });
  clients.enter('before all kills');
  clients.start();
  await (longMs > 0 ? throughLong(faults) : throughShort(faults));

  clients.enter('after all kills');
  await faults.heal();
  await Promise.all(systems.map((system) => system.speak()));
  const answered = await clients.finish(60_000);
  say(`${clients.requests} requests, ${clients.accepted.size} applications accepted; waiting until all are filed`);
  report.check('every client that asked again was answered', answered, [...clients.waiting]);
  const stuck = await drained(hub, clients.accepted, longMs > 0 ? 600_000 : 90_000, ending.signal);
  report.check(
    'every accepted application ended COMPLETED',
    stuck.length === 0,
    stuck.map(({ text }) => text),
  );
  const trail = await trailVerified(hub, 15_000);
  report.check(`the trail verifies: ${trail.text}`, trail.ok, [trail.text]);
  const ended = await hub.stop();
  report.check(
    'the hub stops gracefully and takes its database along',
    ended?.code === 0 && !(await hub.postgres.pid()),
    [JSON.stringify(ended)],
  );
  await Promise.all(systems.map((system) => system.stop()));
  verdict(journal, faults, clients);
}

/** Starts everything for the first time; the clients get an API key that has to outlive every kill. */
async function beginning(journal: ClientJournal): Promise<Clients> {
  for (const { name, aktenzeichen, answers } of municipalities) {
    systems.push(
      new DmsProcess({
        root,
        folder: join(hub.dataDir, 'dms', name),
        taken: join(folder, 'taken', name),
        parameter: aktenzeichen,
        silent: answers !== 'at once',
        logFile: join(folder, `dms-${name}.log`),
      }),
    );
  }
  await hub.start();
  if (hub.state) throw new Error(`the hub does not start; see hub-output.log in ${folder}`);
  await Promise.all(systems.map((system) => system.ready()));
  const { key } = await hub.ask<{ key: string }>('POST', '/hub/ops/v1/keys', { name: 'faults', scopes: ['submit'] });
  say('hub, database and two fake DMS run; clients begin to push');
  return new Clients({ journal, seed, count: 8, pauseMs: 400, url: () => hub.url, apiKey: key });
}

async function throughShort(faults: FaultRun): Promise<void> {
  for (const window of chosen) await faults.through(window, LEAST_HITS);
}

/** Round after round in another order; what has too few kills when the time is over gets the rest. */
async function throughLong(faults: FaultRun): Promise<void> {
  const random = new Random(seed + 1);
  const until = Date.now() + longMs;
  while (Date.now() < until && faults.troubles.length < 20) {
    for (const window of random.shuffled(chosen)) {
      if (Date.now() < until) await faults.through(window, random.between(1, 3));
    }
  }
  for (const window of chosen) {
    await faults.through(window, LEAST_HITS - (faults.hits.get(window.name) ?? 0));
  }
}

function verdict(journal: ClientJournal, faults: FaultRun, clients: Clients): void {
  const taken = municipalities.map(({ name }) => readTaken(name, join(folder, 'taken', name)));
  const judgement = judge(readJournal(journal.path), taken);
  report.say('');
  report.table(judgement, faults.hits);
  report.say('');
  for (const window of chosen) {
    const hits = faults.hits.get(window.name) ?? 0;
    report.check(`${window.name}: ${hits} kills hit, at least ${LEAST_HITS}`, hits >= LEAST_HITS);
  }
  const promises: readonly (readonly [string, readonly ViolationKind[]])[] = [
    ['every application answered 2xx is at its DMS', ['lost']],
    ['none is there twice', ['doubled']],
    ['nothing is there that was not sent, or was refused', ['alien']],
    ['what is there is what was sent, file by file', ['altered']],
    ['the DMS could accept every package', ['refused']],
    ['an application keeps its id over all answers, and no other has it', ['unstable']],
    ["the DMS's ledger and packages agree", ['evidence']],
  ];
  for (const [title, kinds] of promises) {
    const found = judgement.violations.filter(({ kind }) => kinds.includes(kind));
    report.check(
      title,
      found.length === 0,
      found.map(({ window, text }) => `${text} — ${window}`),
    );
  }
  report.check('no client was surprised by an answer', clients.surprises.length === 0, clients.surprises);
  report.check('nothing ended or stayed away by itself', faults.troubles.length === 0, faults.troubles);
}

async function removeFolder(): Promise<void> {
  const database = await hub.postgres.folder();
  // Only a folder that this run's own data directory names.
  if (database !== hub.dataDir) await rm(database, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

function checkout(): string {
  let path = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(path, 'nx.json'))) path = dirname(path);
  return path;
}
