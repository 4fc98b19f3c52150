import { z } from 'zod';
import { defineEvent } from './contract.ts';
import { eventMoney } from './money.ts';

const id = '01910000-0000-7000-8000-000000000011';
const cents = (minor: number) => ({ minor, currency: 'EUR' });

const payment = {
  paymentId: z.uuid(),
  tenant: z.string(),
  kassenzeichen: z.string(),
  submissionId: z.uuid().optional(),
  leistung: z.string().optional().describe('LeiKa key, 14 digits'),
  vorgang: z.string().optional(),
  amount: eventMoney.describe('gross; fees of the payment service are never taken off'),
  at: z.iso.datetime({ offset: true }),
};

const exampleOfPayment = {
  paymentId: id,
  tenant: 'musterstadt',
  kassenzeichen: '2600000483-7',
  submissionId: '01910000-0000-7000-8000-000000000002',
  leistung: '99999005012000',
  vorgang: 'MUS-2026-000483',
  amount: cents(3070),
  at: '2026-08-21T10:15:30+02:00',
};

const item = z.object({
  id: z.string(),
  reference: z.string().optional(),
  description: z.string(),
  quantity: z.int().positive(),
  taxRate: z.string().describe('percent, e.g. 19.00'),
  net: eventMoney,
  tax: eventMoney,
  gross: eventMoney,
  booking: z.object({
    produkt: z.string().optional(),
    sachkonto: z.string().optional(),
    kostenstelle: z.string().optional(),
    kostentraeger: z.string().optional(),
    haushaltsstelle: z.string().optional(),
    objektnummer: z.string().optional(),
    buchungstext: z.string().optional(),
    steuerschluessel: z.string().optional(),
  }),
});

const exampleOfItem = {
  id: 'ausweis',
  description: 'Bewohnerparkausweis, 1 Jahr',
  quantity: 1,
  taxRate: '0.00',
  net: cents(3070),
  tax: cents(0),
  gross: cents(3070),
  booking: { produkt: '02.122.010', sachkonto: '5110000', kostenstelle: '32300' },
};

const aggregateId = (data: { paymentId: string }) => data.paymentId;
/** A closing period and the year after it: a ledger may read all of it again. */
const retentionDays = 400;

/** A fee is asked for: the Soll-Stellung. */
export const paymentRequested = defineEvent({
  type: 'payment.requested',
  version: 1,
  description: 'A fee is asked for. A finance system may set it to Soll; no money has come.',
  retentionDays,
  partitions: 8,
  aggregateId,
  example: { ...exampleOfPayment, items: [exampleOfItem] },
  data: z.object({ ...payment, items: z.array(item).min(1) }),
});

/** The money came: what a ledger posts. */
export const paymentSettled = defineEvent({
  type: 'payment.settled',
  version: 1,
  description:
    'The payment service took the money. Carries all that a ledger needs; to be answered by booking.accepted or booking.rejected.',
  retentionDays,
  partitions: 8,
  aggregateId,
  example: {
    ...exampleOfPayment,
    items: [exampleOfItem],
    fee: cents(35),
    method: 'CREDITCARD',
    paidAt: '2026-08-21T10:14:58+02:00',
    purpose: '2600000483-7 Parkausweis',
    provider: 'epay21',
    transactionId: '01910000-0000-4000-8000-000000000012',
    late: false,
  },
  data: z.object({
    ...payment,
    items: z.array(item).min(1),
    fee: eventMoney.optional().describe('what the payment service keeps, where it says so'),
    method: z.string().optional().describe('open list, as the payment service names it'),
    paidAt: z.iso.datetime({ offset: true }),
    purpose: z.string().describe('as on the statement, 27 characters at most'),
    provider: z.string().describe('target of the directory'),
    transactionId: z.string(),
    providerReference: z.string().optional(),
    late: z.boolean().describe('the money came after the payment had been given up'),
  }),
});

const ended = (what: string) =>
  z.object({ ...payment, code: z.string().optional().describe(`why it ${what}, open list`) });

export const paymentFailed = defineEvent({
  type: 'payment.failed',
  version: 1,
  description: 'The payment came to nothing: the payment service ended or refused it, or its time ran out.',
  retentionDays,
  partitions: 8,
  aggregateId,
  example: { ...exampleOfPayment, code: 'EXPIRED' },
  data: ended('failed'),
});

export const paymentCancelled = defineEvent({
  type: 'payment.cancelled',
  version: 1,
  description: 'The citizen gave the payment up. Money that comes later all the same is payment.settled with late.',
  retentionDays,
  partitions: 8,
  aggregateId,
  example: exampleOfPayment,
  data: ended('was cancelled'),
});

/** Money went back. */
export const paymentReversed = defineEvent({
  type: 'payment.reversed',
  version: 1,
  description: 'Part or all of a settled payment went back. To be answered like payment.settled.',
  retentionDays,
  partitions: 8,
  aggregateId,
  example: {
    ...exampleOfPayment,
    reversalId: '01910000-0000-7000-8000-000000000013',
    originalEventId: '01910000-0000-7000-8000-000000000014',
    kind: 'REFUND',
    reversed: cents(3070),
    reversedAt: '2026-08-28T09:00:00+02:00',
    items: [exampleOfItem],
  },
  data: z.object({
    ...payment,
    reversalId: z.uuid(),
    originalEventId: z.uuid().describe('id of the payment.settled that is reversed'),
    kind: z.string().describe('open list: REFUND, CHARGEBACK'),
    reversed: eventMoney.describe('what went back by this event, positive'),
    reversedAt: z.iso.datetime({ offset: true }),
    reason: z.string().optional(),
    items: z.array(item).min(1).describe('of the payment as a whole'),
  }),
});
