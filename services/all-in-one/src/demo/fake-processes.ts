import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const KILL_AFTER_MS = 5_000;

/** Programs of libs/testing, each in a process of its own. */
export class FakeProcesses {
  readonly #children: ChildProcess[] = [];

  /**
   * @param program e.g. `fake-dms-main.js`
   * @param what as a message calls it
   * @returns what it says besides `ready`, by words
   */
  async start(program: string, options: readonly string[], what: string): Promise<readonly string[]> {
    const path = fileURLToPath(new URL(program, import.meta.resolve('@ozg-hub/testing')));
    const child = spawn(process.execPath, [path, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Ctrl-C is for the demo, which ends them in order.
      detached: true,
    });
    this.#children.push(child);
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    return await Promise.race([ready(child, what), failed]);
  }

  /** Of those that were started, in order. */
  get pids(): readonly number[] {
    return this.#children.map(({ pid }) => pid!);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        const force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
        await exited;
        clearTimeout(force);
      }),
    );
  }
}

/** Reads up to the line that begins with `ready`. */
async function ready(child: ChildProcess, what: string): Promise<string[]> {
  const said: string[] = [];
  let isReady = false;
  for await (const line of createInterface({ input: child.stdout! })) {
    const [word = '', ...more] = line.split(' ');
    isReady = word === 'ready';
    said.push(...(isReady ? more : [word, ...more]));
    if (isReady) break;
  }
  if (!isReady) throw new Error(`the fake ${what} did not start`);
  child.stdout!.resume();
  return said;
}
