import { formatDecimal } from '@ozg-hub/money';
import { z } from 'zod';
import { paymentStates } from './payment.ts';
import type { Payment } from './payment.repository.ts';
import { isOpen } from './transition.ts';

const instant = z.iso.datetime();

/** A payment as its online service sees it. */
export const paymentView = z.object({
  id: z.uuid(),
  tenant: z.string(),
  state: z.enum(paymentStates),
  amount: z.string().describe('decimal, gross'),
  currency: z.string(),
  kassenzeichen: z.string(),
  purpose: z.string(),
  description: z.string(),
  payPageUrl: z.string().optional().describe('where the citizen pays; only while the payment is open'),
  submissionId: z.uuid().optional(),
  vorgang: z.string().optional(),
  paidAt: instant.optional(),
  method: z.string().optional(),
  transactionId: z.string().optional(),
  code: z.string().optional().describe('why it is where it is'),
  createdAt: instant,
  expiresAt: instant,
});
export type PaymentView = z.input<typeof paymentView>;

/** What an operator sees beside. */
export const operatorView = paymentView.extend({
  provider: z.string(),
  finance: z.string().optional(),
  integrity: z.string().optional(),
  providerStatus: z.string().optional(),
  providerReference: z.string().optional(),
  booking: z.string().optional(),
  bookingReference: z.string().optional(),
  bookingCode: z.string().optional(),
  bookedAt: instant.optional(),
  closing: z.string().optional(),
  settledOn: z.iso.date().optional(),
  fee: z.string().optional(),
  reversed: z.string().optional(),
  receipt: z.boolean(),
  looks: z.int(),
  nextLookAt: instant.optional(),
});

export function viewOf(payment: Payment): PaymentView {
  const { id, tenant, state, gross, kassenzeichen, purpose, description, submissionId, vorgang } = payment;
  return {
    id,
    tenant,
    state,
    amount: formatDecimal(gross),
    currency: gross.currency,
    kassenzeichen,
    purpose,
    description,
    payPageUrl: isOpen(state) ? payment.payPageUrl : undefined,
    submissionId,
    vorgang,
    paidAt: payment.paidAt?.toISOString(),
    method: payment.method,
    transactionId: payment.transactionId,
    code: payment.integrity ?? payment.code,
    createdAt: payment.createdAt.toISOString(),
    expiresAt: payment.expiresAt.toISOString(),
  };
}

export function operatorViewOf(payment: Payment): z.input<typeof operatorView> {
  const { provider, finance, integrity, providerStatus, providerReference, booking, closing, settledOn } = payment;
  return {
    ...viewOf(payment),
    provider,
    finance,
    integrity,
    providerStatus,
    providerReference,
    booking,
    bookingReference: payment.bookingReference,
    bookingCode: payment.bookingCode,
    bookedAt: payment.bookedAt?.toISOString(),
    closing,
    settledOn,
    fee: payment.fee && formatDecimal(payment.fee),
    reversed: payment.reversed.minor > 0 ? formatDecimal(payment.reversed) : undefined,
    receipt: payment.receiptRef !== undefined,
    looks: payment.looks,
    nextLookAt: payment.nextLookAt?.toISOString(),
  };
}
