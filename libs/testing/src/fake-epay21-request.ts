import { type Money, isSame, parseDecimal, readDecimalJson, sum } from '@ozg-hub/money';
import { z } from 'zod';

const id = z.string().regex(/^[\w-]{1,36}$/);
const amount = z.number().min(0).max(999_999);

const item = z.strictObject({
  id: id.optional(),
  reference: id.optional(),
  description: z.string().max(250).optional(),
  taxRate: z.number().min(0).max(100).optional(),
  quantity: z.int().min(1).max(999_999).optional(),
  totalNetAmount: amount,
  totalTaxAmount: amount,
  singleNetAmount: amount.optional(),
  singleTaxAmount: amount.optional(),
  bookingData: z.record(z.string(), z.string().max(250)).optional(),
});

/** A PaymentRequest as strictly as ePay21 takes it: nothing that is null or not known, no `requestor`. */
export const paymentRequest = z.strictObject({
  requestId: id,
  requestTimestamp: z.iso.datetime({ offset: true }),
  currency: z.literal('EUR'),
  grosAmount: z.number().positive().max(999_999),
  purpose: z.string().regex(/^[\w\s-]{1,27}$/),
  description: z
    .string()
    .regex(/^[\w\s\-,.\u00C0-\u017F]{1,250}$/)
    .optional(),
  redirectUrl: z.url().max(2082),
  items: z.array(item).min(1).max(99),
});

export interface BookingKeys {
  readonly known: readonly string[];
  readonly required?: readonly string[];
}

export interface ReadRequest {
  readonly request: z.infer<typeof paymentRequest>;
  readonly amount: Money;
}

/** The request, or the functionalCode for which it is refused. */
export function readPaymentRequest(text: string, keys: BookingKeys): ReadRequest | string {
  let exact: Exact;
  let parsed;
  try {
    parsed = paymentRequest.safeParse(JSON.parse(text));
    exact = readDecimalJson(text) as Exact;
  } catch {
    return 'VALIDATION_ERROR';
  }
  if (!parsed.success) return 'VALIDATION_ERROR';
  const request = parsed.data;
  const data = request.items.map(({ bookingData }) => bookingData);
  if (data.some((one) => one && Object.keys(one).length === 0)) return 'VALIDATION_ERROR';
  try {
    const gross = parseDecimal(exact.grosAmount, 'EUR');
    const lines = exact.items.flatMap((line) => [line.totalNetAmount, line.totalTaxAmount]);
    const total = sum(
      lines.map((line) => parseDecimal(line, 'EUR')),
      'EUR',
    );
    if (!isSame(total, gross)) return 'CALCULATION_ERROR';
    const right = data.every((one = {}) => isRight(Object.keys(one), keys));
    return right ? { request, amount: gross } : 'BOOKING_DATA_MISSING';
  } catch {
    return 'VALIDATION_ERROR';
  }
}

interface Exact {
  readonly grosAmount: string;
  readonly items: readonly { readonly totalNetAmount: string; readonly totalTaxAmount: string }[];
}

function isRight(given: readonly string[], { known, required = [] }: BookingKeys): boolean {
  return given.every((key) => known.includes(key)) && required.every((key) => given.includes(key));
}
