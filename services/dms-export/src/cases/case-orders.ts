import { type Clock, isId, newId } from '@ozg-hub/core';
import { type Deliveries, type Delivery, type NewDelivery, Trail } from '@ozg-hub/delivery';
import { type Directory, xdomeaRulesOf } from '@ozg-hub/directory';
import type { Store, Tx } from '@ozg-hub/store';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import { XDOMEA } from '../xdomea/xdomea-targets.ts';
import { type Case, type CaseSubmission, ORDER, type OrderEvent } from './case.ts';
import { CaseRepository } from './case.repository.ts';
import { caseErrors } from './errors.ts';
import { type ProtocolEntry, protocolEntry } from './protocol-entry.ts';

/** Who orders, and which municipalities he may touch; undefined: all. */
export interface Orderer {
  readonly actor: string;
  readonly tenants?: readonly string[] | undefined;
}

/** An entry; by default the hub did it, now. */
export type GivenEntry = Pick<ProtocolEntry, 'text'> & { readonly [Name in 'bearbeiter' | 'at']?: string | undefined };

/** What is ordered about a case. */
export interface Order {
  readonly event: OrderEvent;
  /** Given by the caller: an order of the same id to the same case is queued once. */
  readonly orderId?: string | undefined;
  readonly entry?: GivenEntry | undefined;
  /** A person says that the DMS lifted the closing. */
  readonly reopened?: boolean | undefined;
  /** Of a hand-over: another target of the municipality; default that of the case. */
  readonly target?: string | undefined;
}

export interface Ordered {
  readonly delivery: Delivery;
  /** False where the order was given before. */
  readonly created: boolean;
}

export interface CaseDetails {
  readonly case: Case;
  readonly submissions: readonly Pick<CaseSubmission, 'submissionId' | 'event'>[];
  /** Documents that the DMS took as objects of their own. */
  readonly documents: readonly {
    readonly submissionId: string;
    readonly ref: string;
    readonly objectId?: string | undefined;
  }[];
}

export interface CaseOrdersOptions {
  readonly store: Store;
  readonly vault: Pick<Vault, 'add' | 'synced' | 'store' | 'read'>;
  readonly directory: Pick<Directory, 'current' | 'at'>;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  readonly cases?: CaseRepository;
}

/** Who did it where the order does not say. */
const BEARBEITER = 'ozg-hub';

interface Queueing {
  readonly found: Case;
  readonly order: Order;
  readonly wanted: NewDelivery;
  readonly vault: SubmissionVault | undefined;
}

/** States in which an order to close may still take effect, or needs a person first. */
const UNDER_WAY: readonly string[] = [
  'QUEUED',
  'IN_FLIGHT',
  'RETRY_WAIT',
  'IN_DOUBT',
  'AWAITING_RECEIPT',
  'AWAITING_RESULT',
];

/** What people and other services ask to be told to a DMS about a case. */
export class CaseOrders {
  readonly #options: CaseOrdersOptions;
  readonly #cases: CaseRepository;
  readonly #trail = new Trail();

  constructor(options: CaseOrdersOptions) {
    this.#options = options;
    this.#cases = options.cases ?? new CaseRepository();
  }

  /** Cases with this submission, or with this id at the source, oldest first. */
  async matching(text: string, { tenants }: Orderer): Promise<readonly Case[]> {
    const submission = isId(text.toLowerCase()) ? text.toLowerCase() : undefined;
    return await this.#cases.matching(this.#options.store, { text, submission }, tenants);
  }

  /** @throws HUB_DMS_CASE_NOT_FOUND, HUB_DMS_CASE_AMBIGUOUS */
  async get(text: string, orderer: Orderer): Promise<CaseDetails> {
    const found = await this.#one(text, orderer);
    const { store } = this.#options;
    const [submissions, documents] = [
      await this.#cases.submissions(store, found),
      await this.#cases.documents(store, found),
    ];
    return {
      case: found,
      submissions: submissions.map(({ submissionId, event }) => ({ submissionId, event })),
      documents: documents.map(({ submissionId, ref, objectId }) => ({ submissionId, ref, objectId })),
    };
  }

