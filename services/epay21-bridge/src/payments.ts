import { createHash, randomBytes } from 'node:crypto';
import {
  type Clock,
  type Logger,
  type TraceContext,
  berlinDate,
  formatTraceparent,
  isHubError,
  newId,
} from '@ozg-hub/core';
import { type Directory, type Snapshot, type Tenant, fee as feeSchema, feeDefaults } from '@ozg-hub/directory';
import type { EventData, submissionAccepted } from '@ozg-hub/events';
import { type Money, isSame, parseDecimal } from '@ozg-hub/money';
import { type Principal, requireTenant } from '@ozg-hub/runtime';
import type { Store, Tx } from '@ozg-hub/store';
import { envelope as envelopeSchema } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import type { AnswerArchive } from './provider/answer-archive.ts';
import { epayErrors } from './errors.ts';
import { type FeeLine, type FeeLines, feeLines } from './fees/fee-lines.ts';
import { kassenzeichen, seriesOf } from './fees/kassenzeichen.ts';
import type { PaymentRecorder } from './payment-recorder.ts';
import {
  type NewPayment,
  type Payment,
  findByHeaderKey,
  findBySubmission,
  findPayment,
  insertPayment,
  nextNumber,
} from './payment.repository.ts';
import type { ProviderCalls } from './provider/provider-calls.ts';
import { purposeOf } from './fees/purpose.ts';

/** What an online service asks for; see the API description. */
export interface PaymentRequest {
  readonly tenant: string;
  /** `blueprint@version`, or the id alone for the version that the municipality uses. */
  readonly blueprint?: string | undefined;
  readonly items?: readonly FeeLine[] | undefined;
  /** Decimal text; refused where the lines come to something else. */
  readonly total?: string | undefined;
  readonly currency: string;
  readonly kassenzeichen?: string | undefined;
  readonly purpose?: string | undefined;
  readonly description?: string | undefined;
  readonly vorgang?: string | undefined;
  readonly timeoutMinutes?: number | undefined;
  /** Where the citizen goes on after paying. */
  readonly serviceUrl?: string | undefined;
}

export interface PaymentsOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly vault: Vault;
  readonly archive: AnswerArchive;
  readonly recorder: PaymentRecorder;
  readonly calls: Pick<ProviderCalls, 'advance'>;
  /** Host of the payment service that a target stands for. */
  readonly endpointOf: (tenant: string, target: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds that a caller waits for the pay page; afterwards he asks again. */
  readonly initiateMs: number;
}

type Order = Omit<NewPayment, 'id' | 'kassenzeichen' | 'purpose' | 'returnToken' | 'endpoint'> & {
  readonly kassenzeichen: string | undefined;
  readonly purposeTemplate: string;
  readonly leistungName: string | undefined;
};

const HEADER_KEY = /^[\x21-\x7e]{1,200}$/;
const MOST_ENVELOPE_BYTES = 32 * 1024 * 1024;

/** Ends the transaction where the payment is there already, so that no number is used up. */
class AlreadyThere extends Error {}

/** Payments as they are asked for and looked up. */
export class Payments {
  readonly #placing = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(private readonly options: PaymentsOptions) {}

