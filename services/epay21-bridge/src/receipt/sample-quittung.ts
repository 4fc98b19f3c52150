import { lineOfGross, money, sum } from '@ozg-hub/money';
import type { PaymentItem } from '../payment.ts';
import type { Quittung } from './quittung.ts';

/** For tests: a line of a fee. */
export function sampleItem(number: number, description = `Gebühr ${number}`, rate = '0.00'): PaymentItem {
  return {
    id: `gebuehr-${number}`,
    description,
    quantity: 1,
    taxRate: rate,
    ...lineOfGross(money(3070, 'EUR'), rate),
    booking: { produkt: '02.122.010' },
  };
}

/** For tests: a Quittung of an invented municipality. */
export function sampleQuittung(changes: Partial<Quittung> = {}): Quittung {
  const items = changes.items ?? [sampleItem(1, 'Bewohnerparkausweis, 1 Jahr')];
  return {
    kommune: {
      name: 'Stadt Musterstadt',
      anschrift: {
        strasse: 'Marktplatz',
        hausnummer: '1',
        hausnummernzusatz: 'a',
        postleitzahl: '00001',
        ort: 'Musterstadt',
      },
    },
    kassenzeichen: '2026-00000483-7',
    leistung: 'Bewohnerparkausweis beantragen',
    description: 'Bewohnerparkausweis für ein Jahr',
    gross: sum(
      items.map(({ gross }) => gross),
      'EUR',
    ),
    paidAt: new Date('2026-08-21T08:14:58Z'),
    method: 'CREDITCARD',
    transactionId: '01910000-0000-4000-8000-000000000012',
    ...changes,
    items,
  };
}
