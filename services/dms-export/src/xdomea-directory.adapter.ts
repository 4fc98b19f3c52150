import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Clock } from '@ozg-hub/core';
import type { DeliveryWork, Outcome, ProbeOutcome, TargetAdapter } from '@ozg-hub/delivery';
import type { Directory, Target } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import { type Envelope, envelope as envelopeSchema } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import {
  assertProcessRules,
  messageFileName,
  packageName,
  writePackage,
  writeSgoAblegen,
  xdomeaVersion,
} from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';
import { dmsErrors } from './errors.ts';
import { type FilingRecord, type RecordFile, toFilingRecord } from './record.mapper.ts';
import { Staging } from './staging.ts';
import type { XdomeaDirectorySettings } from './xdomea-directory-settings.ts';

const MESSAGE = 'FVDaten.SGOAblegen.0605';
const MAX_ENVELOPE_BYTES = 64 * 1024 * 1024;

export interface XdomeaDirectoryOptions {
  readonly store: Store;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly xml: XmlPool;
  readonly clock: Clock;
}

/** Files by xdomea packages in a directory: written and synced in a staging folder, handed over by one rename. */
export class XdomeaDirectoryAdapter implements TargetAdapter {
  readonly kind = 'xdomea-directory';

  constructor(private readonly options: XdomeaDirectoryOptions) {}

  async deliver(work: DeliveryWork): Promise<Outcome> {
    const { target, settings } = this.#target(work);
    const staging = await this.#staging(target, settings);
    const name = packageName(work.exchange.id, MESSAGE);
    const staged = await work.step('package', () => this.#package(work, target, settings, staging, name));
    await work.step('hand-over', async () => {
      await staging.handOver(staged.name, settings.inbox, name);
      work.failpoints.hit('dms-export.handed-over');
      return { package: name };
    });
    return this.#outcome(settings);
  }

  /** The package still lies in the staging folder: not handed over. It is gone: handed over. */
  async probe(work: DeliveryWork): Promise<ProbeOutcome> {
    const staged = work.stored<{ name: string }>('package');
    if (!staged) return { verdict: 'NOT_EFFECTIVE' };
    const { target, settings } = this.#target(work);
    const staging = await this.#staging(target, settings);
    const whereabouts = await staging.whereabouts(staged.name);
    return whereabouts === 'here'
      ? { verdict: 'NOT_EFFECTIVE' }
      : { verdict: 'EFFECTIVE', outcome: this.#outcome(settings) };
  }

  async #package(
    work: DeliveryWork,
    target: Target,
    settings: XdomeaDirectorySettings,
    staging: Staging,
    name: string,
  ) {
    const envelope = await this.#envelope(work);
    this.#releaseOnlyScanned(target, envelope);
    const { message, files } = await this.#record(work, settings, envelope);
    const version = xdomeaVersion(settings.version);
    const xml = writeSgoAblegen(message);
    assertProcessRules(
      message,
      files.map((file) => file.name),
    );
    await this.options.xml.run({ document: Buffer.from(xml), schema: version.schema });
    const { bytes, sha256 } = await staging.write(name, (to) =>
      writePackage({
        message: { name: messageFileName(work.exchange.id, MESSAGE), xml },
        files: files.map((file) => this.#open(work, file)),
        to,
        createdAt: message.createdAt,
        deflateAll: settings.deflateAll,
        signal: work.signal,
      }),
    );
    return { name, bytes, sha256 };
  }

  async #record(work: DeliveryWork, settings: XdomeaDirectorySettings, envelope: Envelope): Promise<FilingRecord> {
    const { tenant, reference } = work.delivery;
    const snapshot = await this.options.directory.at(reference['directoryVersion']!);
    return toFilingRecord(envelope, {
      prozessId: work.exchange.id,
      blueprint: snapshot.blueprint(reference['blueprint']!, tenant),
      settings,
      createdAt: this.options.clock.now(),
    });
  }

  async #envelope({ delivery }: DeliveryWork): Promise<Envelope> {
    const bytes = await this.options.vault.read(
      delivery.reference['envelopeRef']!,
      { tenant: delivery.tenant },
      { maxBytes: MAX_ENVELOPE_BYTES },
    );
    return envelopeSchema.parse(JSON.parse(bytes.toString('utf8')));
  }

  #open({ delivery }: DeliveryWork, file: RecordFile) {
    const { name, mediaType } = file;
    if ('text' in file) return { name, mediaType, open: () => Readable.from([Buffer.from(file.text)]) };
    const open = async () => (await this.options.vault.open(file.ref, { tenant: delivery.tenant })).stream();
    return { name, mediaType, size: file.size, open };
  }

  #releaseOnlyScanned(target: Target, { documents }: Envelope): void {
    const held = this.options.directory.current().tenant(target.tenant)?.policy.notScanned !== 'release';
    if (held && documents.some(({ scan }) => scan !== 'CLEAN')) throw dmsErrors.HUB_DMS_DOCUMENT_HELD();
  }

  #target({ delivery }: DeliveryWork): { target: Target; settings: XdomeaDirectorySettings } {
    const target = this.options.directory.current().target(delivery.tenant, delivery.target);
    return { target, settings: target.settings as unknown as XdomeaDirectorySettings };
  }

  async #staging(target: Target, settings: XdomeaDirectorySettings): Promise<Staging> {
    if (settings.createDirectories) await mkdir(settings.inbox, { recursive: true });
    return Staging.open(this.options.store, target, settings.inbox, settings.staging);
  }

  #outcome(settings: XdomeaDirectorySettings): Outcome {
    if (!settings.replies) return { state: 'DELIVERED' };
    return { state: settings.receiptWanted ? 'AWAITING_RECEIPT' : 'AWAITING_RESULT' };
  }
}
