import type { Clock } from '@ozg-hub/core';
import type { DeliveryWork, Json, Outcome, ProbeOutcome, TargetAdapter } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { WriteNote } from '@ozg-hub/xdomea';
import type { PackageTransport } from '../transport/package-transport.port.ts';
import type { HandOverOf } from '../transport/transports.ts';
import { type FilingPlan, PLAN_STEP } from '../cases/case.ts';
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
    const compose = async () => {
      const { parcel, notes } = await this.options.composer.compose(work, settings, new Date(createdAt));
      if (notes.length > 0) await work.step(NOTES_STEP, async () => noted(notes));
      return parcel;
    };
    await this.#transport(work, settings).handOver(work, compose);
    return outcomeOf(work, settings);
  }

  async probe(work: DeliveryWork): Promise<ProbeOutcome> {
    const settings = this.#settings(work);
    const verdict = await this.#transport(work, settings).probe(work);
    if (verdict === 'effective') return { verdict: 'EFFECTIVE', outcome: outcomeOf(work, settings) };
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

/** Where the message says less or otherwise than was filed: by kind how often, and the first places. */
interface Noted {
  readonly counts: Readonly<Record<string, number>>;
  readonly paths: readonly string[];
}

const NOTES_STEP = 'notes';
const MOST_PATHS = 20;
/** As much of a path as the trail takes. */
const LONGEST_PATH = 200;

function noted(notes: readonly WriteNote[]): Noted & { readonly [name: string]: Json } {
  const kinds = [...new Set(notes.map(({ kind }) => kind))];
  return {
    counts: Object.fromEntries(kinds.map((kind) => [kind, notes.filter((note) => note.kind === kind).length])),
    paths: notes.slice(0, MOST_PATHS).map(({ path }) => path.slice(-LONGEST_PATH)),
  };
}

function outcomeOf(work: DeliveryWork, { replies, receiptWanted, version }: XdomeaSettings): Outcome {
  const notes = work.stored<Json>(NOTES_STEP) as Noted | undefined;
  const details: Pick<Outcome, 'details'> = notes ? { details: { version, ...notes } } : {};
  if (!replies) return { state: 'DELIVERED', ...details };
  // 2.4.0 has no receipt for a 0401
  const plan = work.stored<Json>(PLAN_STEP) as Partial<FilingPlan> | undefined;
  const receipt = receiptWanted && !(version === '2.4.0' && plan?.nachricht === '0401');
  return { state: receipt ? 'AWAITING_RECEIPT' : 'AWAITING_RESULT', ...details };
}
