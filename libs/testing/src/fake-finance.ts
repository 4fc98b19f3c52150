import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@ozg-hub/core';
import { Journal } from './fake-dms-journal.ts';
import { type FinanceEvent, type FinanceLine, type FinanceRules, judgeFinance } from './fake-finance-ledger.ts';

export interface FakeFinanceOptions extends FinanceRules {
  /** Where `finance.jsonl` lies: every event and what became of it, on disk before any answer. */
  readonly folder: string;
  readonly clock?: Clock;
}

/** What a finance system says of an event. */
export interface FinanceAnswer {
  readonly tenant: string;
  readonly paymentId: string;
  readonly eventId: string;
  readonly outcome: 'ACCEPTED' | 'REJECTED';
  readonly document?: string;
  readonly code?: string;
  readonly at: string;
}

/**
 * The books of a municipality: double entry, rejecting by rule. An event is posted once however often it comes; events of a
 * payment wait while one before them is missing, and others do not wait for them. A restart goes on with the journal.
 */
export class FakeFinance {
  readonly #journal: Journal<FinanceLine>;
  readonly #options: FakeFinanceOptions;
  readonly #waiting = new Set<() => void>();
  readonly #ofPayment = new Map<string, FinanceLine[]>();
  readonly #rejections = new Map<string, number>();
  #count = 0;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: FakeFinanceOptions, journal: Journal<FinanceLine>) {
    this.#options = options;
    this.#journal = journal;
    for (const line of journal.lines) this.#remember(line);
  }

  static async open(options: FakeFinanceOptions): Promise<FakeFinance> {
    await mkdir(options.folder, { recursive: true });
    return new FakeFinance(options, await Journal.open<FinanceLine>(join(options.folder, 'finance.jsonl')));
  }

  /** All that came, in order. */
  get journal(): readonly FinanceLine[] {
    return this.#journal.lines;
  }

  get posted(): readonly FinanceLine[] {
    return this.journal.filter(({ outcome }) => outcome === 'POSTED');
  }

  /** Debits less credits of each account, in minor units; they come to zero together. */
  get balances(): ReadonlyMap<string, number> {
    const balances = new Map<string, number>();
    for (const { account, side, minor } of this.posted.flatMap(({ entries = [] }) => entries)) {
      balances.set(account, (balances.get(account) ?? 0) + (side === 'S' ? minor : -minor));
    }
    return balances;
  }

  /** What changes here holds from the next event on. */
  changeRules(rules: FinanceRules): void {
    Object.assign(this.#options, rules);
  }

  /**
   * Takes an event, one after the other.
   * @returns what is to be said: of it, and of those that waited for it; nothing while it waits itself
   */
  take(event: FinanceEvent, way: FinanceLine['way']): Promise<readonly FinanceAnswer[]> {
    const taken = this.#queue.then(() => this.#take(event, way));
    this.#queue = taken.catch(() => undefined);
    return taken;
  }

  /**
   * A clerk has put right why an event was rejected: it is judged again by the rules of now.
   * @returns what is to be said, by whichever way the event came
   */
  again(eventId: string): Promise<readonly FinanceAnswer[]> {
    const judged = this.#queue.then(async () => {
      const last = this.journal.findLast((line) => line.eventId === eventId && isAnswer(line.outcome));
      return last?.event ? await this.#judge(last.event, last.way) : [];
    });
    this.#queue = judged.catch(() => undefined);
    return judged;
  }

  /** Resolves as soon as it holds; looked at after each line of the journal. */
  async until(holds: (finance: FakeFinance) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#journal.close();
  }

  async #take(event: FinanceEvent, way: FinanceLine['way']): Promise<readonly FinanceAnswer[]> {
    const before = this.#ofPayment.get(event.paymentId) ?? [];
    const answered = before.findLast(({ eventId, outcome }) => eventId === event.id && isAnswer(outcome));
    if (answered) {
      await this.#write(event, way, { outcome: 'REPEATED' });
      return [toAnswer(answered)];
    }
    const next = nextSequence(before);
    if (event.sequence !== undefined && event.sequence < next) {
      await this.#write(event, way, { outcome: 'IGNORED' });
      return [];
    }
    if (event.sequence !== undefined && event.sequence > next) {
      const isHeld = before.some(({ eventId, outcome }) => eventId === event.id && outcome === 'HELD');
      await this.#write(event, way, isHeld ? { outcome: 'REPEATED' } : { outcome: 'HELD', event });
      return [];
    }
    const answers = await this.#judge(event, way);
    const held = this.#ofPayment
      .get(event.paymentId)
      ?.find((line) => line.outcome === 'HELD' && line.sequence === next + 1)?.event;
    return event.sequence !== undefined && held ? [...answers, ...(await this.#take(held, way))] : answers;
  }

  async #judge(event: FinanceEvent, way: FinanceLine['way']): Promise<readonly FinanceAnswer[]> {
    if (event.type === 'other') {
      await this.#write(event, way, { outcome: 'NOTED' });
      return [];
    }
    const before = this.#ofPayment.get(event.paymentId) ?? [];
    const verdict = judgeFinance(event, before, this.#options, (code) => this.#rejections.get(code) ?? 0);
    const document = `RE-${event.day.slice(0, 4)}-${String(this.#count + 1).padStart(6, '0')}`;
    const line = await this.#write(
      event,
      way,
      'code' in verdict
        ? { outcome: 'REJECTED', code: verdict.code, event }
        : { outcome: 'POSTED', document, entries: verdict.entries },
    );
    return [toAnswer(line)];
  }

  async #write(
    event: FinanceEvent,
    way: FinanceLine['way'],
    what: Pick<FinanceLine, 'outcome' | 'code' | 'document' | 'entries' | 'event'>,
  ): Promise<FinanceLine> {
    const { id: eventId, paymentId, tenant, type, sequence, kassenzeichen } = event;
    const line: FinanceLine = {
      at: (this.#options.clock ?? systemClock).now().toISOString(),
      way,
      ...{ eventId, paymentId, tenant, type },
      ...(sequence !== undefined && { sequence }),
      ...(kassenzeichen !== undefined && { kassenzeichen }),
      ...what,
    };
    await this.#journal.append(line);
    this.#remember(line);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    return line;
  }

  #remember(line: FinanceLine): void {
    const same = this.#ofPayment.get(line.paymentId);
    if (same) same.push(line);
    else this.#ofPayment.set(line.paymentId, [line]);
    if (line.outcome === 'POSTED') this.#count += 1;
    if (line.code !== undefined) this.#rejections.set(line.code, (this.#rejections.get(line.code) ?? 0) + 1);
  }
}

function isAnswer(outcome: FinanceLine['outcome']): boolean {
  return outcome === 'POSTED' || outcome === 'REJECTED';
}

/** Of the first event of the payment that was neither judged nor noted. */
function nextSequence(lines: readonly FinanceLine[]): number {
  const done = lines.filter(({ outcome }) => isAnswer(outcome) || outcome === 'NOTED');
  return done.reduce((next, { sequence }) => Math.max(next, (sequence ?? -1) + 1), 0);
}

function toAnswer({ tenant, paymentId, eventId, outcome, document, code, at }: FinanceLine): FinanceAnswer {
  return {
    ...{ tenant, paymentId, eventId, at },
    outcome: outcome === 'POSTED' ? 'ACCEPTED' : 'REJECTED',
    ...(document !== undefined && { document }),
    ...(code !== undefined && { code }),
  };
}
