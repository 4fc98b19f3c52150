import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@ozg-hub/core';
import { startEmbeddedPostgres } from '@ozg-hub/store';
import { canRun } from '@ozg-hub/testing';
import { startKafka } from '@ozg-hub/testing/servers';
import { ClientJournal, readJournal } from './client-journal.ts';
import { Clients } from './clients.ts';
import { contentFaults } from './content-faults.ts';
import { DmsProcess } from './dms-process.ts';
import { type Drained, allFiled, trailVerified } from './drain.ts';
import { FaultDirectory, OVER_HTTP } from './fault-directory.ts';
import { FaultProxy } from './fault-proxy.ts';
import { judge } from './oracle.ts';
import { PostgresServer } from './postgres-server.ts';
import { processFaults } from './process-faults.ts';
import { Random } from './random.ts';
import { recover } from './recovery.ts';
import { RecordsServer } from './records-server.ts';
import type { RunContext } from './run-context.ts';
import { replayFaults } from './replay-faults.ts';
import { municipalities } from './sample-application.ts';
import type { Fault, Scene } from './scene.ts';
import { type Round, schedule } from './schedule.ts';
import { SeparateHub, services } from './separate-hub.ts';
import { serverFaults } from './server-faults.ts';
import { SmallDisk } from './small-disk.ts';
import { readTaken } from './taken-packages.ts';
import { counted, sayVerdict } from './verdict.ts';
import { wayFaults } from './way-faults.ts';

const allFaults: readonly Fault[] = [
  ...wayFaults,
  ...serverFaults,
  ...processFaults,
  ...contentFaults,
  ...replayFaults,
];

/** Rounds in which all faults of the short form strike once. */
const SHORT_ROUNDS = 7;
const LONG_ROUNDS = 12;
const LEASE_SECONDS = 5;
const DISK_MEBIBYTES = { vault: 1_024, database: 2_048 } as const;
const RECOVERY_MS = 60_000;

interface Beginning {
  readonly scene: Scene;
  readonly systems: readonly DmsProcess[];
}

/** Faults under the services as separate processes on Kafka and PostgreSQL, all behind ways that can be disturbed. */
export class SeparateRun {
  readonly #closing: (() => unknown)[] = [];
  readonly #strikes = new Map<string, { times: number; hits: number }>();

  /** Deliveries seen in doubt after a round. */
  readonly #inDoubt = new Set<string>();

  constructor(private readonly context: RunContext) {}

  /** Kinds of faults that `--only` and the form leave. */
  get kinds(): string[] {
    return this.#chosen().map(({ kind }) => kind);
  }

  async run(): Promise<void> {
    const { report, seed, folder, longMs } = this.context;
    const journal = new ClientJournal(join(folder, 'journal.jsonl'));
    const beginning = await this.#beginning(journal);
    const { clients } = beginning.scene;
    clients.enter('before all faults');
    clients.start();
    const random = new Random(seed + 2);
    const until = Date.now() + longMs;
    // Every fault has its turn, however long that takes; what is left of the time goes to further turns.
    let first = true;
    let faults = this.#possible(beginning.scene);
    do {
      for (const round of schedule(faults, longMs > 0 ? LONG_ROUNDS : SHORT_ROUNDS, random)) {
        if (first || Date.now() < until) await this.#through(round, beginning.scene);
      }
      first = false;
      faults = faults.filter(({ once }) => !once);
    } while (faults.length > 0 && Date.now() < until);
    const drain = await this.#healed(beginning, journal);
    const taken = municipalities.map(({ name }) => readTaken(name, join(folder, 'taken', name)));
    const judgement = judge(readJournal(journal.path), taken);
    const strikes = [...this.#strikes].toSorted(([a], [b]) => (a < b ? -1 : 1));
    report.table(
      ['fault', 'times', 'hits'],
      strikes.map(([kind, { times, hits }]) => [kind, times, hits]),
    );
    report.add({
      run: 'separate processes on Kafka',
      faults: Object.fromEntries(strikes),
      requests: clients.requests,
      ...counted(judgement),
      inDoubt: this.#inDoubt.size,
      parked: drain.parked,
      drainMs: drain.ms,
    });
    sayVerdict(report, judgement);
    for (const [kind, { times, hits }] of this.#strikes) {
      report.check(`${kind}: ${times} times, ${hits} hits`, hits > 0);
    }
    report.check('no client was surprised by an answer', clients.surprises.length === 0, clients.surprises);
  }

  /** Ends whatever still runs; never fails. */
  async cleanUp(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) {
      try {
        await close();
      } catch {
        // What does not end in order ends with this process.
      }
    }
  }

