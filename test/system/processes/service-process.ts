import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A service's own program, or that of all, which runs those that `HUB_SERVICES` names. */
const programOf = (service: string) =>
  fileURLToPath(new URL(`../../../services/${service}/dist/main.js`, import.meta.url));

/** A process of the hub that runs some of its services. */
export class ServiceProcess {
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  readonly #ready: Promise<string>;

  constructor(service: string, environment: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '', LANG = '' } = process.env;
    this.#child = spawn(process.execPath, [programOf(service)], {
      env: { PATH, HOME, LANG, HUB_HTTP_PORT: '0', HUB_XML_WORKERS: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => this.#child.once('exit', (code, signal) => resolve(signal ?? code ?? 0)));
    const lines = createInterface({ input: this.#child.stdout! });
    this.#child.stderr!.on('data', (text: Buffer) => this.#keep(text.toString()));
    this.#ready = new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        this.#keep(line);
        const url = /"url":"([^"]+)".*"msg":"ready"/.exec(line)?.[1];
        if (url) resolve(url);
      });
      void this.ended.then((how) => reject(new Error(`it ended with ${how}:\n${this.#said.join('\n')}`)));
    });
    this.#ready.catch(() => undefined);
  }

  /** Address of the process once it takes requests. */
  get url(): Promise<string> {
    return this.#ready;
  }

  /** Its last lines, for the message of a failing test. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** Asks it to stop; resolves when it has ended. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM');
    return await this.ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #keep(line: string): void {
    this.#said.push(line);
    if (this.#said.length > 50) this.#said.shift();
  }
}
