import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DeliveryWork } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Envelope } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import {
  asMessage,
  assertProcessRules,
  messageFileName,
  packageName,
  writeMessage,
  writePackage,
  xdomeaVersion,
} from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';
import type { Parcel } from '../transport/package-transport.port.ts';
import { acceptedApplication, releaseOnlyScanned } from '../accepted-application.ts';
import type { RecordFile } from './dokument.mapper.ts';
import { type FilingRecord, toFilingRecord } from './record.mapper.ts';
import type { XdomeaSettings } from './xdomea-settings.ts';

export interface ParcelComposerOptions {
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly directory: Pick<Directory, 'current' | 'at'>;
  readonly xml: Pick<XmlPool, 'run'>;
}

/** Makes of a delivery the package that its DMS takes. */
export class ParcelComposer {
  constructor(private readonly options: ParcelComposerOptions) {}

  /**
   * The package, its message validated against schema and process rules.
   * @param createdAt stored with the exchange: the same for every try
   * @throws HUB_DMS_DOCUMENT_HELD, HUB_DMS_NO_FILING_RULES, HUB_XML_*, HUB_XDOMEA_*
   */
  async compose(work: DeliveryWork, settings: XdomeaSettings, createdAt: Date): Promise<Parcel> {
    const envelope = await acceptedApplication(this.options.vault, work.delivery);
    releaseOnlyScanned(this.options.directory, envelope);
    const { message, files } = await this.#record(work, settings, { envelope, createdAt });
    const { version, characters } = settings;
    const { name: nachricht, xml } = writeMessage(asMessage(message), { version, characters });
    assertProcessRules(
      message,
      files.map(({ name }) => name),
    );
    await this.options.xml.run({ document: Buffer.from(xml), schema: xdomeaVersion(version).schema });
    const { id } = work.exchange;
    return {
      name: packageName(id, nachricht),
      mediaType: 'application/zip',
      contentKey: contentKeyOf(xml, files, settings),
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
  }

  async #record(
    work: DeliveryWork,
    settings: XdomeaSettings,
    { envelope, createdAt }: { readonly envelope: Envelope; readonly createdAt: Date },
  ): Promise<FilingRecord> {
    const { tenant, reference } = work.delivery;
    const snapshot = await this.options.directory.at(reference['directoryVersion']!);
    const blueprint = snapshot.blueprint(reference['blueprint']!, tenant);
    return toFilingRecord(envelope, { prozessId: work.exchange.id, blueprint, settings, createdAt });
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
  const all = JSON.stringify([xml, parts, deflateAll, process.versions.zlib]);
  return createHash('sha256').update(all).digest('hex').slice(0, 32);
}
