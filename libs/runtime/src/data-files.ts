import { join } from 'node:path';
import type { HostConfig } from './host-config.ts';

/** Signed checkpoints of a service's trail, one JSON document a line. */
export function checkpointFile(config: Pick<HostConfig, 'HUB_DATA_DIR'>, service: string): string {
  return join(config.HUB_DATA_DIR, service, 'trail-checkpoints.jsonl');
}

/** Where a running hub says its address, for the CLI. */
export function runningFile(config: Pick<HostConfig, 'HUB_DATA_DIR'>): string {
  return join(config.HUB_DATA_DIR, 'hub.json');
}

/** Where the operator's API key lies, for the CLI. */
export function tokenFile(config: Pick<HostConfig, 'HUB_DATA_DIR'>): string {
  return join(config.HUB_DATA_DIR, 'operator.token');
}
