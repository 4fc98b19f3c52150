/** What clients and citizens did and were told, in order. */
export type ClientLine =
  /** Before the first request; `minor` is what the fee comes to. */
  | { readonly type: 'asked'; readonly key: string; readonly tenant: string; readonly minor: number }
  /** Each answer 2xx to it. */
  | { readonly type: 'told'; readonly key: string; readonly id: string; readonly minor: number }
  /** The last state that the hub told. */
  | { readonly type: 'ended'; readonly id: string; readonly state: string };

/** A line of the payment service's books, as far as it matters here. */
export interface BookLine {
  readonly at: string;
  readonly event: string;
  readonly payId?: string;
  readonly action?: string;
  readonly payment?: {
    readonly payId: string;
    readonly requestId: string;
    readonly face: string;
    readonly amount: { readonly minor: number };
  };
}

/** A line of the ledger's journal. */
export interface LedgerLine {
  readonly outcome: string;
  readonly paymentId: string;
  readonly eventId: string;
  readonly tenant: string;
  readonly entries?: readonly { readonly account: string; readonly side: string; readonly minor: number }[];
}

/** A record of the topic of settled payments; `appendedAt` by the broker, milliseconds. */
export interface BusRecord {
  readonly appendedAt: number;
  /** Of the event. */
  readonly id: string;
  readonly data: { readonly paymentId: string; readonly tenant: string; readonly amount: { readonly minor: number } };
}

export interface Evidence {
  readonly clients: readonly ClientLine[];
  readonly books: readonly BookLine[];
  readonly ledger: readonly LedgerLine[];
  readonly bus: readonly BusRecord[];
}

/**
 * `unstable`: answers to one request contradict each other. `unfinished`: told 2xx, and not at its end. `unknown`: nobody
 * was told of it. `placed-twice`, `charged-twice`: at the service. `wrong-amount`: placed, told or posted otherwise than
 * asked. `lost-event`: paid, not on the bus. `doubled-event`: there as two events. `lost-posting`, `doubled-posting`: in
 * the ledger. `unpaid`: posted, and nobody paid. `early-confirmation`: confirmed before the event was on the bus.
 * `unconfirmed`: paid where the service wants to be told, and never told. `sums`: ledger and service disagree by municipality.
 */
export type ViolationKind =
  | 'unstable'
  | 'unfinished'
  | 'unknown'
  | 'placed-twice'
  | 'charged-twice'
  | 'wrong-amount'
  | 'lost-event'
  | 'doubled-event'
  | 'lost-posting'
  | 'doubled-posting'
  | 'unpaid'
  | 'early-confirmation'
  | 'unconfirmed'
  | 'sums';

export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
}

interface Asked {
  readonly key: string;
  readonly tenant: string;
  readonly minor: number;
  readonly ids: Set<string>;
  readonly told: Set<number>;
}

interface Placed {
  readonly payId: string;
  readonly face: string;
  readonly minor: number;
  charges: number;
  readonly confirmedAt: number[];
}

const CLEARING_ACCOUNT = '1370';
const PAID_STATES = new Set(['BOOKED', 'SETTLED']);
const UNPAID_STATES = new Set(['CANCELLED', 'FAILED', 'EXPIRED']);

/** Judges by what others wrote down; knows nothing of the hub. */
export function judge({ clients, books, ledger, bus }: Evidence): Violation[] {
  const asked = askedIn(clients);
  const ends = new Map(clients.flatMap((line) => (line.type === 'ended' ? [[line.id, line.state] as const] : [])));
  const placed = placedIn(books);
  const posted = groupBy(
    ledger.filter(({ outcome }) => outcome === 'POSTED'),
    ({ paymentId }) => paymentId,
  );
  const events = groupBy(bus, ({ data }) => data.paymentId);
  const byId = new Map(asked.flatMap((one) => [...one.ids].map((id) => [id, one] as const)));
  const violations = [
    ...asked.flatMap(answers),
    ...strangers(byId, placed, posted, events),
    ...[...byId].flatMap(([id, one]) => {
      const mine = placed.get(id) ?? [];
      return [
        ...atTheService(id, one, mine),
        ...onTheWay(id, one, mine, { events: events.get(id) ?? [], posted: posted.get(id) ?? [] }),
        ...ending(id, mine, ends.get(id)),
      ];
    }),
  ];
  // What is wrong with one payment makes the sums wrong too.
  return violations.length > 0 ? violations : sums(byId, placed, ledger);
}

function askedIn(clients: readonly ClientLine[]): Asked[] {
  const asked = new Map<string, Asked>();
  for (const line of clients) {
    if (line.type === 'asked') asked.set(line.key, { ...line, ids: new Set(), told: new Set() });
    if (line.type !== 'told') continue;
    const one = asked.get(line.key);
    if (!one) throw new Error(`the clients speak of ${line.key}, which none of them asked for`);
    one.ids.add(line.id);
    one.told.add(line.minor);
  }
  return [...asked.values()];
}