  /**
   * Resolves after the commit, with the pay page where the service gave one in time.
   * @throws HUB_EPAY_…, HUB_MONEY_…, HUB_DIRECTORY_…, HUB_KEY_TENANT, HUB_STORE_…
   */
  async ask(
    request: PaymentRequest,
    { caller, headerKey, trace }: { caller: Principal; headerKey: string | undefined; trace: TraceContext },
  ): Promise<{ payment: Payment; created: boolean }> {
    requireTenant(caller, request.tenant);
    if (headerKey === undefined || !HEADER_KEY.test(headerKey)) throw epayErrors.HUB_EPAY_KEY_REQUIRED();
    const contentHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const key = { tenant: request.tenant, keyId: caller.keyId, headerKey };
    const before = await findByHeaderKey(this.options.store, key);
    if (before) return { payment: sameContent(before, contentHash), created: false };
    const order = { ...this.#orderOf(request), ...key, contentHash, traceparent: formatTraceparent(trace) };
    const created = await this.#insert(order);
    if (created) return { payment: await this.#placed(created), created: true };
    const other = await findByHeaderKey(this.options.store, key);
    if (!other) throw epayErrors.HUB_EPAY_KASSENZEICHEN_TAKEN();
    return { payment: sameContent(other, contentHash), created: false };
  }

  /** Asks for the fee of an accepted application, where its Leistung costs something and the municipality takes fees here. */
  async askFor(tx: Tx, event: EventData<typeof submissionAccepted>, traceparent: string): Promise<void> {
    if (event.art !== undefined && event.art !== 'ERSTANTRAG') return;
    const order = await this.#orderOfSubmission(event);
    if (!order || (await findBySubmission(tx, event.submissionId))) return;
    await this.#store(tx, { ...order, traceparent }, 0);
  }

  /** @throws HUB_EPAY_PAYMENT_UNKNOWN also where it is another municipality's */
  async get(id: string, tenants: ReadonlySet<string> | undefined): Promise<Payment> {
    return visible(await findPayment(this.options.store, id), tenants);
  }

  /** @throws HUB_EPAY_PAYMENT_UNKNOWN also where nothing was asked for */
  async ofSubmission(submissionId: string, tenants: ReadonlySet<string> | undefined): Promise<Payment> {
    return visible(await findBySubmission(this.options.store, submissionId), tenants);
  }

  /** Waits for placing calls that callers no longer wait for; what is late is asked for again by the next process. */
  async stop(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stopping.abort(), graceMs);
    await Promise.allSettled(this.#placing);
    clearTimeout(timer);
  }

  #orderOf(request: PaymentRequest): Order {
    const snapshot = this.options.directory.current();
    const tenant = snapshot.tenant(request.tenant);
    const ref = request.blueprint && this.#versionOf(snapshot, request.blueprint, request.tenant);
    const offer = ref === undefined || ref === '' ? undefined : snapshot.offer(ref, request.tenant);
    const fee = offer?.blueprint.fee;
    const provider = offer?.targets.payment ?? tenant?.defaultTargets.payment;
    if (!tenant || provider === undefined) throw epayErrors.HUB_EPAY_NO_TARGET();
    const lines = request.items ?? fee?.items;
    if (!lines) throw epayErrors.HUB_EPAY_NO_FEE();
    const { items, gross } = feeLines(lines, request.currency);
    checkTotal(request.total, { items, gross });
    const leistungName = offer?.blueprint.name;
    return {
      tenant: tenant.slug,
      provider,
      finance: offer?.targets.finance ?? tenant.defaultTargets.finance,
      submissionId: undefined,
      leistung: offer?.blueprint.leika[0],
      vorgang: request.vorgang,
      blueprint: offer?.blueprint.ref,
      directoryVersion: snapshot.version,
      keyId: undefined,
      headerKey: undefined,
      contentHash: undefined,
      kassenzeichen: request.kassenzeichen,
      purposeTemplate: request.purpose ?? fee?.purpose ?? feeDefaults.purpose,
      leistungName,
      description: request.description ?? leistungName ?? items[0]!.description,
      gross,
      items,
      serviceUrl: request.serviceUrl,
      timeoutMinutes: request.timeoutMinutes ?? fee?.timeoutMinutes ?? feeDefaults.timeoutMinutes,
      traceparent: undefined,
    };
  }

  #versionOf(snapshot: Snapshot, blueprint: string, tenant: string): string {
    return blueprint.includes('@') ? blueprint : (snapshot.usedVersion(blueprint, tenant) ?? `${blueprint}@0`);
  }

  async #orderOfSubmission(event: EventData<typeof submissionAccepted>): Promise<Order | undefined> {
    const snapshot = await this.options.directory.at(event.directoryVersion);
    const { blueprint, targets } = snapshot.offer(event.blueprint, event.tenant);
    const tenant = snapshot.tenant(event.tenant)!;
    if (!blueprint.fee || targets.payment === undefined || (await this.#isPaidFor(event))) return undefined;
    // Versions from before a field existed lack its default.
    const fee = feeSchema.parse(blueprint.fee);
    return {
      tenant: tenant.slug,
      provider: targets.payment,
      finance: targets.finance,
      submissionId: event.submissionId,
      leistung: event.leistung,
      vorgang: event.vorgang,
      blueprint: event.blueprint,
      directoryVersion: event.directoryVersion,
      keyId: undefined,
      headerKey: undefined,
      contentHash: undefined,
      kassenzeichen: undefined,
      purposeTemplate: fee.purpose,
      leistungName: blueprint.name,
      description: blueprint.name,
      ...feeLines(fee.items, fee.currency),
      serviceUrl: undefined,
      timeoutMinutes: fee.timeoutMinutes,
      traceparent: undefined,
    };
  }

  /** The form may have taken the fee itself; and of an application that was erased meanwhile nothing is asked. */
  async #isPaidFor({ envelopeRef, tenant }: EventData<typeof submissionAccepted>): Promise<boolean> {
    try {
      const bytes = await this.options.vault.read(envelopeRef, { tenant }, { maxBytes: MOST_ENVELOPE_BYTES });
      const { payment } = envelopeSchema.parse(JSON.parse(bytes.toString('utf8')));
      return payment?.state === 'BEZAHLT' || payment?.state === 'OFFEN';
    } catch (error) {
      if (isHubError(error, 'HUB_VAULT_ERASED') || isHubError(error, 'HUB_VAULT_NOT_FOUND')) return true;
      throw error;
    }
  }