  /**
   * Queues the order in the lane of its case.
   * @throws HUB_DMS_CASE_NOT_FOUND, HUB_DMS_CASE_AMBIGUOUS, HUB_DMS_CASE_TARGET, HUB_DMS_CASE_CLOSED,
   *   HUB_DMS_ORDER_NOT_FOR_DMS, HUB_DMS_ORDER_DIFFERS, HUB_VAULT_ERASED
   */
  async order(text: string, order: Order, orderer: Orderer): Promise<Ordered> {
    const found = await this.#one(text, orderer);
    const target = order.target ?? found.target;
    this.#requireXdomea(found.tenant, target);
    const naturalKey = `order:${found.tenant}:${target}:${found.lane}:${order.event}:${order.orderId ?? newId()}`;
    const { store, deliveries } = this.#options;
    const before = await deliveries.findByKey(store, naturalKey);
    if (before) return await this.#again(before, order);
    const [first] = await this.#cases.submissions(store, found);
    if (!first) throw caseErrors.HUB_DMS_CASE_NOT_FOUND();
    await this.#requireRule(first, order.event);
    const entry = order.entry && (await this.#sealed(first, order.entry));
    const wanted: NewDelivery = {
      id: newId(),
      submissionId: first.submissionId,
      tenant: found.tenant,
      purpose: ORDER,
      target,
      lane: found.lane,
      // Everything of the case must be in the DMS before it is closed; an entry only needs its Vorgang.
      awaitsResult: order.event !== 'protokoll' || found.objectId === undefined,
      reference: {
        ...first.reference,
        event: order.event,
        ...(entry ? { entryRef: entry.objectId } : {}),
        ...(target === found.target ? {} : { caseTarget: found.target }),
      },
      naturalKey,
      actor: orderer.actor,
    };
    const ordered = await store.tx((tx) => this.#queue(tx, { found, order, wanted, vault: entry?.vault }));
    return ordered.created ? ordered : await this.#again(ordered.delivery, order);
  }

  /**
   * A person says which Vorgang of the DMS the case is, where no delivery of the hub could learn it.
   * @throws HUB_DMS_CASE_NOT_FOUND, HUB_DMS_CASE_AMBIGUOUS
   */
  async link(text: string, given: { objectId: string; aktenzeichen?: string | undefined }, orderer: Orderer) {
    const found = await this.#one(text, orderer);
    const { objectId, aktenzeichen } = given;
    return await this.#options.store.tx(async (tx) => {
      await this.#cases.link(tx, found, { objectId, aktenzeichen: aktenzeichen ?? found.aktenzeichen });
      const { tenant, target, lane, submissionId } = found;
      const details = { target, from: found.objectId ?? null, objectId };
      const subject = { case: lane.slice(0, 200), submission: submissionId };
      await this.#trail.append(tx, [{ tenant, kind: 'case.linked', subject, actor: orderer.actor, details }]);
      return (await this.#cases.find(tx, { tenant, target, lane }))!;
    });
  }

  async #one(text: string, orderer: Orderer): Promise<Case> {
    const [first, ...others] = await this.matching(text, orderer);
    if (!first) throw caseErrors.HUB_DMS_CASE_NOT_FOUND();
    if (others.length > 0) throw caseErrors.HUB_DMS_CASE_AMBIGUOUS();
    return first;
  }

  #requireXdomea(tenant: string, target: string): void {
    const targets = this.#options.directory.current().tenant(tenant)?.targets;
    if (targets?.find(({ id }) => id === target)?.kind !== XDOMEA) throw caseErrors.HUB_DMS_CASE_TARGET();
  }

  async #requireRule({ tenant, reference }: CaseSubmission, event: OrderEvent): Promise<void> {
    if (event === 'abgabe') return;
    const snapshot = await this.#options.directory.at(reference['directoryVersion']!);
    const { ablage } = snapshot.blueprint(reference['blueprint']!, tenant);
    if (xdomeaRulesOf(ablage ?? {})[event] === 'keine') throw caseErrors.HUB_DMS_ORDER_NOT_FOR_DMS();
  }

  async #sealed({ tenant, submissionId }: CaseSubmission, { text, bearbeiter = BEARBEITER, at }: GivenEntry) {
    const vault = await this.#options.vault.add(tenant, submissionId);
    const entry = { text, bearbeiter, at: at ?? this.#options.clock.now().toISOString() };
    const bytes = Buffer.from(JSON.stringify(protocolEntry.parse(entry)));
    const { objectId } = vault.seal(bytes, { kind: 'other', mediaType: 'application/json' });
    await this.#options.vault.synced(vault);
    return { vault, objectId };
  }

  async #queue(tx: Tx, { found, order, wanted, vault }: Queueing): Promise<Ordered> {
    const { deliveries } = this.#options;
    const { closedAt, closeDelivery } = (await this.#cases.lock(tx, found))!;
    // The same order may have come twice at once.
    const same = await deliveries.findByKey(tx, wanted.naturalKey!);
    if (same) return { delivery: same, created: false };
    const closing = closeDelivery === undefined ? undefined : await deliveries.find(tx, closeDelivery);
    if (closing && !closedAt && order.event === 'abschluss' && closing.state !== 'CANCELLED') {
      // Closing is one and the same order, however often it is given.
      return { delivery: closing, created: false };
    }
    const underWay = closing !== undefined && UNDER_WAY.includes(closing.state);
    if (order.event !== 'abgabe' && (closedAt || underWay)) {
      if (!order.reopened || !closedAt) throw caseErrors.HUB_DMS_CASE_CLOSED();
      await this.#cases.closing(tx, found, undefined);
    }
    if (vault) await this.#options.vault.store(tx, [vault]);
    const [queued] = await deliveries.queue(tx, [wanted]);
    if (order.event === 'abschluss') await this.#cases.closing(tx, found, wanted.id);
    return { delivery: queued!, created: true };
  }

  /** @throws HUB_DMS_ORDER_DIFFERS */
  async #again(delivery: Delivery, { entry }: Order): Promise<Ordered> {
    if (entry) {
      const { tenant, reference } = delivery;
      const bytes = await this.#options.vault.read(reference['entryRef']!, { tenant }, { maxBytes: 64 * 1024 });
      const { text, bearbeiter } = protocolEntry.parse(JSON.parse(bytes.toString('utf8')));
      if (text !== entry.text || bearbeiter !== (entry.bearbeiter ?? BEARBEITER))
        throw caseErrors.HUB_DMS_ORDER_DIFFERS();
    }
    return { delivery, created: false };
  }
}
