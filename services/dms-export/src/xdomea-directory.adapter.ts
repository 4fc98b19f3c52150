import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Clock, type HubError, isHubError } from '@ozg-hub/core';
import type { DeliveryWork, Outcome, ProbeOutcome, TargetAdapter } from '@ozg-hub/delivery';
import type { Directory, Target } from '@ozg-hub/directory';
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
import type { RecordFile } from './dokument.mapper.ts';
import { type FilingRecord, toFilingRecord } from './record.mapper.ts';
import { Staging, type StagingPlace, type Whereabouts, stagedName, unavailable } from './staging.ts';
import type { XdomeaDirectorySettings } from './xdomea-directory-settings.ts';

const MESSAGE = 'FVDaten.SGOAblegen.0605';
const MAX_ENVELOPE_BYTES = 64 * 1024 * 1024;

export interface XdomeaDirectoryOptions {
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly directory: Pick<Directory, 'current' | 'at'>;
  readonly xml: Pick<XmlPool, 'run'>;
  readonly clock: Clock;
}

/** Result of the step `package`. */
type StagedPackage = StagingPlace & { readonly name: string; readonly bytes: number; readonly sha256: string };

/** Files by xdomea packages in a directory: written and synced in a staging folder, handed over by one rename. */
export class XdomeaDirectoryAdapter implements TargetAdapter {
  readonly kind = 'xdomea-directory';

  constructor(private readonly options: XdomeaDirectoryOptions) {}

  async deliver(work: DeliveryWork): Promise<Outcome> {
    const { target, settings } = this.#target(work);
    const staged = await work.step('package', () => this.#package(work, target, settings));
    await work.step('hand-over', async () => {
      await makeInbox(settings);
      const name = packageName(work.exchange.id, MESSAGE);
      await Staging.at(staged).handOver(staged.name, settings.inbox, name);
      work.failpoints.hit('dms-export.handed-over');
      return { package: name };
    });
    return outcomeOf(settings);
  }

  /** The package still lies in the staging folder: not handed over. It is gone: handed over. No folder: a person decides. */
  async probe(work: DeliveryWork): Promise<ProbeOutcome> {
    const staged = work.stored<StagedPackage>('package');
    if (!staged) return { verdict: 'NOT_EFFECTIVE' };
    const whereabouts = work.stored('hand-over') === undefined ? await this.#whereabouts(staged) : 'gone';
    if (whereabouts === 'here') return { verdict: 'NOT_EFFECTIVE' };
    if (whereabouts !== 'gone') return { verdict: 'UNKNOWN', code: whereabouts.code };
    return { verdict: 'EFFECTIVE', outcome: outcomeOf(this.#target(work).settings) };
  }

  async #whereabouts(staged: StagedPackage): Promise<Whereabouts | HubError> {
    try {
      return await Staging.at(staged).whereabouts(staged.name);
    } catch (error) {
      if (isHubError(error, 'HUB_DMS_STAGING_FOREIGN')) return error;
      throw error;
    }
  }

  async #package(work: DeliveryWork, target: Target, settings: XdomeaDirectorySettings): Promise<StagedPackage> {
    const envelope = await this.#envelope(work);
    this.#releaseOnlyScanned(target, envelope);
    const { message, files } = await this.#record(work, settings, envelope);
    const xml = writeSgoAblegen(message);
    const names = files.map((file) => file.name);
    assertProcessRules(message, names);
    await this.options.xml.run({ document: Buffer.from(xml), schema: xdomeaVersion(settings.version).schema });
    await makeInbox(settings);
    const staging = await Staging.open(settings.inbox, settings.staging);
    const place = { exchangeId: work.exchange.id, fence: work.delivery.fence };
    const name = stagedName(place);
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
    await staging.removeBefore(place);
    return { ...staging.place, name, bytes, sha256 };
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
}

async function makeInbox({ inbox, createDirectories }: XdomeaDirectorySettings): Promise<void> {
  if (!createDirectories) return;
  try {
    await mkdir(inbox, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unavailable(error);
  }
}

function outcomeOf({ replies, receiptWanted }: XdomeaDirectorySettings): Outcome {
  if (!replies) return { state: 'DELIVERED' };
  return { state: receiptWanted ? 'AWAITING_RECEIPT' : 'AWAITING_RESULT' };
}
