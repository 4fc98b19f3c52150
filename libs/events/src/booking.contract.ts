import { z } from 'zod';
import { defineEvent } from './contract.ts';

const answer = {
  paymentId: z.uuid(),
  tenant: z.string(),
  eventId: z.uuid().describe('id of the payment.settled or payment.reversed that is answered'),
  at: z.iso.datetime({ offset: true }),
};

const exampleOfAnswer = {
  paymentId: '01910000-0000-7000-8000-000000000011',
  tenant: 'musterstadt',
  eventId: '01910000-0000-7000-8000-000000000014',
  at: '2026-08-21T10:20:00+02:00',
};

const aggregateId = (data: { paymentId: string }) => data.paymentId;

/** The finance system has posted it. Published by finance systems, not by the hub. */
export const bookingAccepted = defineEvent({
  type: 'booking.accepted',
  version: 1,
  description: 'Published by a finance system: it has posted the payment or the reversal.',
  retentionDays: 400,
  partitions: 8,
  fromOutside: true,
  aggregateId,
  example: { ...exampleOfAnswer, document: 'RE-2026-004711' },
  data: z.object({ ...answer, document: z.string().max(100).optional().describe('number of the posting there') }),
});

/** The finance system cannot post it: a case for an operator. */
export const bookingRejected = defineEvent({
  type: 'booking.rejected',
  version: 1,
  description: 'Published by a finance system: it cannot post the payment or the reversal; a person has to look.',
  retentionDays: 400,
  partitions: 8,
  fromOutside: true,
  aggregateId,
  example: { ...exampleOfAnswer, code: 'UNKNOWN_ACCOUNT' },
  data: z.object({ ...answer, code: z.string().regex(/^[A-Z0-9_.-]{1,60}$/), reason: z.string().max(250).optional() }),
});
