import { Readable } from 'node:stream';
import { type SampleEntry, sampleCamt053 } from '@ozg-hub/camt/samples';
import { newId, silentLogger } from '@ozg-hub/core';
import { money } from '@ozg-hub/money';
import type { Sql, Store } from '@ozg-hub/store';
import type { FoundReversal } from './found-reversals.port.ts';
import type { ReconciliationRun } from './reconciliation-item.ts';
import { reconciliationSettings } from './reconciliation-settings.ts';
import { Reconciliation } from './reconciliation.ts';

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
  readonly state?: string;
}

/** For tests: payments of a municipality in the tables, and their comparison. */
export class SampleBooks {
  readonly reconciliation: Reconciliation;
  readonly recorded: FoundReversal[] = [];

  constructor(readonly store: Store) {
    this.reconciliation = new Reconciliation({
      store,
      logger: silentLogger,
      settled: {
        mark: async (tx, ids, day) => {
          await tx.query('UPDATE payment SET settled_on = $2 WHERE id = ANY ($1::uuid[])', [ids, day]);
        },
      },
      reversals: {
        record: async (tx, found) => {
          this.recorded.push(found);
          return await this.reversal(found.paymentId, found.amount.minor, found.kind, found.reference, tx);
        },
      },
    });
  }

  async empty(): Promise<void> {
    await this.store.query(`TRUNCATE payment, provider_item, bank_item, reconciliation_run, reconciliation_item,
      reconciliation_match, reconciliation_import, audit CASCADE`);
  }

  /** @returns their ids */
  async paid(...payments: SamplePayment[]): Promise<string[]> {
    const ids: string[] = [];
    for (const { kassenzeichen, minor = 3000, fee, paidAt = '2026-09-01T10:00:00Z', state } of payments) {
      const id = newId();
      await this.store.query(
        `INSERT INTO payment (id, tenant, provider, endpoint, finance, directory_version, kassenzeichen, purpose, description,
           currency, gross_minor, items, return_token, timeout_minutes, state, transaction_id, fee_minor, paid_at, expires_at)
         VALUES ($1, 'musterstadt', 'epay21', 'epay.example', 'kasse', 'v', $2, 'p', 'd', 'EUR', $3, '[]', $8, 15, $4, $5, $6,
           $7, now())`,
        [id, kassenzeichen, minor, state ?? (paidAt ? 'BOOKED' : 'UNKNOWN'), `T${kassenzeichen}`, fee, paidAt, id],
      );
      ids.push(id);
    }
    return ids;
  }

  async reversal(paymentId: string, minor: number, kind: string, reference: string, sql: Sql = this.store) {
    const id = newId();
    await sql.query(
      `WITH row AS (INSERT INTO reversal (id, payment_id, kind, gross_minor, reference, at, actor)
         VALUES ($1, $2, $3, $4, $5, '2026-09-03T10:00:00Z', 'test') RETURNING gross_minor)
       UPDATE payment SET reversed_minor = reversed_minor + row.gross_minor FROM row WHERE payment.id = $2`,
      [id, paymentId, kind, minor, reference],
    );
    return id;
  }

  async run(
    day: string,
    {
      settings = sampleSettings,
      ...sources
    }: {
      settings?: object;
      providerList?: AsyncIterable<Uint8Array>;
      statements?: AsyncIterable<Uint8Array>[];
    } = {},
  ): Promise<ReconciliationRun> {
    const scope = { tenant: 'musterstadt', finance: 'kasse', settings: reconciliationSettings.parse(settings) };
    return await this.reconciliation.run({ ...scope, day, actor: 'test', ...sources });
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

  /** Days by Kassenzeichen. */
  async settledDays(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.store.query<{ kassenzeichen: string; day: string }>(
      'SELECT kassenzeichen, settled_on AS day FROM payment WHERE settled_on IS NOT NULL ORDER BY 1',
    );
    return Object.fromEntries(rows.map(({ kassenzeichen, day }) => [kassenzeichen, day]));
  }
}
