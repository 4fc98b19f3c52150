import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientJournal, readJournal } from './client-journal.ts';
import { Clients } from './clients.ts';
import { DmsProcess } from './dms-process.ts';
import { type Drained, allFiled, trailVerified } from './drain.ts';
import { FaultRun } from './fault-run.ts';
import { HubProcess } from './hub-process.ts';
import { judge } from './oracle.ts';
import { Random } from './random.ts';
import type { RunContext } from './run-context.ts';
import { municipalities } from './sample-application.ts';
import { readTaken } from './taken-packages.ts';
import type { RunCounts } from './report.ts';
import { counted, sayVerdict, sayWindows } from './verdict.ts';
import { LEAST_HITS, type Window, moreWindows, windows } from './windows.ts';

/** Kills of the hub in one process, and of its database, while clients push. */
export class KillRun {
  readonly #hub: HubProcess;
  readonly #systems: DmsProcess[] = [];
  readonly #chosen: readonly Window[];

  constructor(private readonly context: RunContext) {
    const { root, folder, longMs, only } = context;
    this.#hub = new HubProcess({ root, folder, leaseSeconds: 5, patienceMs: 90_000 });
    this.#chosen = (longMs > 0 ? [...windows, ...moreWindows] : windows).filter(({ name }) => name.includes(only));
  }

  /** Windows that `--only` and the form leave. */
  get names(): string[] {
    return this.#chosen.map(({ name }) => name);
  }

  async run(): Promise<void> {
    const { folder, report, say, seed, signal, longMs } = this.context;
    const journal = new ClientJournal(join(folder, 'journal.jsonl'));
    const hub = this.#hub;
    const clients = await this.#beginning(journal);
    const random = new Random(seed);
    const faults = new FaultRun({ hub, clients, random, say, signal, patienceMs: 60_000 });
    clients.enter('before all kills');
    clients.start();
    await (longMs > 0 ? this.#throughLong(faults) : this.#throughShort(faults));

    clients.enter('after all kills');
    await faults.heal();
    await Promise.all(this.#systems.map((system) => system.speak()));
    const drain = await allFiled(hub, clients, journal, this.context);
    const trail = await trailVerified(hub, 15_000);
    report.check(`the trail verifies: ${trail.text}`, trail.ok, [trail.text]);
    const ended = await hub.stop();
    report.check(
      'the hub stops gracefully and takes its database along',
      ended?.code === 0 && !(await hub.postgres.pid()),
      [JSON.stringify(ended)],
    );
    await Promise.all(this.#systems.map((system) => system.stop()));
    this.#verdict(journal, faults, clients, drain);
  }

  /** Ends whatever still runs; never fails. */
  async cleanUp(): Promise<void> {
    await this.#hub.cleanUp();
    await Promise.all(this.#systems.map((system) => system.stop()));
  }

  /** What lies outside of the run's folder. */
  async removeRest(): Promise<void> {
    const database = await this.#hub.postgres.folder();
    // Only a folder that this run's own data directory names.
    if (database !== this.#hub.dataDir) await rm(database, { recursive: true, force: true });
  }

  /** Starts everything for the first time; the clients get an API key that has to outlive every kill. */
  async #beginning(journal: ClientJournal): Promise<Clients> {
    const { root, folder, seed, say, longMs } = this.context;
    const hub = this.#hub;
    for (const { name, aktenzeichen, answers } of municipalities) {
      this.#systems.push(
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
    await Promise.all(this.#systems.map((system) => system.ready()));
    const { key } = await hub.ask<{ key: string }>('POST', '/hub/ops/v1/keys', { name: 'faults', scopes: ['submit'] });
    say('hub, database and two fake DMS run; clients begin to push');
    // What is accepted faster than it is filed has to be waited for at the end.
    const pauseMs = longMs > 0 ? 450 : 700;
    return new Clients({ journal, seed, count: 6, pauseMs, url: () => hub.url, apiKey: key });
  }

  async #throughShort(faults: FaultRun): Promise<void> {
    for (const window of this.#chosen) await faults.through(window, leastOf(window));
  }

  /** Round after round in another order; what has too few kills when the time is over gets the rest. */
  async #throughLong(faults: FaultRun): Promise<void> {
    const random = new Random(this.context.seed + 1);
    const until = Date.now() + this.context.longMs;
    while (Date.now() < until && faults.troubles.length < 20) {
      for (const window of random.shuffled(this.#chosen)) {
        if (Date.now() < until) await faults.through(window, random.between(1, 3));
      }
    }
    for (const window of this.#chosen) {
      await faults.through(window, leastOf(window) - (faults.hits.get(window.name) ?? 0));
    }
  }

  #verdict(journal: ClientJournal, faults: FaultRun, clients: Clients, drain: Drained): void {
    const { folder, report } = this.context;
    const taken = municipalities.map(({ name }) => readTaken(name, join(folder, 'taken', name)));
    const judgement = judge(readJournal(journal.path), taken);
    sayWindows(report, judgement, faults.hits);
    const hits = [...faults.hits].map(([kind, times]) => [kind, { times, hits: times }]);
    report.add({
      run: 'one process',
      faults: Object.fromEntries(hits) as RunCounts['faults'],
      requests: clients.requests,
      ...counted(judgement),
      parked: drain.parked,
      drainMs: drain.ms,
    });
    sayVerdict(report, judgement);
    for (const window of this.#chosen) {
      const hits = faults.hits.get(window.name) ?? 0;
      report.check(`${window.name}: ${hits} hits, at least ${leastOf(window)}`, hits >= leastOf(window));
    }
    report.check('no client was surprised by an answer', clients.surprises.length === 0, clients.surprises);
    report.check('nothing ended or stayed away by itself', faults.troubles.length === 0, faults.troubles);
  }
}

function leastOf({ least = LEAST_HITS }: Window): number {
  return least;
}
