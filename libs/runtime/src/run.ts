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

/**
 * Runs the services until SIGINT or SIGTERM, then stops gracefully.
 * @returns exit code: 0 after a graceful stop, 1 where the start failed or the hub could not go on
 */
export async function run(
  services: readonly ServiceDefinition[],
  { environment, process: host, version, allServices = false, say, onReady }: RunOptions,
): Promise<number> {
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) host.once(signal, () => end(0));
  let running: RunningHost;
  try {
    running = await startServices(services, {
      environment,
      version,
      allServices,
      ...(say ? { say } : {}),
      onFatal: (error) => {
        host.stderr.write(`ozg-hub cannot go on: ${error.message}\n`);
        end(1);
      },
    });
  } catch (error) {
    host.stderr.write(`${explain(error)}\n`);
    return 1;
  }
  onReady?.(running);
  const code = await ended;
  say?.('Stopping …');
  try {
    await running.stop();
    return code;
  } catch (error) {
    host.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}
