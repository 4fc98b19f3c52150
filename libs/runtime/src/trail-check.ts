import { verifyTrail } from '@ozg-hub/delivery';
import { checkpointFile } from './data-files.ts';
import type { HubParts } from './hub-parts.ts';

export interface TrailReport {
  readonly ok: boolean;
  readonly services: readonly {
    readonly service: string;
    readonly ok: boolean;
    readonly rows: number;
    readonly problems: readonly string[];
  }[];
}

/** Verifies the trail of every service of this process. */
export class TrailCheck {
  constructor(private readonly parts: HubParts) {}

  async verify(): Promise<TrailReport> {
    const { platform, services, signer } = this.parts;
    const reports = [];
    for (const { name, store } of services) {
      const report = await verifyTrail({
        store,
        service: name,
        signer,
        checkpointFile: checkpointFile(platform.config, name),
      });
      reports.push({ service: name, ok: report.ok, rows: report.rows, problems: report.problems });
    }
    return { ok: reports.every(({ ok }) => ok), services: reports };
  }
}