/** By the id that the hub placed them under. */
function placedIn(books: readonly BookLine[]): Map<string, Placed[]> {
  const byRequest = new Map<string, Placed[]>();
  const byPayId = new Map<string, Placed>();
  for (const { at, event, payId = '', action, payment } of books) {
    if (event === 'placed' && payment) {
      const { face, amount, requestId } = payment;
      const one = { payId: payment.payId, face, minor: amount.minor, charges: 0, confirmedAt: [] };
      byPayId.set(one.payId, one);
      byRequest.set(requestId, [...(byRequest.get(requestId) ?? []), one]);
    }
    const known = byPayId.get(payId);
    if (event === 'charged' && known) known.charges += 1;
    if (event === 'closed' && action === 'confirm') known?.confirmedAt.push(Date.parse(at));
  }
  return byRequest;
}

function answers({ key, ids, told, minor }: Asked): Violation[] {
  if (ids.size === 0) return [{ kind: 'unfinished', text: `${key} never got an answer 2xx` }];
  const others = [...told].filter((one) => one !== minor);
  return [
    ...(ids.size > 1 ? [{ kind: 'unstable' as const, text: `${key} was told ${[...ids].join(' and ')}` }] : []),
    ...others.map((one) => ({ kind: 'wrong-amount' as const, text: `${key} asked for ${minor} and was told ${one}` })),
  ];
}

function strangers(byId: ReadonlyMap<string, Asked>, ...places: readonly ReadonlyMap<string, unknown>[]): Violation[] {
  const ids = new Set(places.flatMap((place) => [...place.keys()]));
  return [...ids]
    .filter((id) => !byId.has(id))
    .map((id) => ({ kind: 'unknown', text: `nobody was told of the payment ${id}` }));
}

function atTheService(id: string, { minor }: Asked, placed: readonly Placed[]): Violation[] {
  const charges = placed.reduce((sum, one) => sum + one.charges, 0);
  return [
    ...(placed.length > 1 ? [{ kind: 'placed-twice' as const, text: `${id} lies there ${placed.length} times` }] : []),
    ...(charges > 1 ? [{ kind: 'charged-twice' as const, text: `${id} was paid ${charges} times` }] : []),
    ...placed
      .filter((one) => one.minor !== minor)
      .map((one) => ({
        kind: 'wrong-amount' as const,
        text: `${id} was placed with ${one.minor} instead of ${minor}`,
      })),
  ];
}

function onTheWay(
  id: string,
  { minor }: Asked,
  placed: readonly Placed[],
  { events, posted }: { readonly events: readonly BusRecord[]; readonly posted: readonly LedgerLine[] },
): Violation[] {
  const violations: Violation[] = [];
  const add = (kind: ViolationKind, text: string) => void violations.push({ kind, text: `${id} ${text}` });
  const isPaid = placed.some(({ charges }) => charges > 0);
  const first = Math.min(...events.map(({ appendedAt }) => appendedAt));
  if (isPaid && events.length === 0) add('lost-event', 'was paid, and its event is not on the bus');
  if (new Set(events.map((event) => event.id)).size > 1) add('doubled-event', 'is on the bus as two events');
  if (isPaid && events.length > 0 && posted.length === 0) add('lost-posting', 'is not in the ledger');
  if (posted.length > 1) add('doubled-posting', `is in the ledger ${posted.length} times`);
  if (!isPaid && posted.length > 0) add('unpaid', 'is in the ledger, and nobody paid it');
  for (const told of [...events.map(({ data }) => data.amount.minor), ...posted.map(grossOf)]) {
    if (told !== minor) add('wrong-amount', `is told to the ledger with ${told} instead of ${minor}`);
  }
  for (const { face, charges, confirmedAt } of placed) {
    const early = confirmedAt.filter((at) => at < first);
    if (early.length > 0) add('early-confirmation', `was confirmed at ${early[0]}, and on the bus at ${first}`);
    if (face === 'soap' && charges > 0 && confirmedAt.length === 0) add('unconfirmed', 'was never confirmed');
  }
  return violations;
}

function ending(id: string, placed: readonly Placed[], state: string | undefined): Violation[] {
  const wanted = placed.some(({ charges }) => charges > 0) ? PAID_STATES : UNPAID_STATES;
  return state !== undefined && wanted.has(state) ? [] : [{ kind: 'unfinished', text: `${id} ended as ${state}` }];
}

function sums(
  byId: ReadonlyMap<string, Asked>,
  placed: ReadonlyMap<string, readonly Placed[]>,
  ledger: readonly LedgerLine[],
): Violation[] {
  const [paid, posted] = [new Map<string, number>(), new Map<string, number>()];
  const add = (to: Map<string, number>, tenant: string, minor: number) => to.set(tenant, (to.get(tenant) ?? 0) + minor);
  for (const [id, { tenant }] of byId) {
    for (const one of placed.get(id) ?? []) add(paid, tenant, one.minor * one.charges);
  }
  for (const line of ledger) if (line.outcome === 'POSTED') add(posted, line.tenant, grossOf(line));
  return [...new Set([...paid.keys(), ...posted.keys()])]
    .filter((tenant) => (paid.get(tenant) ?? 0) !== (posted.get(tenant) ?? 0))
    .map((tenant) => ({
      kind: 'sums',
      text: `${tenant}: ${paid.get(tenant) ?? 0} were paid, ${posted.get(tenant) ?? 0} are posted`,
    }));
}

/** Debit of the payment service's account; its fee is a credit there. */
function grossOf({ entries = [] }: LedgerLine): number {
  return entries
    .filter(({ account, side }) => account === CLEARING_ACCOUNT && side === 'S')
    .reduce((sum, { minor }) => sum + minor, 0);
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}
