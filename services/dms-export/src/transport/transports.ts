import type { DmsConnections } from './dms-connections.ts';
import type { PackageTransport } from './package-transport.port.ts';
import { StagedTransport } from './staged-transport.adapter.ts';
import type { HandOver, StagedHandOver } from './transport-settings.ts';

/** A target and how packages reach it. */
export interface HandOverOf<Place extends HandOver = HandOver> {
  readonly tenant: string;
  readonly target: string;
  readonly handOver: Place;
}

/** The way of packages that the settings of a target name. */
export function transportFor(connections: DmsConnections, { tenant, target, handOver }: HandOverOf): PackageTransport {
  return new StagedTransport(
    connections.files({ tenant, target, under: 'handOver', place: handOver as StagedHandOver }),
    handOver as StagedHandOver,
  );
}
