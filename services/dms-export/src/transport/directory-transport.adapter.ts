import { mkdir } from 'node:fs/promises';
import { type HubError, isHubError } from '@ozg-hub/core';
import type { DeliveryWork } from '@ozg-hub/delivery';
import type { PackageTransport, Parcel, TransportVerdict, Written } from './package-transport.port.ts';
import { Staging, type StagingPlace, type Whereabouts, stagedName, unavailable } from './staging.ts';
import type { HandOver } from './transport-settings.ts';

/** Result of the step `package`. */
type Staged = StagingPlace & Written & { readonly name: string; readonly finalName: string };

/** Parcels by a shared directory: written and synced in a staging folder, handed over by one rename. */
export class DirectoryTransport implements PackageTransport {
  constructor(private readonly settings: HandOver) {}

  async handOver(work: DeliveryWork, compose: () => Promise<Parcel>): Promise<void> {
    const staged = await work.step('package', async () => this.#stage(work, await compose()));
    await work.step('hand-over', async () => {
      await this.#makeInbox();
      await Staging.at(staged).handOver(staged.name, this.settings.inbox, staged.finalName);
      work.failpoints.hit('dms-export.handed-over');
      return { package: staged.finalName };
    });
  }

  /** The package still lies in the staging folder: not handed over. It is gone: handed over. No folder: a person decides. */
  async probe(work: DeliveryWork): Promise<TransportVerdict> {
    const staged = work.stored<Staged>('package');
    if (!staged) return 'not-effective';
    if (work.stored('hand-over') !== undefined) return 'effective';
    const whereabouts = await this.#whereabouts(staged);
    if (typeof whereabouts !== 'string') return { unknown: whereabouts.code };
    return whereabouts === 'gone' ? 'effective' : 'not-effective';
  }

  async #stage(work: DeliveryWork, parcel: Parcel): Promise<Staged> {
    await this.#makeInbox();
    const staging = await Staging.open(this.settings.inbox, this.settings.staging);
    const place = { exchangeId: work.exchange.id, fence: work.delivery.fence };
    const name = stagedName(place);
    const written = await staging.write(name, (to) => parcel.write(to, work.signal));
    await staging.removeBefore(place);
    return { ...staging.place, name, finalName: parcel.name, ...written };
  }

  async #whereabouts(staged: Staged): Promise<Whereabouts | HubError> {
    try {
      return await Staging.at(staged).whereabouts(staged.name);
    } catch (error) {
      if (isHubError(error, 'HUB_DMS_STAGING_FOREIGN')) return error;
      throw error;
    }
  }

  async #makeInbox(): Promise<void> {
    const { inbox, createDirectories } = this.settings;
    if (!createDirectories) return;
    try {
      await mkdir(inbox, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw unavailable(error);
    }
  }
}
