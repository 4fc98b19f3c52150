import { type Money, lineOfGross, money, sum } from '@ozg-hub/money';
import type { FileFacts } from './posting-values.ts';
import { type Posting, type PostingItem, controlTotals } from './posting.ts';

/** A settled posting of 30.70 for tests, or another one. */
export function samplePosting(of: Partial<Posting> = {}): Posting {
  const items = of.items ?? [sampleItem('30.70')];
  return {
    position: 1,
    eventId: '01910000-0000-7000-8000-0000000000e1',
    paymentId: '01910000-0000-7000-8000-000000000011',
    kind: 'SETTLED',
    businessDay: '2026-11-20',
    gross: sum(
      items.map((item) => item.gross),
      'EUR',
    ),
    fee: money(35, 'EUR'),
    kassenzeichen: '2600000483-7',
    purpose: '2600000483-7 Parkausweis',
    provider: 'epay21',
    transactionId: '01910000-0000-4000-8000-000000000012',
    method: 'CREDITCARD',
    paidAt: new Date('2026-11-20T09:14:58Z'),
    ...of,
    items,
  };
}

/** All of a posting that went back a week later, or a part of it. */
export function sampleReversal(of: Posting, gross: Money = of.gross): Posting {
  return {
    ...of,
    position: of.position + 1,
    eventId: '01910000-0000-7000-8000-0000000000e2',
    kind: 'REVERSED',
    businessDay: '2026-11-27',
    gross,
    fee: undefined,
    reversal: {
      id: '01910000-0000-7000-8000-000000000013',
      originalEventId: of.eventId,
      kind: 'REFUND',
      at: new Date('2026-11-27T08:00:00Z'),
    },
  };
}

/** @param gross with a point, of the whole line */
export function sampleItem(gross: string, of: Partial<PostingItem> = {}): PostingItem {
  const taxRate = of.taxRate ?? '0.00';
  const { net, tax } = lineOfGross(money(Number(gross.replace('.', '')), 'EUR'), taxRate);
  return {
    id: 'ausweis',
    description: 'Bewohnerparkausweis, 1 Jahr',
    quantity: 1,
    taxRate,
    net,
    tax,
    gross: sum([net, tax], 'EUR'),
    booking: { produkt: '02.122.010', sachkonto: '5110', kostenstelle: '32300' },
    ...of,
  };
}

export function sampleFacts(postings: readonly Posting[]): FileFacts {
  return {
    id: '01910000-0000-7000-8000-0000000000f7',
    tenant: 'musterstadt',
    target: 'hkr',
    number: 7,
    businessDay: postings[0]?.businessDay ?? '2026-11-20',
    createdAt: new Date('2026-11-20T23:30:00.250Z'),
    currency: 'EUR',
    totals: controlTotals(postings, 'EUR'),
  };
}
