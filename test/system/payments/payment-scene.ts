import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paymentSettled } from '@ozg-hub/events';
import { FakeDms, type FakeEpay21Fault, type TestDatabase, testDatabase } from '@ozg-hub/testing';
import { type KafkaServer, startKafka } from '@ozg-hub/testing/servers';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { ServiceProcess } from '../processes/service-process.ts';
import type { BookLine, BusRecord, LedgerLine } from './oracle.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const USER = 'ozg-hub';
const PASSWORD = 'geheim-geheim';

type EpayUrls = Readonly<Record<'origin' | 'restUrl' | 'soapUrl', string>>;

/**
 * The hub as a data centre runs it: intake, DMS export and two bridges as processes of their own on Kafka and PostgreSQL;
 * around it an ePay21, a finance system and a DMS. Musterstadt takes fees by SOAP, Beispielhausen by REST.
 */
export class PaymentScene {
  /** Bridges that ended, whoever wanted it. */
  readonly ends: string[] = [];
  /** Posting files of Musterstadt. */
  readonly drop: string;
  readonly #folder: string;
  readonly #bridges: ServiceProcess[] = [];
  #intake: ServiceProcess | undefined;
  #exporter: ServiceProcess | undefined;
  #kafka!: KafkaServer;
  #database!: TestDatabase;
  #pool: XmlPool | undefined;
  #dms: FakeDms | undefined;
  #epay: ChildProcess | undefined;
  #finance: ChildProcess | undefined;
  #epayUrls: EpayUrls | undefined;
  #isStopping = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.drop = join(folder, 'posting-files');
  }

  static async start(): Promise<PaymentScene> {
    const scene = new PaymentScene(await mkdtemp(join(tmpdir(), 'ozg-hub-payments-')));
    try {
      await scene.#start();
    } catch (error) {
      await scene.stop();
      throw error;
    }
    return scene;
  }

  /** A bridge that takes requests, each time the other one where both do. */
  async bridge(turn: number): Promise<string> {
    const [first, second] = this.#bridges as [ServiceProcess, ServiceProcess];
    const preferred = turn % 2 === 0 ? [first, second] : [second, first];
    return await Promise.any(preferred.map(({ url }) => url));
  }

  get intake(): Promise<string> {
    return this.#intake!.url;
  }

  async token(): Promise<string> {
    return (await readFile(join(this.#folder, 'data/operator.token'), 'utf8')).trim();
  }

  /** What the payment service shall do wrong next. */
  inject(fault: FakeEpay21Fault): void {
    this.#epay!.send(fault);
  }

  /** How many of the things that were to go wrong have. */
  async struck(): Promise<number> {
    const answer = once(this.#epay!, 'message');
    this.#epay!.send('struck');
    const [count] = (await answer) as [number];
    return count;
  }

  /** The first bridge that reaches this point ends itself with SIGKILL. */
  async arm(point: string): Promise<void> {
    const draft = join(this.#folder, 'failpoints/draft');
    await writeFile(draft, '');
    await rename(draft, join(this.#folder, 'failpoints/armed', point));
  }

  async hits(point: string): Promise<number> {
    const names = await readdir(join(this.#folder, 'failpoints/hit'));
    return names.filter((name) => name.startsWith(`${point}.`)).length;
  }

  /** Resolves when one of the bridges takes requests; an orchestrator starts the other. */
  async ready(): Promise<void> {
    await Promise.any(this.#bridges.map(({ url }) => url));
  }

  /** Runs while there is no broker, which comes back with what it had. */
  async withoutBus(work: () => Promise<void>): Promise<void> {
    await this.#kafka.kill();
    try {
      await work();
    } finally {
      await this.#kafka.restart();
    }
  }

  /** Ends the finance system and starts it anew on its ledger. */
  async restartFinance(...options: string[]): Promise<void> {
    await ended(this.#finance);
    [this.#finance] = await program('finance-system.mjs', [
      this.#kafka.broker,
      join(this.#folder, 'ledger'),
      ...options,
    ]);
  }

  /** What the payment service wrote down. */
  async books(): Promise<BookLine[]> {
    return await lines<BookLine>(join(this.#folder, 'epay21/books.jsonl'));
  }

  async ledger(): Promise<LedgerLine[]> {
    return await lines<LedgerLine>(join(this.#folder, 'ledger/finance.jsonl'));
  }

  /** All that lies on the topic of settled payments. */
  async bus(): Promise<BusRecord[]> {
    const text = await this.#witness('read', paymentSettled.topic);
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as BusRecord]));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#intake, this.#exporter, ...this.#bridges].map((each) => each?.stop()));
    await Promise.all([ended(this.#epay), ended(this.#finance), this.#dms?.stop()]);
    await this.#pool?.close();
    await this.#database?.drop();
    await this.#kafka?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const folder = this.#folder;
    for (const name of ['failpoints/armed', 'failpoints/hit', 'epay21', 'ledger']) {
      await mkdir(join(folder, name), { recursive: true });
    }
    const [kafka, database, [epay, urls]] = await Promise.all([
      startKafka(),
      testDatabase(),
      program('epay21-process.mjs', [join(folder, 'epay21'), USER, PASSWORD]),
    ]);
    this.#kafka = kafka;
    this.#database = database;
    this.#epay = epay;
    this.#epayUrls = urls as EpayUrls;
    const { topic, partitions, retentionDays } = paymentSettled;
    await this.#witness('prepare', topic, String(partitions), String(retentionDays * 86_400_000));
    await this.#writeDirectory();
    const schemas = await loadCatalogue(here('../../../schemas/'));
    this.#pool = createXmlPool({ workers: 1, schemas });
    const root = join(folder, 'data/dms/musterstadt');
    const places = { inbox: join(root, 'inbox'), outbox: join(root, 'replies'), taken: join(root, 'taken') };
    this.#dms = new FakeDms({ ...places, pool: this.#pool, parameterName: 'Kennzeichen' });
    await this.#dms.start();
    this.#intake = this.#process('civento-intake');
    await this.#intake.url;
    this.#exporter = this.#process('dms-export');
    this.#startBridge(0);
    this.#startBridge(1);
    await Promise.all([this.#exporter, ...this.#bridges].map(({ url }) => url));
    [this.#finance] = await program('finance-system.mjs', [this.#kafka.broker, join(folder, 'ledger')]);
  }

  /** Whenever it ends, it is started again, as an orchestrator does. */
  #startBridge(index: number): void {
    const bridge = this.#process('epay21-bridge', { HUB_FAILPOINT_DIR: join(this.#folder, 'failpoints') });
    this.#bridges[index] = bridge;
    void bridge.ended.then((how) => {
      if (this.#isStopping) return;
      this.ends.push(how === 'SIGKILL' ? 'SIGKILL' : `${how}:\n${bridge.said.join('\n')}`);
      this.#startBridge(index);
    });
  }

  #process(service: string, more: Readonly<Record<string, string>> = {}): ServiceProcess {
    return new ServiceProcess(service, {
      HUB_DATABASE_URL: this.#database.url,
      HUB_DATA_DIR: join(this.#folder, 'data'),
      HUB_DIRECTORY: join(this.#folder, 'directory'),
      HUB_KAFKA_BROKERS: this.#kafka.broker,
      HUB_KAFKA_SESSION_SECONDS: '6',
      TEST_EPAY_PASSWORD: PASSWORD,
      ...(service === 'dms-export' ? { HUB_DMS_REPLY_POLL_MS: '100' } : {}),
      ...(service === 'epay21-bridge' ? { HUB_EPAY_CALLS_PER_SECOND: '50', HUB_EPAY_PLACE_SECONDS: '1' } : {}),
      ...more,
    });
  }

  async #writeDirectory(): Promise<void> {
    const directory = join(this.#folder, 'directory');
    await cp(here('../../../deploy/directory'), directory, { recursive: true });
    const { origin, restUrl, soapUrl } = this.#epayUrls!;
    const authentication = `authentication: { by: basic, user: ${USER}, password: 'env:TEST_EPAY_PASSWORD' }`;
    const soap = `      url: ${soapUrl}
      mandant: '06999001'
      mandantDesc: Stadt Musterstadt
      app: ozg.hub
      payPage: '${origin}/pay/{payId}'`;
    const rest = `      baseUrl: ${restUrl}
      originatorId: ozg-hub
      endpointId: '06999002'`;
    const columns = 'columns: [{ field: paymentId }, { field: eventId }, { field: gross }]';
    const files = `{ id: tag, profile: csv, into: { by: directory, folder: '${this.drop}', createDirectories: true }, ${columns} }`;
    const faces = [
      ['musterstadt', 'epay21', soap, files],
      ['beispielhausen', 'xbezahldienste', rest, ''],
    ] as const;
    for (const [tenant, kind, settings, profiles] of faces) {
      const targets = `  - id: epay
    kind: ${kind}
    settings:
${settings}
      ${authentication}
      timeoutSeconds: 5
  - id: kasse
    kind: finance
    settings: { files: [${profiles}] }
`;
      const file = join(directory, 'tenants', `${tenant}.yaml`);
      const written = (await readFile(file, 'utf8')).replace(
        /^ {2}- id: (?:epay|kasse)[\s\S]*?(?=^ {2}- id|^\S)/gm,
        '',
      );
      const defaults = 'defaultTargets: { dms: eakte, payment: epay, finance: kasse }';
      await writeFile(
        file,
        written.replace('targets:\n', `targets:\n${targets}`).replace(/^defaultTargets: .*/m, defaults),
      );
    }
  }

  async #witness(command: string, ...values: string[]): Promise<string> {
    const child = spawn(process.execPath, [here('bus-witness.mjs'), command, this.#kafka.broker, ...values], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the witness ended with ${code}`);
    return said;
  }
}

/** A program of this folder, and what it says once it is ready. */
async function program(name: string, values: readonly string[]): Promise<[ChildProcess, unknown]> {
  const child = spawn(process.execPath, [here(name), ...values], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const first = Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
  ]);
  const [said] = (await first) as [unknown];
  return [child, said];
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Of a journal that may be written to right now. */
async function lines<Line>(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
}
