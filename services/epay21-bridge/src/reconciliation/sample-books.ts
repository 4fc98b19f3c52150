import { Readable } from 'node:stream';
import { type SampleEntry, sampleCamt053 } from '@ozg-hub/camt/samples';
import { newId, silentLogger } from '@ozg-hub/core';
import { money } from '@ozg-hub/money';
import type { Store } from '@ozg-hub/store';
import { PaymentRecorder } from '../payment-recorder.ts';
import { type Payment, findPayment, insertPayment } from '../payment.repository.ts';
import { sampleItem } from '../receipt/sample-quittung.ts';
import { Reversals } from '../reversals.ts';
import type { PaymentEvent } from '../transition.ts';
import type { ReadFile, ReconciliationRun } from './reconciliation-item.ts';
import { reconciliationSettings } from './reconciliation-settings.ts';
import { type Compared, Reconciliation } from './reconciliation.ts';

export const sampleSettings = {
  iban: 'DE02120300000000202051',
  providerList: {
    columns: {
      transactionId: 'id',
      requestId: 'request',
      kassenzeichen: 'kz',
      date: 'day',
      gross: 'gross',
      fee: 'fee',
      payoutReference: 'payout',
      kind: 'kind',
    },
    dateFormat: 'yyyy-MM-dd',
  },
  payouts: { pattern: 'AUSZAHLUNG (\\S+)' },
};

/** Lines `id;request;kz;day;gross;fee;payout;kind` of the payment service's list. */
export function sampleList(...lines: string[]): AsyncIterable<Uint8Array> {
  return Readable.from([Buffer.from(['id;request;kz;day;gross;fee;payout;kind', ...lines].join('\n'))]);
}

/** An entry by its sum in cents, negative where money goes out, and what the payer wrote. */
export interface SampleLine extends Partial<SampleEntry> {
  readonly minor: number;
  readonly text: string;
  readonly currency?: string;
}

/** A camt.053 of 3 September 2026. */
export function sampleStatement(
  lines: readonly SampleLine[],
  { on = '2026-09-03', id = newId().slice(0, 18), iban = sampleSettings.iban } = {},
): AsyncIterable<Uint8Array> {
  const entry = (n: number): SampleEntry => {
    const { minor, text, currency = 'EUR', ...more } = lines[n]!;
    return {
      reference: String(n + 1),
      amount: money(Math.abs(minor), currency),
      direction: minor < 0 ? 'DBIT' : 'CRDT',
      bookedOn: on,
      valueOn: on,
      endToEndId: 'NOTPROVIDED',
      remittance: [text],
      ...more,
    };
  };
  const opening = money(100_000, lines[0]?.currency ?? 'EUR');
  return sampleCamt053({ id, iban, on, opening, count: lines.length, entry });
}

export interface SamplePayment {
  readonly kassenzeichen: string;
  /** Default 30.00 EUR, in cents. */
  readonly minor?: number;
  readonly fee?: number;
  /** Unset: on 1 September 2026; null: never. */
  readonly paidAt?: string | null;
  /** What happened to it. Default booked where it is paid, else nobody knows. */
  readonly events?: readonly PaymentEvent[];
}

const PAID: PaymentEvent = { type: 'says', status: 'PAID' };
const BOOKED: PaymentEvent = { type: 'booked', settled: false };

/** For tests: payments of a municipality as the bridge records them, and their comparison on 31 December 2026. */
export class SampleBooks {
  readonly reconciliation: Reconciliation;
  readonly #recorder = new PaymentRecorder({ source: '/test', closes: () => false });
  readonly #reversals: Reversals;
  /** Time of the comparison. */
  now = new Date('2026-12-31T12:00:00Z');

  constructor(readonly store: Store) {
    this.#reversals = new Reversals(store, this.#recorder);
    this.reconciliation = new Reconciliation({
      store,
      logger: silentLogger,
      recorder: this.#recorder,
      name: 'epay21-bridge',
      clock: { now: () => this.now },
    });
  }

  async empty(): Promise<void> {
    await this.store.query(`TRUNCATE payment, provider_item, bank_item, reconciliation_run, reconciliation_item,
      reconciliation_match, reconciliation_import, outbox, audit CASCADE`);
  }

