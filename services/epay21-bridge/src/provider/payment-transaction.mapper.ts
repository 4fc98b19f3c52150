import { isHubError } from '@ozg-hub/core';
import { parseDecimal, readDecimalJson } from '@ozg-hub/money';
import { z } from 'zod';
import { germanInstant } from './german-instant.ts';
import type { ProviderPayment } from './payment-provider.port.ts';

const DETAIL_LENGTH = 99;
/** ePay21 sends no null; others may. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

const text = optional(z.string().transform((value) => value.slice(0, DETAIL_LENGTH)));

/** A PaymentTransaction of XBezahldienste 1.0.0, numbers as text. What the hub has no use for is not looked at. */
const paymentTransaction = z.object({
  paymentInformation: z.object({
    transactionId: z.string().regex(/^[\w-]{1,44}$/),
    status: z.string().min(1),
    statusDetail: text,
    transactionUrl: optional(z.string()),
    transactionRedirectUrl: optional(z.url({ protocol: /^https?$/ })),
    transactionReference: text,
    transactionTimestamp: optional(z.string()),
    paymentMethod: text,
    paymentMethodDetail: text,
  }),
  paymentRequest: optional(
    z.object({
      requestId: text,
      currency: optional(z.string().regex(/^[A-Z]{3}$/)),
      grosAmount: optional(z.string()),
    }),
  ),
});
type PaymentTransaction = z.infer<typeof paymentTransaction>;

const STATUS: Readonly<Record<string, ProviderPayment['status']>> = {
  INITIAL: 'OPEN',
  PAYED: 'PAID',
  FAILED: 'FAILED',
  CANCELED: 'CANCELLED',
};

/** What a 200 says; undefined where it is no PaymentTransaction, or one whose amount is none. */
export function paymentOf(body: Buffer): ProviderPayment | undefined {
  const read = paymentTransaction.safeParse(json(body));
  if (!read.success) return undefined;
  try {
    return mapped(read.data);
  } catch (error) {
    if (isHubError(error)) return undefined;
    throw error;
  }
}

function mapped({ paymentInformation: information, paymentRequest: request }: PaymentTransaction): ProviderPayment {
  const { transactionId, transactionUrl, transactionTimestamp, paymentMethod, paymentMethodDetail } = information;
  const status = Object.hasOwn(STATUS, information.status) ? STATUS[information.status]! : 'OTHER';
  const amount = request?.grosAmount !== undefined && request.currency !== undefined;
  return {
    status,
    transactionId,
    statusDetail: status === 'OTHER' ? information.status.slice(0, DETAIL_LENGTH) : information.statusDetail,
    payPageUrl: status === 'OPEN' ? information.transactionRedirectUrl : undefined,
    amount: amount ? parseDecimal(request.grosAmount!, request.currency!) : undefined,
    requestId: request?.requestId,
    payee: payeeOf(transactionUrl, transactionId),
    reference: information.transactionReference,
    paidAt: status === 'PAID' ? germanInstant(transactionTimestamp) : undefined,
    method: paymentMethod === 'OTHER' ? (paymentMethodDetail ?? paymentMethod) : paymentMethod,
  };
}

/** The address under which a payment is asked for names originator and endpoint. */
function payeeOf(url: string | undefined, transactionId: string): string | undefined {
  const [, originator, endpoint, transaction] =
    /\/paymenttransaction\/([\w-]+)\/([\w-]+)\/([\w-]+)$/.exec(url ?? '') ?? [];
  return transaction === transactionId ? `${originator}/${endpoint}` : undefined;
}

const problem = z.object({
  functionalCode: optional(z.string()),
  transactionId: optional(z.string().regex(/^[\w-]{1,44}$/)).catch(undefined),
});
export type Problem = z.infer<typeof problem>;

/** A refusal as the standard has it (application/problem+json); undefined for any other. */
export function problemOf(body: Buffer): Problem | undefined {
  const read = problem.safeParse(json(body));
  return read.success ? read.data : undefined;
}

function json(body: Buffer): unknown {
  try {
    return readDecimalJson(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
