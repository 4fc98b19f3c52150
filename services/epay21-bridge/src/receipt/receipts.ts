import { type Failpoints, isHubError, newId, noFailpoints, parseTraceparent } from '@ozg-hub/core';
import { Trail } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type EncodedEvent, encodeEvent, noticeIssued } from '@ozg-hub/events';
import { type Store, type Tx, outbox } from '@ozg-hub/store';
import type { SealedObject, SubmissionVault, Vault } from '@ozg-hub/vault';
import type { PaymentState } from '../payment.ts';
import { type Payment, findPayment } from '../payment.repository.ts';
import { QuittungPdf } from './quittung-pdf.ts';
import { fileNameOf, titleOf } from './quittung.ts';

export interface ReceiptsOptions {
  readonly store: Store;
  readonly vault: Pick<Vault, 'add' | 'synced' | 'store'>;
  readonly directory: Pick<Directory, 'at' | 'current'>;
  /** Name of the service: source of the event, actor in the trail. */
  readonly service: string;
  readonly failpoints?: Failpoints | undefined;
}

/** `none`: the payment gets no receipt; where that is for good, its `receiptCode` says why. `before`: it has one. */
export type Issued = 'issued' | 'before' | 'none';

/** What a notice is about; the notice itself is announced by {@link noticeIssued}. */
const KIND = 'QUITTUNG';
const ROLE = 'Quittung';
const MEDIA_TYPE = 'application/pdf';
/** In which the money is here and has not gone back. */
const PAID: readonly PaymentState[] = ['PAID', 'LATE_PAID', 'BOOKED', 'SETTLED'];

const WAITING = `submission_id IS NOT NULL AND blueprint IS NOT NULL AND leistung IS NOT NULL AND paid_at IS NOT NULL
  AND receipt_ref IS NULL AND receipt_code IS NULL AND state = ANY ($1)`;

/** In no order: what fails again and again keeps no others from being looked at. */
const DUE = `SELECT id FROM payment WHERE ${WAITING} ORDER BY random() LIMIT $2`;
/** Whoever comes second waits for the row and finds nothing to do. */
const TAKE = `UPDATE payment SET receipt_ref = $3, changed_at = now() WHERE ${WAITING} AND id = $2 RETURNING now() AS at`;
const GIVE_UP = `UPDATE payment SET receipt_code = $3, changed_at = now() WHERE ${WAITING} AND id = $2 RETURNING id`;

/** A payment that gets a receipt. */
type OfCase = Payment & { readonly [Name in 'submissionId' | 'blueprint' | 'leistung']: string } & {
  readonly paidAt: Date;
};

/** Quittungen: filed with the case of the application, and for whoever asks. */
export class Receipts {
  readonly #trail = new Trail();
  readonly #printer = new QuittungPdf();

  constructor(private readonly options: ReceiptsOptions) {}

  /** Ids of payments that wait for {@link issue}, in no order. */
  async due(limit: number): Promise<readonly string[]> {
    const rows = await this.options.store.query<{ id: string }>(DUE, [PAID, limit]);
    return rows.map(({ id }) => id);
  }

  /**
   * Puts the Quittung of a paid application into its vault and announces it, once however often it is called. Where the
   * contents of the application were erased, that is recorded and never tried again.
   * @throws HUB_STORE_*, HUB_VAULT_* of class later, HUB_DIRECTORY_*
   */
  async issue(paymentId: string): Promise<Issued> {
    const payment = await findPayment(this.options.store, paymentId);
    if (payment?.receiptRef) return 'before';
    if (!payment || !isOfCase(payment)) return 'none';
    let room: SubmissionVault | undefined;
    try {
      room = await this.options.vault.add(payment.tenant, payment.submissionId);
      const pdf = await this.render(payment);
      const sealed = room.seal(pdf, metaOf(payment));
      await this.options.vault.synced(room);
      return await this.#store(payment, sealed, room);
    } catch (error) {
      // Where the commit's outcome is unknown, the sweep of the vault decides.
      if (!isHubError(error, 'HUB_STORE_COMMIT_UNKNOWN')) await room?.discard();
      if (!isHubError(error, 'HUB_VAULT_ERASED') && !isHubError(error, 'HUB_VAULT_NOT_FOUND')) throw error;
      await this.#giveUp(payment, error.code);
      return 'none';
    }
  }

