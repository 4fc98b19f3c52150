import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type RunningHost, processEnvironment, startServices } from '@ozg-hub/runtime';
import { explain } from '@ozg-hub/runtime/settings';
import { freePort } from '@ozg-hub/testing/servers';
import { services } from '../services.ts';
import { version } from '../version.ts';
import { demoApplications } from './applications.ts';
import { DmsProcesses, demoDms, demoRepositories } from './dms-processes.ts';
import { FakeProcesses } from './fake-processes.ts';
import { Fees } from './fees.ts';
import { type LoginProviders, startLoginProviders } from './login-providers.ts';
import { OnlineService } from './online-service.ts';
import { type Play, play, signIn } from './play.ts';
import { describeFees, describeNext, describeResult, fromHere } from './report.ts';
import { Sender } from './sender.ts';

export interface DemoOptions {
  /** One JSON document as the last line of standard output; everything else goes to standard error. */
  readonly json: boolean;
  /** Leaves the hub running until Ctrl-C. */
  readonly keep: boolean;
}

/** Most time between the first request and the last result. */
const DEADLINE_MS = 40_000;

class Interruption extends Error {}

interface Parts {
  readonly host: RunningHost;
  readonly dms: DmsProcesses;
  readonly fees: Fees;
  readonly providers: LoginProviders;
}

/**
 * A hub on a fresh data directory below `.ozg-hub`, fake DMS beside it, and applications that travel through both.
 * @returns exit code: 0 only if every application ended as it should, 130 where it was interrupted before
 */
export async function runDemo({ json, keep }: DemoOptions): Promise<number> {
  const stop = new AbortController();
  // Every request of the demo listens to it.
  setMaxListeners(0, stop.signal);
  const interrupt = () => stop.abort(new Interruption());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  const demo = new Demo((text) => void (json ? process.stderr : process.stdout).write(`${text}\n`), stop);
  const print = ({ report }: Play) => json && process.stdout.write(`${JSON.stringify(report)}\n`);
  let ended: Play | undefined;
  let code: number;
  try {
    ended = await demo.run(keep);
    if (keep) {
      print(ended);
      await demo.interrupted();
    }
    code = ended.problems.length === 0 ? 0 : 1;
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    demo.say(reason instanceof Interruption ? 'Interrupted.' : explain(reason));
    code = reason instanceof Interruption ? 130 : 1;
  }
  const closed = await demo.close();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  if (ended && !keep) print(ended);
  return closed ? code : 1;
}

class Demo {
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(
    readonly say: (text: string) => void,
    private readonly stop: AbortController,
  ) {}

  async run(keep: boolean): Promise<Play> {
    const { signal } = this.stop;
    const dataDir = await freshDataDir();
    this.say(`Starting a hub in ${fromHere(dataDir)} …`);
    const { host, dms, fees, providers } = await this.#start(dataDir);
    signal.throwIfAborted();
    this.say(
      `The hub listens at ${host.url}; ${demoDms.length} DMS wait for packages, ${demoRepositories.length} for CMIS;\n` +
        'a fake BundID and a fake Mein Unternehmenskonto (MUK) let people sign in.\n',
    );
    const { clientSecret: secret } = providers;
    const client = { id: 'formulare', secret, redirectUri: 'https://formulare.example.org/zurueck' };
    const logins = await signIn(new OnlineService({ url: host.url, client }), demoApplications, this.say);
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const tenants = [...new Set(demoApplications.map(({ arrives }) => arrives.tenant))];
    const sender = await Sender.withNewKey(host.url, host.operatorToken, tenants, signal);
    const { operatorToken } = host;
    const options = {
      sender,
      logins,
      dms,
      fees,
      operatorToken,
      dataDir,
      applications: demoApplications,
      signal,
      deadline,
    };
    const ended = await play({ ...options, say: this.say });
    this.#conclude(ended, host, keep);
    return ended;
  }

  /** Until Ctrl-C. @throws what keeps the hub from going on */
  async interrupted(): Promise<void> {
    const { signal } = this.stop;
    this.say('\nThe hub runs until you press Ctrl-C.');
    // A pending promise keeps no process alive; the hub's port does.
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    if (!(signal.reason instanceof Interruption)) throw signal.reason;
  }

  /** @returns whether all that was started could be stopped */
  async close(): Promise<boolean> {
    let all = true;
    for (const close of this.#closing.toReversed()) {
      try {
        await close();
      } catch (error) {
        this.say(explain(error));
        all = false;
      }
    }
    return all;
  }

  /** Both at once, and both known for closing even where the other one fails. */
  async #start(dataDir: string): Promise<Parts> {
    const processes = new FakeProcesses();
    this.#closing.push(() => processes.stop());
    const dms = new DmsProcesses(dataDir, processes);
    const port = String(await freePort());
    // The hub has to know where they listen.
    const fees = await Fees.start(dataDir);
    this.#closing.push(() => fees.stop());
    const [repositories, providers] = await Promise.all([
      dms.startRepositories(demoRepositories),
      startLoginProviders(dataDir, `http://127.0.0.1:${port}`, processes),
    ]);
    const settings = { ...repositories, ...fees.references, ...providers.settings };
    const [host, ready] = await Promise.allSettled([this.#startHub(dataDir, port, settings), dms.start(demoDms)]);
    if (host.status === 'rejected') throw host.reason;
    this.#closing.push(() => host.value.stop());
    if (ready.status === 'rejected') throw ready.reason;
    return { host: host.value, dms, fees, providers };
  }

  /** With defaults and settings of its own: none of the environment's, which may be those of a real hub. */
  async #startHub(dataDir: string, port: string, settings: Readonly<Record<string, string>>): Promise<RunningHost> {
    const others = Object.entries(processEnvironment()).filter(([name]) => !name.startsWith('HUB_'));
    const environment = {
      ...Object.fromEntries(others),
      ...settings,
      HUB_DATA_DIR: dataDir,
      HUB_HTTP_PORT: port,
      HUB_EPAY_PUBLIC_URL: `http://127.0.0.1:${port}`,
      HUB_LOG_FILE: join(dataDir, 'hub.log'),
      // Often enough that the state between receipt and result is seen.
      HUB_DMS_REPLY_POLL_MS: '100',
    };
    const onFatal = (error: Error) => this.stop.abort(error);
    return await startServices(services, { environment, version, onFatal, say: this.say });
  }

  #conclude(ended: Play, host: RunningHost, keep: boolean): void {
    const titles = new Map(demoApplications.map(({ title, spec }) => [spec.vorgang, title]));
    this.say(`\n${describeResult(ended.report, titles)}\n\n${describeFees(ended.report)}\n`);
    this.say(describeNext(ended.report, { url: host.url, runs: keep }));
    this.say(
      ended.problems.length === 0
        ? '\nEvery application ended as it should.'
        : `\nNot as it should be:\n${ended.problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
}

/** One per run, so that runs at the same time do not meet. */
async function freshDataDir(): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[-:.Z]/g, '');
  const folder = resolve('.ozg-hub', `demo-${time.replace('T', '-')}`);
  await mkdir(resolve('.ozg-hub'), { recursive: true });
  await mkdir(folder);
  return folder;
}