  async #insert(order: Order): Promise<Payment | undefined> {
    const id = newId(this.options.clock.now());
    const { store, archive, initiateMs } = this.options;
    const room = await archive.room({ id, tenant: order.tenant });
    await this.options.vault.synced(room);
    try {
      return await store.tx(async (tx) => {
        // The caller places it himself; the poller comes where he did not.
        const payment = await this.#store(tx, order, initiateMs / 1000, id);
        await archive.storeRoom(tx, room);
        return payment;
      });
    } catch (error) {
      if (!isHubError(error, 'HUB_STORE_COMMIT_UNKNOWN')) await room.discard();
      if (error instanceof AlreadyThere) return undefined;
      throw error;
    }
  }

  async #store(tx: Tx, order: Order, heldSeconds: number, id = newId(this.options.clock.now())): Promise<Payment> {
    const { purposeTemplate, leistungName, ...rest } = order;
    const endpoint = this.options.endpointOf(order.tenant, order.provider);
    const returnToken = randomBytes(24).toString('base64url');
    for (let inserted = false; !inserted;) {
      const number = order.kassenzeichen ?? (await this.#nextKassenzeichen(tx, order.tenant));
      const named = { kassenzeichen: number, vorgang: order.vorgang, leistung: leistungName };
      const purpose = purposeOf(purposeTemplate, named);
      if (purpose === undefined) throw epayErrors.HUB_EPAY_KASSENZEICHEN();
      const payment = { ...rest, id, kassenzeichen: number, purpose, endpoint, returnToken };
      inserted = await insertPayment(tx, payment, heldSeconds);
      // A number of ours that somebody gave by hand is left out.
      if (!inserted && (order.kassenzeichen !== undefined || (await isAsked(tx, order)))) throw new AlreadyThere();
    }
    const stored = (await findPayment(tx, id))!;
    await this.options.recorder.created(tx, stored, order.keyId ? `key:${order.keyId}` : 'epay21-bridge');
    return stored;
  }

  async #nextKassenzeichen(tx: Tx, slug: string): Promise<string> {
    const tenant: Tenant | undefined = this.options.directory.current().tenant(slug);
    // Versions of the directory from before the field existed lack it.
    const pattern = (tenant?.payment as Tenant['payment'] | undefined)?.kassenzeichen ?? feeDefaults.kassenzeichen;
    const day = berlinDate(this.options.clock.now());
    const made = kassenzeichen(pattern, day, await nextNumber(tx, slug, seriesOf(pattern, day)));
    if (made === undefined) throw epayErrors.HUB_EPAY_KASSENZEICHEN();
    return made;
  }

  /** The payment after the first call to its service, or as it is where that takes too long; the call goes on. */
  async #placed(payment: Payment): Promise<Payment> {
    const { calls, logger, initiateMs } = this.options;
    const placing = calls.advance(payment.id, this.#stopping.signal).catch((error: unknown) => {
      logger.warn({ err: error as Error, payment: payment.id }, 'a payment could not be placed at once');
      return undefined;
    });
    this.#placing.add(placing);
    void placing.finally(() => this.#placing.delete(placing));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), initiateMs);
    });
    const advance = await Promise.race([placing, late]);
    clearTimeout(timer);
    return advance?.payment ?? payment;
  }
}

async function isAsked(tx: Tx, { tenant, keyId, headerKey, submissionId }: Order): Promise<boolean> {
  if (submissionId !== undefined) return (await findBySubmission(tx, submissionId)) !== undefined;
  if (keyId === undefined || headerKey === undefined) return false;
  return (await findByHeaderKey(tx, { tenant, keyId, headerKey })) !== undefined;
}

function sameContent(payment: Payment, contentHash: string): Payment {
  if (payment.contentHash !== contentHash) throw epayErrors.HUB_EPAY_CONTENT_DIFFERS();
  return payment;
}

function visible(payment: Payment | undefined, tenants: ReadonlySet<string> | undefined): Payment {
  if (!payment || (tenants && !tenants.has(payment.tenant))) throw epayErrors.HUB_EPAY_PAYMENT_UNKNOWN();
  return payment;
}

function checkTotal(total: string | undefined, { gross }: FeeLines): void {
  if (total === undefined) return;
  const asked: Money = parseDecimal(total, gross.currency);
  if (!isSame(asked, gross)) {
    throw epayErrors.HUB_EPAY_AMOUNT({
      detail: 'The lines do not add up to the total.',
      places: [{ field: 'total', message: 'is not the sum of the items' }],
    });
  }
}
