/** An amount as the published events carry it. */
export interface FinanceMoney {
  readonly minor: number;
  readonly currency: string;
}

export interface FinanceItem {
  readonly id?: string;
  readonly net?: FinanceMoney;
  readonly tax?: FinanceMoney;
  readonly gross: FinanceMoney;
  readonly booking?: Readonly<Record<string, string | undefined>>;
}

/** What a finance system understands of an event or of the lines of a file; what it does not know it leaves alone. */
export interface FinanceEvent {
  readonly id: string;
  /** `other`: counts in the sequence and is not posted. */
  readonly type: 'settled' | 'reversed' | 'other';
  readonly tenant: string;
  readonly paymentId: string;
  /** Position among the events of the payment, from 0; left out where the way of it knows none. */
  readonly sequence?: number;
  readonly kassenzeichen?: string;
  /** What came or went back. */
  readonly amount: FinanceMoney;
  readonly fee?: FinanceMoney;
  /** Day on which it did, `2026-11-20`. */
  readonly day: string;
  /** Of the payment as a whole. */
  readonly items: readonly FinanceItem[];
  readonly originalEventId?: string;
}

/** One side of a posting in double entry: minor units, `S` debits, `H` credits. */
export interface FinanceEntry {
  readonly account: string;
  readonly side: 'S' | 'H';
  readonly minor: number;
}

/**
 * A line of the journal, on disk before any answer. POSTED and REJECTED are answers; REPEATED gives the first one again;
 * HELD waits for what is missing before it; IGNORED is older than what came already; NOTED is nothing to post.
 */
export interface FinanceLine {
  readonly at: string;
  readonly way: 'kafka' | 'file' | 'http';
  readonly outcome: 'POSTED' | 'REJECTED' | 'REPEATED' | 'HELD' | 'IGNORED' | 'NOTED';
  readonly eventId: string;
  readonly paymentId: string;
  readonly tenant: string;
  readonly type: FinanceEvent['type'];
  readonly sequence?: number;
  /** Number of the posting. */
  readonly document?: string;
  readonly code?: string;
  readonly kassenzeichen?: string;
  readonly entries?: readonly FinanceEntry[];
  /** As it came, where it is HELD or REJECTED. */
  readonly event?: FinanceEvent;
}

/** What the books accept. */
export interface FinanceRules {
  /** Known Sachkonten; left out: every one. */
  readonly accounts?: readonly string[];
  /** Nothing is posted on this day or before. */
  readonly closedUntil?: string;
  /** Where an item names no Sachkonto; left out: that is rejected. */
  readonly defaultAccount?: string;
  /** Kassenzeichen that match the pattern are rejected with the code; so many times, or always. */
  readonly reject?: readonly { readonly kassenzeichen: string; readonly code: string; readonly times?: number }[];
}

/** What the payment service owes. */
export const CLEARING_ACCOUNT = '1370';
/** Fees of the payment service. */
export const FEE_ACCOUNT = '6855';

type Verdict = { readonly code: string } | { readonly entries: readonly FinanceEntry[] };

/**
 * What becomes of an event. Pure: the same books, rules and event, the same verdict.
 * @param ofPayment what the journal says of the payment
 * @param rejections how many were rejected with a code
 */
export function judgeFinance(
  event: FinanceEvent,
  ofPayment: readonly FinanceLine[],
  rules: FinanceRules,
  rejections: (code: string) => number,
): Verdict {
  const code =
    scripted(event, rules, rejections) ??
    wrongSums(event) ??
    (rules.closedUntil !== undefined && event.day <= rules.closedUntil ? 'CLOSED_PERIOD' : undefined);
  if (code) return { code };
  return event.type === 'reversed' ? judgeReversal(event, ofPayment) : judgeIncome(event, rules);
}

function judgeIncome(event: FinanceEvent, { accounts, defaultAccount }: FinanceRules): Verdict {
  const income: FinanceEntry[] = [];
  for (const { gross, booking } of event.items) {
    const account = booking?.['sachkonto'] ?? defaultAccount;
    if (account === undefined) return { code: 'BOOKING_KEY_MISSING' };
    if (accounts && !accounts.includes(account)) return { code: 'UNKNOWN_ACCOUNT' };
    if (gross.minor > 0) income.push({ account, side: 'H', minor: gross.minor });
  }
  const fee: FinanceEntry[] = event.fee?.minor
    ? [
        { account: FEE_ACCOUNT, side: 'S', minor: event.fee.minor },
        { account: CLEARING_ACCOUNT, side: 'H', minor: event.fee.minor },
      ]
    : [];
  return { entries: [{ account: CLEARING_ACCOUNT, side: 'S', minor: event.amount.minor }, ...income, ...fee] };
}

/** Takes back out of the accounts of the original, the first ones first, what earlier reversals left there. */
function judgeReversal(event: FinanceEvent, ofPayment: readonly FinanceLine[]): Verdict {
  const posted = ofPayment.filter(({ outcome }) => outcome === 'POSTED');
  const original = posted.find((line) => line.eventId === event.originalEventId && line.type === 'settled');
  if (!original) return { code: 'UNKNOWN_ORIGINAL' };
  const left = new Map<string, number>();
  for (const { type, entries = [] } of posted) {
    for (const { account, side, minor } of entries) {
      if (account === CLEARING_ACCOUNT || account === FEE_ACCOUNT || (type === 'settled') !== (side === 'H')) continue;
      left.set(account, (left.get(account) ?? 0) + (side === 'H' ? minor : -minor));
    }
  }
  let open = event.amount.minor;
  const taken: FinanceEntry[] = [];
  for (const [account, minor] of left) {
    const part = Math.min(open, minor);
    if (part > 0) taken.push({ account, side: 'S', minor: part });
    open -= part;
  }
  if (open > 0) return { code: 'OVER_REVERSED' };
  return { entries: [...taken, { account: CLEARING_ACCOUNT, side: 'H', minor: event.amount.minor }] };
}

function wrongSums({ type, amount, items }: FinanceEvent): string | undefined {
  if (amount.currency !== 'EUR' || items.some(({ gross }) => gross.currency !== 'EUR')) return 'CURRENCY';
  if (amount.minor <= 0 || items.length === 0) return 'AMOUNT';
  const total = items.reduce((sum, { gross }) => sum + gross.minor, 0);
  const isOff = type === 'settled' ? total !== amount.minor : total < amount.minor;
  const lineIsOff = items.some(({ net, tax, gross }) => net && tax && net.minor + tax.minor !== gross.minor);
  return isOff || lineIsOff ? 'SUM_MISMATCH' : undefined;
}

function scripted(
  { kassenzeichen = '' }: FinanceEvent,
  { reject = [] }: FinanceRules,
  rejections: (code: string) => number,
) {
  return reject.find(
    ({ kassenzeichen: pattern, code, times = Infinity }) =>
      new RegExp(pattern, 'u').test(kassenzeichen) && rejections(code) < times,
  )?.code;
}
