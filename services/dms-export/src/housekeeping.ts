import type { Logger } from '@ozg-hub/core';
import { pruneDeliveries } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import { CaseRepository } from './cases/case.repository.ts';
import { NoticeRepository } from './cases/notice.repository.ts';
import { settledExchanges } from './exchange.repository.ts';
import type { DmsConnections } from './transport/dms-connections.ts';
import type { DmsFiles } from './transport/dms-files.port.ts';
import { packagesIn, parseStagedName, stagingFolder } from './transport/staging.ts';
import { xdomeaTargets } from './xdomea/xdomea-targets.ts';

export interface HousekeepingOptions {
  readonly store: Store;
  readonly directory: Pick<Directory, 'current'>;
  readonly connections: Pick<DmsConnections, 'files'>;
  readonly logger: Logger;
  /** Days for which terminal deliveries are kept, and cases and notices that have none left. */
  readonly keepDays: number;
}

interface StagingOf {
  readonly tenant: string;
  readonly target: string;
  readonly files: DmsFiles;
  readonly folder: string;
}

/** Removes what nobody needs any more. */
export class Housekeeping {
  constructor(private readonly options: HousekeepingOptions) {}

  async tidy(): Promise<void> {
    const { store, logger, keepDays } = this.options;
    const removed = await Promise.all(this.#stagings().map((staging) => this.#removeAbandoned(staging)));
    const packages = removed.reduce((sum, count) => sum + count, 0);
    const deliveries = await pruneDeliveries(store, keepDays);
    const cases = await new CaseRepository().prune(store, keepDays);
    const notices = await new NoticeRepository().prune(store, keepDays);
    if (packages + deliveries + cases + notices > 0) logger.info({ packages, deliveries, cases, notices }, 'tidied up');
  }

  #stagings(): readonly StagingOf[] {
    const { directory, connections } = this.options;
    const found = new Map<string, StagingOf>();
    for (const { tenant, target, settings } of xdomeaTargets(directory.current())) {
      const { handOver: place } = settings;
      if (place.by === 'http') continue;
      const files = connections.files({ tenant, target, under: 'handOver', place });
      const folder = stagingFolder(place.inbox, place.staging);
      found.set(place.by === 'directory' ? folder : `${tenant}/${target}`, { tenant, target, files, folder });
    }
    return [...found.values()];
  }

  /** Packages of deliveries that were cancelled or settled otherwise before the hand-over: they hold citizens' data. */
  async #removeAbandoned({ tenant, target, files, folder }: StagingOf): Promise<number> {
    const { store, logger } = this.options;
    try {
      const names = await packagesIn(files, folder);
      const exchangeOf = (name: string) => parseStagedName(name)!.exchangeId;
      const settled = await settledExchanges(store, names.map(exchangeOf));
      const abandoned = names.filter((name) => settled.has(exchangeOf(name)));
      for (const name of abandoned) await files.remove(`${folder}/${name}`);
      return abandoned.length;
    } catch (error) {
      logger.warn({ tenant, target, error: error as Error }, 'a staging folder could not be tidied');
      return 0;
    }
  }
}