  /**
   * The Quittung of a payment, as {@link issue} makes it; the same bytes each time.
   * @returns undefined where no money came
   */
  render(payment: OfCase): Promise<Buffer>;
  render(payment: Payment): Promise<Buffer | undefined>;
  async render(payment: Payment): Promise<Buffer | undefined> {
    const { paidAt, tenant, blueprint, directoryVersion } = payment;
    if (!paidAt) return undefined;
    const { directory } = this.options;
    const snapshot = await directory.at(directoryVersion);
    const { name = tenant, anschrift } = snapshot.tenant(tenant) ?? directory.current().tenant(tenant) ?? {};
    const leistung = blueprint && snapshot.blueprint(blueprint, tenant).name;
    return await this.#printer.render({ ...payment, paidAt, kommune: { name, anschrift }, leistung });
  }

  async #store(payment: OfCase, sealed: SealedObject, room: SubmissionVault): Promise<Issued> {
    const { store, vault, failpoints = noFailpoints } = this.options;
    failpoints.hit('epay21-bridge.receipt-sealed');
    const taken = await store.tx(async (tx) => {
      const [row] = await tx.query<{ at: Date }>(TAKE, [PAID, payment.id, sealed.objectId]);
      if (!row) return false;
      await vault.store(tx, [room]);
      await outbox.append(tx, [this.#notice(payment, sealed, row.at)]);
      await this.#audit(tx, payment);
      return true;
    });
    failpoints.hit('epay21-bridge.receipt-issued');
    if (!taken) await room.discard();
    return taken ? 'issued' : 'before';
  }

  #notice(payment: OfCase, { objectId, size }: SealedObject, at: Date): EncodedEvent {
    const { submissionId, tenant, leistung, blueprint, directoryVersion, vorgang, kassenzeichen } = payment;
    const { fileName, title, role } = metaOf(payment);
    const data = {
      noticeId: newId(),
      ...{ submissionId, tenant, leistung, blueprint, directoryVersion },
      ...(vorgang ? { vorgang } : {}),
      kind: KIND,
      reference: kassenzeichen,
      documents: [{ ref: objectId, role, fileName, title, mediaType: MEDIA_TYPE, size }],
      at: at.toISOString(),
    };
    const trace = parseTraceparent(payment.traceparent);
    return encodeEvent(noticeIssued, data, { source: `/ozg-hub/${this.options.service}`, at, sequence: 0, trace });
  }

  async #giveUp(payment: OfCase, code: string): Promise<void> {
    await this.options.store.tx(async (tx) => {
      const rows = await tx.query(GIVE_UP, [PAID, payment.id, code]);
      if (rows.length > 0) await this.#audit(tx, payment, code);
    });
  }

  async #audit(tx: Tx, { id, tenant, submissionId, state }: OfCase, code?: string): Promise<void> {
    const subject = { payment: id, submission: submissionId };
    const kind = code ? 'receipt.refused' : 'receipt.issued';
    await this.#trail.append(tx, [{ tenant, kind, subject, actor: this.options.service, state, code }]);
  }
}

function isOfCase(payment: Payment): payment is OfCase {
  const { submissionId, blueprint, leistung, paidAt, receiptCode, state } = payment;
  return Boolean(submissionId && blueprint && leistung && paidAt) && !receiptCode && PAID.includes(state);
}

/** What the vault keeps of it. `origin`: no stranger sent it, so no scanner has to see it. */
function metaOf(payment: Payment) {
  return {
    kind: 'document',
    mediaType: MEDIA_TYPE,
    fileName: fileNameOf(payment),
    title: titleOf(payment),
    role: ROLE,
    format: 'PDF/A-2a',
    origin: 'ozg-hub',
  } as const;
}