  /** @returns their ids */
  async paid(...payments: SamplePayment[]): Promise<string[]> {
    const ids: string[] = [];
    for (const payment of payments) ids.push(await this.#paid(payment));
    return ids;
  }

  async #paid({ kassenzeichen, minor = 3000, fee, paidAt = '2026-09-01T10:00:00Z', ...more }: SamplePayment) {
    const { events = paidAt === null ? [{ type: 'outcomeUnknown' }] : [PAID, BOOKED] } = more;
    const id = newId();
    const gross = money(minor, 'EUR');
    await this.store.tx(async (tx) => {
      const payment = {
        ...{ id, tenant: 'musterstadt', provider: 'epay21', endpoint: 'epay.example', finance: 'kasse' },
        ...{ directoryVersion: 'v', submissionId: undefined, leistung: undefined, vorgang: undefined },
        ...{ blueprint: undefined, keyId: undefined, headerKey: undefined, contentHash: undefined },
        ...{ kassenzeichen, purpose: kassenzeichen, description: 'Parken', gross, serviceUrl: undefined },
        ...{
          items: [{ ...sampleItem(1), gross, net: gross }],
          returnToken: id,
          timeoutMinutes: 15,
          traceparent: undefined,
        },
      };
      await insertPayment(tx, payment, 0);
      const patch = {
        transactionId: `T${kassenzeichen}`,
        ...(fee !== undefined && { fee: money(fee, 'EUR') }),
        ...(paidAt !== null && { paidAt: new Date(paidAt) }),
      };
      let now: Payment = (await findPayment(tx, id, true))!;
      for (const event of events) {
        now = await this.#recorder.record(tx, now, { event, cause: event.type, actor: 'test', patch });
      }
    });
    return id;
  }

  /** What an operator says that went back. */
  async reversal(paymentId: string, minor: number, kind: 'REFUND' | 'CHARGEBACK', reference: string): Promise<void> {
    const at = new Date('2026-09-03T10:00:00Z');
    await this.#reversals.record({ paymentId, amount: money(minor, 'EUR'), kind, reference, at }, 'test');
  }

  async readList(list: AsyncIterable<Uint8Array>, settings: object = sampleSettings): Promise<ReadFile> {
    return await this.reconciliation.readList(compared(settings), list);
  }

  async readStatement(statement: AsyncIterable<Uint8Array>, settings: object = sampleSettings): Promise<ReadFile> {
    return await this.reconciliation.readStatement(compared(settings), statement);
  }

  /** Reads what is given, then compares. */
  async run(
    day: string,
    {
      settings = sampleSettings,
      providerList,
      statements = [],
    }: {
      settings?: object;
      providerList?: AsyncIterable<Uint8Array>;
      statements?: AsyncIterable<Uint8Array>[];
    } = {},
  ): Promise<ReconciliationRun> {
    if (providerList) await this.readList(providerList, settings);
    for (const statement of statements) await this.readStatement(statement, settings);
    return await this.reconciliation.run({ ...compared(settings), day, actor: 'test' });
  }

  /** `<class> <code> <Kassenzeichen> <hub> <provider> <bank>` of each. */
  async openItems(): Promise<string[]> {
    const items = await this.reconciliation.items({ tenants: ['musterstadt'] });
    return items.map((item) =>
      [item.class, item.code, item.kassenzeichen, item.hubMinor, item.providerMinor, item.bankMinor]
        .join(' ')
        .replace(/ +$/, ''),
    );
  }

  /** `<state> <day>` by Kassenzeichen. */
  async settled(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.store.query<{ kassenzeichen: string; settled: string }>(
      `SELECT kassenzeichen, state || ' ' || settled_on AS settled FROM payment WHERE settled_on IS NOT NULL ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ kassenzeichen, settled }) => [kassenzeichen, settled]));
  }

  /** `<Kassenzeichen> <kind> <cents> <day>` of what the finance system hears of money that went back, in order. */
  async wentBack(): Promise<string[]> {
    const rows = await this.store.query<{ posting: string }>(
      `SELECT concat_ws(' ', p.data->>'kassenzeichen', p.data->>'kind', p.gross_minor, p.business_day) AS posting
       FROM posting p WHERE p.kind = 'REVERSED' ORDER BY position`,
    );
    return rows.map(({ posting }) => posting);
  }
}

function compared(settings: object): Compared {
  return { tenant: 'musterstadt', finance: 'kasse', settings: reconciliationSettings.parse(settings) };
}