  #chosen(): Fault[] {
    const { longMs, only } = this.context;
    return allFaults.filter(({ kind, onlyLong }) => kind.includes(only) && (longMs > 0 || !onlyLong));
  }

  #possible(scene: Scene): Fault[] {
    return this.#chosen().filter(({ fillsDisk }) => !fillsDisk || scene.disks !== undefined);
  }

  /** Lets the faults of a round happen, waits until the hub works again, and does what an operator would. */
  async #through(round: Round, scene: Scene): Promise<void> {
    const { say, report, signal } = this.context;
    const { clients, hub } = scene;
    signal.throwIfAborted();
    clients.enter(round.name);
    await clients.acceptedMore(2, 10_000);
    await Promise.all(
      round.lanes.map(async (lane) => {
        for (const fault of lane) await this.#strike(fault, scene);
      }),
    );
    const mendedAt = Date.now();
    await hub.ready();
    await this.#recovered(hub);
    const goal = clients.accepted.size + 1;
    await clients.acceptedMore(1, RECOVERY_MS);
    if (clients.accepted.size < goal) report.check(`applications are accepted after ${round.name}`, false);
    say(`works again after ${Date.now() - mendedAt} ms: ${round.name}`);
  }

  async #strike(fault: Fault, scene: Scene): Promise<void> {
    const { report } = this.context;
    const { times, hits } = this.#strikes.get(fault.kind) ?? { times: 0, hits: 0 };
    try {
      const more = await fault.strike(scene);
      this.#strikes.set(fault.kind, { times: times + 1, hits: hits + more });
    } catch (error) {
      report.check(`${fault.kind} could be tried`, false, [(error as Error).stack ?? String(error)]);
    }
  }

  async #recovered(hub: SeparateHub): Promise<void> {
    const { signal } = this.context;
    for (const until = Date.now() + RECOVERY_MS; ; await pause(500, undefined, { signal })) {
      try {
        for (const id of await recover(hub, signal)) this.#inDoubt.add(id);
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
      }
    }
  }

  /** After the last fault: everything has to end, without another deed of an operator. */
  async #healed({ scene: { clients, hub }, systems }: Beginning, journal: ClientJournal): Promise<Drained> {
    const { report } = this.context;
    clients.enter('after all faults');
    const drain = await allFiled(hub, clients, journal, this.context);
    for (const service of services) {
      const trail = await trailVerified({ ask: (method, path) => hub.askOf(service, method, path) }, 15_000);
      report.check(`the trail verifies: ${trail.text}`, trail.ok, [trail.text]);
    }
    const ended = await hub.stop();
    const inOrder = ended.every(({ code }) => code === 0);
    report.check('every process stops gracefully', inOrder, [JSON.stringify(ended)]);
    report.check('no process ended by itself', hub.ends.length === 0, hub.ends);
    await Promise.all(systems.map((system) => system.stop()));
    return drain;
  }

  async #beginning(journal: ClientJournal): Promise<Beginning> {
    const { folder, root, seed, signal, say, longMs, many } = this.context;
    const kept = <Part>(part: Part, close: (part: Part) => Promise<unknown>): Part => {
      this.#closing.push(() => close(part));
      return part;
    };
    const close = (part: { close(): Promise<void> }) => part.close();
    const stop = (part: { stop(): Promise<unknown> }) => part.stop();
    const dataDir = join(folder, 'data');
    const postgresDir = join(folder, 'database');
    for (const made of [dataDir, postgresDir]) await mkdir(made, { recursive: true });
    const disks = this.#disks(join(dataDir, 'vault'), postgresDir);
    let brokerPort = 0;
    const kafka = kept(await FaultProxy.open(() => ({ host: '127.0.0.1', port: brokerPort })), close);
    const starting = startKafka({ advertised: kafka.port });
    this.#closing.push(async () => (await starting).stop());
    // Awaited below; until then its failure is nobody's.
    starting.catch(() => undefined);
    const postgres = kept(await startEmbeddedPostgres({ dataDir: postgresDir, logger: silentLogger }), stop);
    const records = kept(await RecordsServer.open(join(dataDir, 'dms', OVER_HTTP, 'inbox')), close);
    const open = async (port: () => number) =>
      kept(await FaultProxy.open(() => ({ host: '127.0.0.1', port: port() })), close);
    const target = await open(() => records.port);
    const otherTarget = await open(() => records.port);
    const directory = await FaultDirectory.copy(root, folder);
    await directory.point(target.port);
    const database = await open(() => Number(new URL(postgres.url).port));
    const broker = await starting;
    brokerPort = broker.port;
    const databaseUrl = new URL(postgres.url);
    databaseUrl.port = String(database.port);
    const systems = municipalities.map(({ name, aktenzeichen }) => {
      const options = { root, parameter: aktenzeichen, silent: false };
      const places = { folder: join(dataDir, 'dms', name), taken: join(folder, 'taken', name) };
      return kept(new DmsProcess({ ...options, ...places, logFile: join(folder, `dms-${name}.log`) }), stop);
    });
    const hub = kept(
      new SeparateHub({
        root,
        folder,
        databaseUrl: databaseUrl.href,
        broker: `127.0.0.1:${kafka.port}`,
        directory: directory.folder,
        leaseSeconds: LEASE_SECONDS,
        signal,
      }),
      stop,
    );
    await hub.start();
    await Promise.all(systems.map((system) => system.ready()));
    const key = { name: 'faults', scopes: ['submit'] };
    const { key: apiKey } = await hub.ask<{ key: string }>('POST', '/hub/ops/v1/keys', key);
    say('Kafka, PostgreSQL, two fake DMS and two instances of each service run; clients begin to push');
    const clients = new Clients({ journal, seed: seed + 1, count: 3, pauseMs: 2_000, url: () => hub.url, apiKey });
    this.#closing.push(() => clients.finish(1));
    const scene = {
      ...{ hub, clients, random: new Random(seed + 3), broker, records, directory, otherTarget, disks, signal },
      ...{ longMs, many, say },
      ways: { database, kafka, target },
      postgres: new PostgresServer(postgresDir),
      leaseMs: LEASE_SECONDS * 1_000,
      holdMs: longMs > 0 ? 8_000 : 2_000,
      downMs: longMs > 0 ? 60_000 : 5_000,
    };
    return { scene, systems };
  }

  /** File systems of their own, so that they can be full; where none is to be full, what is written may take its place. */
  #disks(vault: string, database: string): Scene['disks'] {
    if (!this.#chosen().some(({ fillsDisk }) => fillsDisk)) return undefined;
    const disks = Object.entries({ vault, database }).map(([name, folder]) => {
      const disk = SmallDisk.mount(folder, DISK_MEBIBYTES[name as 'vault' | 'database']);
      if (disk) this.#closing.push(() => disk.unmount());
      return disk;
    });
    const [first, second] = disks;
    if (first && second) return { vault: first, database: second };
    canRun('root', false, 'faults/full disks', 'the right to mount a file system in memory');
    return undefined;
  }
}
