import type { Logger } from '@ozg-hub/core';
import { pruneDeliveries } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import { CaseRepository } from './cases/case.repository.ts';
import { NoticeRepository } from './cases/notice.repository.ts';
import { settledExchanges } from './exchange.repository.ts';
import type { DmsConnections } from './transport/dms-connections.ts';
import type { DmsFiles } from './transport/dms-files.port.ts';
import { DONE } from './transport/reply-folder.ts';
import { packagesIn, parseStagedName, stagingFolder } from './transport/staging.ts';
import { folderIdentity } from './transport/transport-settings.ts';
import { xdomeaTargets } from './xdomea/xdomea-targets.ts';

export interface HousekeepingOptions {
  readonly store: Store;
  readonly directory: Pick<Directory, 'current'>;
  readonly connections: Pick<DmsConnections, 'files'>;
  readonly logger: Logger;
  /** Days for which terminal deliveries are kept, cases and notices that have none left, and replies that were taken. */
  readonly keepDays: number;
}

/** A folder of the hub at a DMS. */
interface Place {
  readonly tenant: string;
  readonly target: string;
  readonly files: DmsFiles;
  readonly folder: string;
}

const DAY_MS = 86_400_000;

/** Removes what nobody needs any more. */
export class Housekeeping {
  constructor(private readonly options: HousekeepingOptions) {}

  async tidy(): Promise<void> {
    const { store, logger, keepDays } = this.options;
    const packages = sum(await Promise.all(this.#stagings().map((place) => this.#removeAbandoned(place))));
    const replies = sum(await Promise.all(this.#repliesDone().map((place) => this.#removeOld(place))));
    const deliveries = await pruneDeliveries(store, keepDays);
    const cases = await new CaseRepository().prune(store, keepDays);
    const notices = await new NoticeRepository().prune(store, keepDays);
    const tidied = { packages, replies, deliveries, cases, notices };
    if (sum(Object.values(tidied)) > 0) logger.info(tidied, 'tidied up');
  }

  #stagings(): readonly Place[] {
    const { directory, connections } = this.options;
    const found = new Map<string, Place>();
    for (const { tenant, target, settings } of xdomeaTargets(directory.current())) {
      const { handOver: place } = settings;
      if (place.by === 'http') continue;
      const files = connections.files({ tenant, target, under: 'handOver', place });
      const folder = stagingFolder(place.inbox, place.staging);
      found.set(place.by === 'directory' ? folder : `${tenant}/${target}`, { tenant, target, files, folder });
    }
    return [...found.values()];
  }

  /** Where replies lie that were taken. Municipalities of one data centre may share a folder. */
  #repliesDone(): readonly Place[] {
    const { directory, connections } = this.options;
    const found = new Map<string, Place>();
    for (const { tenant, target, settings } of xdomeaTargets(directory.current())) {
      const { replies: place } = settings;
      if (!place || place.by === 'http') continue;
      const files = connections.files({ tenant, target, under: 'replies', place });
      found.set(folderIdentity(place), { tenant, target, files, folder: `${place.folder}/${DONE}` });
    }
    return [...found.values()];
  }

  /** What is older than deliveries are kept. What lies in `error/` is for a person. */
  async #removeOld({ tenant, target, files, folder }: Place): Promise<number> {
    const { logger, keepDays } = this.options;
    const since = Date.now() - keepDays * DAY_MS;
    try {
      const entries = (await files.list(folder)) ?? [];
      const old = entries.filter(({ kind, writtenAt }) => kind === 'file' && writtenAt && writtenAt.getTime() < since);
      for (const { name } of old) await files.remove(`${folder}/${name}`);
      return old.length;
    } catch (error) {
      logger.warn({ tenant, target, error: error as Error }, 'replies that were taken could not be tidied');
      return 0;
    }
  }

  /** Packages of deliveries that were cancelled or settled otherwise before the hand-over: they hold citizens' data. */
  async #removeAbandoned({ tenant, target, files, folder }: Place): Promise<number> {
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

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
