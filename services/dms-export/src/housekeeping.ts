import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@ozg-hub/core';
import { pruneDeliveries } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import { settledExchanges } from './exchange.repository.ts';
import { packagesIn, parseStagedName, stagingFolder } from './transport/staging.ts';
import { xdomeaTargets } from './xdomea/xdomea-targets.ts';

export interface HousekeepingOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly logger: Logger;
  /** Days for which terminal deliveries are kept. */
  readonly keepDays: number;
}

/** Removes what nobody needs any more. */
export class Housekeeping {
  constructor(private readonly options: HousekeepingOptions) {}

  async tidy(): Promise<void> {
    const { store, directory, logger, keepDays } = this.options;
    const folders = xdomeaTargets(directory.current()).map(({ settings: { handOver } }) =>
      stagingFolder(handOver.inbox, handOver.staging),
    );
    let packages = 0;
    for (const folder of new Set(folders)) packages += await this.#removeAbandoned(folder);
    const deliveries = await pruneDeliveries(store, keepDays);
    if (packages + deliveries > 0) logger.info({ packages, deliveries }, 'tidied up');
  }

  /** Packages of deliveries that were cancelled or settled otherwise before the hand-over: they hold citizens' data. */
  async #removeAbandoned(folder: string): Promise<number> {
    const { store, logger } = this.options;
    try {
      const names = await packagesIn(folder);
      const exchangeOf = (name: string) => parseStagedName(name)!.exchangeId;
      const settled = await settledExchanges(store, names.map(exchangeOf));
      const abandoned = names.filter((name) => settled.has(exchangeOf(name)));
      for (const name of abandoned) await rm(join(folder, name), { force: true });
      return abandoned.length;
    } catch (error) {
      logger.warn({ error: error as Error }, 'a staging folder could not be tidied');
      return 0;
    }
  }
}
