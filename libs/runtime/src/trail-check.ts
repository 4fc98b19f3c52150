import { type TrailProblem, verifyTrail } from '@ozg-hub/delivery';
import { checkpointFile } from './data-files.ts';
import type { HubParts } from './hub-parts.ts';

export interface TrailVerification {
  readonly ok: boolean;
  readonly services: readonly {
    readonly service: string;
    readonly ok: boolean;
    readonly rows: number;
    readonly problems: readonly TrailProblem[];
  }[];
}

/** Verifies the trail of every service of this process. */
export class TrailCheck {
  constructor(private readonly parts: HubParts) {}

  async verify(): Promise<TrailVerification> {
    const { platform, services, trailKeys } = this.parts;
    const reports = [];
    for (const { name, store } of services) {
      const options = { keys: trailKeys.verifier, checkpointFile: checkpointFile(platform.config, name) };
      const { ok, rows, problems } = await verifyTrail(store, options);
      reports.push({ service: name, ok, rows, problems });
    }
    return { ok: reports.every(({ ok }) => ok), services: reports };
  }
}
