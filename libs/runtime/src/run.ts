import { constants } from 'node:os';
import { explain } from './explain.ts';
import { type RunningHost, startServices } from './host.ts';
import type { ServiceDefinition } from './service-definition.ts';

export interface RunOptions {
  /** Of the hub, as health and OpenAPI say it. */
  readonly version: string;
  /** True where `services` are all of the hub: a target of another kind is a mistake in the directory then. */
  readonly allServices?: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** Whose signals stop the hub. */
  readonly process: NodeJS.Process;
  /** Lines for a person; default none. */
  readonly say?: (line: string) => void;
  /** Called once when the hub takes work. */
  readonly onReady?: (host: RunningHost) => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs the services until SIGINT or SIGTERM, then stops gracefully. A second signal ends the process at once, with 128 and
 * the signal's number as its exit code; so does, with 1, a part that did not stop in time. SIGHUP reads the directory again.
 * @returns exit code: 0 after a graceful stop, 1 where the start failed or the hub could not go on
 */
export async function run(
  services: readonly ServiceDefinition[],
  { environment, process: host, version, allServices = false, say, onReady }: RunOptions,
): Promise<number> {
  const ending = new AbortController();
  const ended = new Promise<number>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve(ending.signal.reason as number), { once: true });
  });
  const end = (code: number) => ending.abort(code);
  let signals = 0;
  const told = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) host.exit(128 + constants.signals[signal]);
    end(0);
  };
  for (const signal of SIGNALS) host.on(signal, told);
  let running: RunningHost | undefined;
  // What goes wrong stands in log, health and doctor.
  const reload = () => void running?.reloadDirectory().catch(() => undefined);
  host.on('SIGHUP', reload);
  const cannotGoOn = (error: Error) => {
    host.stderr.write(`ozg-hub cannot go on: ${error.message}\n`);
    end(1);
  };
  try {
    running = await startServices(services, {
      environment,
      version,
      allServices,
      ...(say ? { say } : {}),
      onFatal: cannotGoOn,
      ending: ending.signal,
    });
    if (!ending.signal.aborted) onReady?.(running);
    const code = await ended;
    say?.('Stopping … (once more ends it at once)');
    await running.stop();
    if (running.abandoned.length > 0) {
      host.stderr.write(`Not stopped in time, and abandoned: ${running.abandoned.join(', ')}.\n`);
      host.exit(1);
    }
    return code;
  } catch (error) {
    host.stderr.write(`${explain(error)}\n`);
    return 1;
  } finally {
    for (const signal of SIGNALS) host.off(signal, told);
    host.off('SIGHUP', reload);
  }
}
