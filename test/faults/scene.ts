import type { KafkaServer } from '@ozg-hub/testing/servers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import type { FaultDirectory } from './fault-directory.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { Random } from './random.ts';
import type { RecordsServer } from './records-server.ts';
import type { SeparateHub } from './separate-hub.ts';
import type { SmallDisk } from './small-disk.ts';

/** What a fault can do something to. */
export interface Scene {
  readonly hub: SeparateHub;
  readonly clients: Clients;
  readonly random: Random;
  /** Ways that the hub takes. */
  readonly ways: { readonly database: FaultProxy; readonly kafka: FaultProxy; readonly target: FaultProxy };
  readonly postgres: PostgresServer;
  readonly broker: KafkaServer;
  /** Another way to the same DMS, which the directory does not name at first. */
  readonly otherTarget: FaultProxy;
  readonly directory: FaultDirectory;
  /** The door of the DMS that is reached over HTTP. */
  readonly records: RecordsServer;
  /** Of their own, where this account may have them; undefined: full disks cannot be tried. */
  readonly disks: { readonly vault: SmallDisk; readonly database: SmallDisk } | undefined;
  readonly signal: AbortSignal;
  readonly leaseMs: number;
  /** How long what lasts lasts, in milliseconds. */
  readonly holdMs: number;
  /** How long a server is away that is down for a while. */
  readonly downMs: number;
  /** Time of the run's rounds; 0 in the short form. */
  readonly longMs: number;
  /** Deliveries that are parked and replayed at once, at most. */
  readonly many: number;
  /** One line for the person who watches. */
  readonly say: (line: string) => void;
}

/**
 * What a fault disturbs. Faults of different places strike together, those of one place one after the other; `all` strikes
 * alone.
 */
export const places = ['database', 'kafka', 'target', 'process', 'all'] as const;
export type Place = (typeof places)[number];

/** Something that goes wrong, and is mended again. */
export interface Fault {
  /** As the report counts it. */
  readonly kind: string;
  readonly place: Place;
  /** Costs too much for the short form. */
  readonly onlyLong?: true;
  /** Takes a great part of the run's time, so it has one turn. */
  readonly once?: true;
  /** Fills a disk of its own, which not every account may have. */
  readonly fillsDisk?: true;
  /**
   * Lets it happen under load and mends it; what an operator does afterwards is no part of it.
   * @returns how often it struck, by a record, or a count at a proxy or a server; 0 is a failure of the run
   */
  strike(scene: Scene): Promise<number>;
}

const PATIENCE_MS = 40_000;

/** Waits as long as the scene holds, and then until it struck, at most for a while. */
export async function hold({ holdMs, downMs, signal }: Scene, hits: () => number): Promise<number> {
  await pause(holdMs, undefined, { signal });
  // Another fault of the same round may keep everything away for so long.
  for (const until = Date.now() + downMs + PATIENCE_MS; hits() === 0 && Date.now() < until;) {
    await pause(50, undefined, { signal });
  }
  return hits();
}
