import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './hub.ts';

/** A fake of libs/testing in a process of its own. */
export interface Fake {
  readonly pid: number;
  /** Addresses that it said when it was ready. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export async function startFake(program: 'fake-dms' | 'fake-cmis', options: readonly string[]): Promise<Fake> {
  const entry = join(root, 'libs/testing/dist', `${program}-main.js`);
  const child = spawn(process.execPath, [entry, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', () => reject(new Error(`${program} did not start.`)));
  });
  return {
    pid: child.pid!,
    addresses: said.split(' ').slice(1),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
