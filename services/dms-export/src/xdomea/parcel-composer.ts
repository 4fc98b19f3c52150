import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DeliveryWork } from '@ozg-hub/delivery';
import type { Vault } from '@ozg-hub/vault';
import {
  type WriteNote,
  assertProcessRules,
  inventoryOf,
  messageFileName,
  packageName,
  writeMessage,
  writePackage,
  xdomeaVersion,
} from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';
import type { Parcel } from '../transport/package-transport.port.ts';
import type { RecordFile } from './dokument.mapper.ts';
import { RecordBuilder, type RecordBuilderOptions } from './record-builder.ts';
import type { XdomeaSettings } from './xdomea-settings.ts';

export interface ParcelComposerOptions extends RecordBuilderOptions {
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly xml: Pick<XmlPool, 'run'>;
}

/** A parcel, and where its message says less or otherwise than what was filed. */
export interface Composed {
  readonly parcel: Parcel;
  readonly notes: readonly WriteNote[];
}

/** Makes of a delivery the package that its DMS takes. */
export class ParcelComposer {
  readonly #records: RecordBuilder;

  constructor(private readonly options: ParcelComposerOptions) {
    this.#records = new RecordBuilder(options);
  }

  /**
   * The package, its message validated against schema and process rules.
   * @param createdAt stored with the exchange: the same for every try
   * @throws HUB_XML_*, HUB_XDOMEA_*, and as {@link RecordBuilder}
   */
  async compose(work: DeliveryWork, settings: XdomeaSettings, createdAt: Date): Promise<Composed> {
    const { message, files } = await this.#records.build(work, settings, createdAt);
    const { version, characters } = settings;
    const { name: nachricht, xml, notes } = writeMessage(message, { version, characters });
    assertProcessRules(
      inventoryOf(message, { version }),
      files.map(({ name }) => name),
    );
    await this.options.xml.run({ document: Buffer.from(xml), schema: xdomeaVersion(version).schema });
    const { id } = work.exchange;
    const parcel: Parcel = {
      name: packageName(id, nachricht),
      mediaType: 'application/zip',
      // Asked only where a transfer can go on.
      get contentKey() {
        return contentKeyOf(xml, files, settings);
      },
      write: (to, signal) =>
        writePackage({
          message: { name: messageFileName(id, nachricht), xml },
          files: files.map((file) => this.#open(work, file)),
          to,
          createdAt,
          deflateAll: settings.deflateAll,
          signal,
        }),
    };
    return { parcel, notes };
  }

  #open({ delivery }: DeliveryWork, file: RecordFile) {
    const { name, mediaType } = file;
    if ('text' in file) return { name, mediaType, open: () => Readable.from([Buffer.from(file.text)]) };
    const open = async () => (await this.options.vault.open(file.ref, { tenant: delivery.tenant })).stream();
    return { name, mediaType, size: file.size, open };
  }
}

/** Contents of the vault never change, so their ids stand for them; deflating depends on the library. */
function contentKeyOf(xml: string, files: readonly RecordFile[], { deflateAll }: XdomeaSettings): string {
  const parts = files.map((file) => [file.name, 'text' in file ? file.text : file.ref]);
  const others = JSON.stringify([parts, deflateAll, process.versions.zlib]);
  return createHash('sha256').update(xml).update('\0').update(others).digest('hex').slice(0, 32);
}
