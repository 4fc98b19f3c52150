import { type HubError, isHubError } from '@ozg-hub/core';
import type { DeliveryWork } from '@ozg-hub/delivery';
import type { DmsFiles } from './dms-files.port.ts';
import type { PackageTransport, Parcel, TransportVerdict, Written } from './package-transport.port.ts';
import { Staging, type StagingPlace, type Whereabouts, stagedMarkerName, stagedName } from './staging.ts';
import type { StagedHandOver } from './transport-settings.ts';

/** Result of the step `package`. */
type Staged = StagingPlace &
  Written & {
    readonly name: string;
    readonly finalName: string;
    readonly marker?: { name: string; finalName: string };
  };

/**
 * Parcels by folders: written in a staging folder, handed over by one rename. Where the DMS waits for a marker file,
 * that is staged too, and its rename is what counts.
 */
export class StagedTransport implements PackageTransport {
  constructor(
    private readonly files: DmsFiles,
    private readonly settings: Pick<StagedHandOver, 'inbox' | 'staging' | 'createDirectories' | 'marker'>,
  ) {}

  async handOver(work: DeliveryWork, compose: () => Promise<Parcel>): Promise<void> {
    const staged = await work.step('package', async () => this.#stage(work, await compose()));
    const { inbox } = this.settings;
    const staging = Staging.at(this.files, staged);
    await work.step('hand-over', async () => {
      await this.#makeInbox();
      await staging.handOver(staged.name, inbox, staged.finalName);
      work.failpoints.hit('dms-export.handed-over');
      return { package: staged.finalName };
    });
    const { marker } = staged;
    if (!marker) return;
    await work.step('marker', async () => {
      await staging.handOver(marker.name, inbox, marker.finalName);
      return { marker: marker.finalName };
    });
  }

  /** The package still lies in the staging folder: not handed over. It is gone: handed over. No folder: a person decides. */
  async probe(work: DeliveryWork): Promise<TransportVerdict> {
    const staged = work.stored<Staged>('package');
    if (!staged) return 'not-effective';
    const { name, marker } = staged;
    if (work.stored(marker ? 'marker' : 'hand-over') !== undefined) return 'effective';
    const whereabouts = await this.#whereabouts(staged, marker?.name ?? name);
    if (typeof whereabouts !== 'string') return { unknown: whereabouts.code };
    return whereabouts === 'gone' ? 'effective' : 'not-effective';
  }

  async #stage(work: DeliveryWork, parcel: Parcel): Promise<Staged> {
    await this.#makeInbox();
    const staging = await Staging.open(this.files, this.settings);
    const place = { exchangeId: work.exchange.id, fence: work.delivery.fence };
    const key = {
      ...place,
      get contentKey() {
        return parcel.contentKey;
      },
    };
    const written = await staging.write(key, (to) => parcel.write(to, work.signal));
    const marker = await this.#stageMarker(staging, place, parcel);
    await staging.removeBefore(place);
    return { ...staging.place, name: stagedName(place), finalName: parcel.name, ...marker, ...written };
  }

  async #stageMarker(
    staging: Staging,
    place: Parameters<typeof stagedMarkerName>[0],
    parcel: Parcel,
  ): Promise<Pick<Staged, 'marker'>> {
    const { marker } = this.settings;
    if (marker === undefined) return {};
    const name = stagedMarkerName(place);
    await staging.writeText(name, '');
    return { marker: { name, finalName: `${parcel.name}${marker}` } };
  }

  async #whereabouts(staged: Staged, name: string): Promise<Whereabouts | HubError> {
    try {
      return await Staging.at(this.files, staged).whereabouts(name);
    } catch (error) {
      if (isHubError(error, 'HUB_DMS_STAGING_FOREIGN')) return error;
      throw error;
    }
  }

  async #makeInbox(): Promise<void> {
    const { inbox, createDirectories } = this.settings;
    if (createDirectories) await this.files.makeFolder(inbox);
  }
}
