import type { Directory } from '@ozg-hub/directory';
import { dmsErrors } from '../errors.ts';
import type { DmsFiles } from './dms-files.port.ts';
import { LocalFiles } from './local-files.adapter.ts';
import { SftpFiles } from './sftp-files.adapter.ts';
import type { FilePlace, HttpHandOver } from './transport-settings.ts';
import { WebChannel } from './web-channel.ts';
import { WebDavFiles } from './web-dav-files.adapter.ts';

/** A place as the settings of a target have it. */
export interface PlaceOf<Place> {
  readonly tenant: string;
  readonly target: string;
  /** Which of the settings it is: there its secrets are looked up. */
  readonly under: 'handOver' | 'replies';
  readonly place: Place;
}

/** Gives a place with its secrets looked up; asked for each new connection. */
export type Reveal<Place> = () => Promise<Place>;

interface Closable {
  close(): void;
}

interface Kept {
  readonly settings: string;
  readonly connection: Closable;
}

/** What the hub keeps open to DMS: one connection for each place, which closes itself when nobody uses it. */
export class DmsConnections {
  readonly #kept = new Map<string, Kept>();
  readonly #replaced = new Set<Closable>();
  readonly #local = new LocalFiles();

  constructor(private readonly directory: Pick<Directory, 'connection'>) {}

  /** The files at a place; not connected yet. */
  files(of: PlaceOf<FilePlace>): DmsFiles {
    const { place } = of;
    switch (place.by) {
      case 'directory':
        return this.#local;
      case 'sftp':
        return this.#keep({ ...of, place }, (reveal) => new SftpFiles(reveal));
      case 'webdav':
        return this.#keep({ ...of, place }, (reveal) => new WebDavFiles(new WebChannel(reveal), place));
      default:
        return place satisfies never;
    }
  }

  /** The web server to which packages are posted. */
  channel(of: PlaceOf<HttpHandOver>): WebChannel {
    return this.#keep(of, (reveal) => new WebChannel(reveal));
  }

  close(): void {
    for (const { connection } of this.#kept.values()) connection.close();
    for (const connection of this.#replaced) connection.close();
    this.#kept.clear();
    this.#replaced.clear();
  }

  /** The connection of a place, made anew where its settings have changed. What still uses the old one ends in peace. */
  #keep<Place extends { readonly by: string }, Connection extends Closable>(
    { tenant, target, under, place }: PlaceOf<Place>,
    make: (reveal: Reveal<Place>) => Connection,
  ): Connection {
    const key = `${tenant}/${target}/${under}`;
    const settings = JSON.stringify(place);
    const known = this.#kept.get(key);
    if (known?.settings === settings) return known.connection as Connection;
    if (known) this.#replaced.add(known.connection);
    const connection = make(async () => {
      const revealed = (await this.directory.connection(tenant, target)).settings[under] as Place | undefined;
      if (revealed?.by === place.by) return revealed;
      throw dmsErrors.HUB_DMS_UNREACHABLE({ detail: 'Meanwhile the target is reached in another way.' });
    });
    this.#kept.set(key, { settings, connection });
    return connection;
  }
}
