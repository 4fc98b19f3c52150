import { SortedFailures } from './delivery-failures.ts';
import type { DmsConnections } from './dms-connections.ts';
import { HttpPostTransport } from './http-post.adapter.ts';
import type { PackageTransport } from './package-transport.port.ts';
import { StagedTransport } from './staged-transport.adapter.ts';
import type { HandOver } from './transport-settings.ts';

/** A target and how packages reach it. */
export interface HandOverOf {
  readonly tenant: string;
  readonly target: string;
  readonly handOver: HandOver;
}

/** The way of packages that the settings of a target name. */
export function transportFor(connections: DmsConnections, { tenant, target, handOver }: HandOverOf): PackageTransport {
  const of = { tenant, target, under: 'handOver' } as const;
  return new SortedFailures(
    handOver.by === 'http'
      ? new HttpPostTransport(connections.channel({ ...of, place: handOver }), handOver)
      : new StagedTransport(connections.files({ ...of, place: handOver }), handOver),
  );
}
