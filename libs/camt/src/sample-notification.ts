import { money } from '@ozg-hub/money';
import type { Notification } from './notification.ts';

/** For tests: an advice that uses everything: a payment, one with a fee, a reversal. */
export function sampleNotification(change: Partial<Notification> = {}): Notification {
  return {
    messageId: 'HUB-20261121-000001',
    id: 'HUB-20261121-06531005',
    createdAt: new Date('2026-11-21T05:00:00.123Z'),
    sequence: 17,
    account: { iban: 'DE02120300000000202051' },
    currency: 'EUR',
    entries: [
      {
        reference: '1',
        amount: money(1200, 'EUR'),
        direction: 'CRDT',
        bookedOn: '2026-11-20',
        valueOn: '2026-11-21',
        bankReference: '2026112000001',
        endToEndId: '4200000000061',
        references: [{ type: 'PAYID', reference: '34d4958f9e3d41b2b54c5ff035784530' }],
        creditorReference: '4200000000061',
        remittance: ['Bewohnerparkausweis & Gebühr <2026>', 'Kassenzeichen 4200000000061'],
      },
      {
        reference: '2',
        amount: money(3000, 'EUR'),
        direction: 'CRDT',
        bookedOn: '2026-11-20',
        code: { domain: 'PMNT', family: 'RCDT', subFamily: 'ESCT', proprietary: 'NTRF+166', issuer: 'DK' },
        fee: money(36, 'EUR'),
        endToEndId: '4200000000072',
        creditorReference: '4200000000072',
      },
      {
        reference: '3',
        amount: money(1200, 'EUR'),
        direction: 'DBIT',
        reversal: { reason: 'CHARGEBACK', information: ['Rückbuchung der Kartenzahlung'] },
        bookedOn: '2026-11-20',
        endToEndId: '4200000000061',
        creditorReference: '4200000000061',
      },
    ],
    ...change,
  };
}
