import type { Clock } from '@ozg-hub/core';
import type { DeliveryWork, Outcome, ProbeOutcome, TargetAdapter } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { PackageTransport } from '../transport/package-transport.port.ts';
import type { HandOverOf } from '../transport/transports.ts';
import type { ParcelComposer } from './parcel-composer.ts';
import type { XdomeaSettings } from './xdomea-settings.ts';
import { XDOMEA } from './xdomea-targets.ts';

export interface XdomeaAdapterOptions {
  readonly composer: Pick<ParcelComposer, 'compose'>;
  readonly directory: Pick<Directory, 'current'>;
  readonly clock: Clock;
  readonly transport: (of: HandOverOf) => PackageTransport;
}

/** Files by xdomea packages, whichever way they travel. */
export class XdomeaAdapter implements TargetAdapter {
  readonly kind = XDOMEA;

  constructor(private readonly options: XdomeaAdapterOptions) {}

  async deliver(work: DeliveryWork): Promise<Outcome> {
    const settings = this.#settings(work);
    const { createdAt } = await work.step('compose', async () => ({
      createdAt: this.options.clock.now().toISOString(),
    }));
    const compose = () => this.options.composer.compose(work, settings, new Date(createdAt));
    await this.#transport(work, settings).handOver(work, compose);
    return outcomeOf(settings);
  }

  async probe(work: DeliveryWork): Promise<ProbeOutcome> {
    const settings = this.#settings(work);
    const verdict = await this.#transport(work, settings).probe(work);
    if (verdict === 'effective') return { verdict: 'EFFECTIVE', outcome: outcomeOf(settings) };
    return verdict === 'not-effective' ? { verdict: 'NOT_EFFECTIVE' } : { verdict: 'UNKNOWN', code: verdict.unknown };
  }

  #transport({ delivery: { tenant, target } }: DeliveryWork, { handOver }: XdomeaSettings): PackageTransport {
    return this.options.transport({ tenant, target, handOver });
  }

  #settings({ delivery }: DeliveryWork): XdomeaSettings {
    const { settings } = this.options.directory.current().target(delivery.tenant, delivery.target);
    return settings as unknown as XdomeaSettings;
  }
}

function outcomeOf({ replies, receiptWanted }: XdomeaSettings): Outcome {
  if (!replies) return { state: 'DELIVERED' };
  return { state: receiptWanted ? 'AWAITING_RECEIPT' : 'AWAITING_RESULT' };
}
