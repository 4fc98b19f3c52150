import { type DecimalJson, DecimalNumber, type Money, formatDecimal, writeDecimalJson } from '@ozg-hub/money';
import type { Booking, PaymentItem, PaymentOrder } from '../payment.ts';
import type { XBezahldiensteSettings } from './xbezahldienste-settings.ts';

type RequestSettings = Pick<XBezahldiensteSettings, 'bookingKeys' | 'sendDescription'>;

const DESCRIPTION_LENGTH = 250;

/**
 * The PaymentRequest of XBezahldienste 1.0.0 as JSON. ePay21 is strict: no null, no `requestor`, no empty `bookingData`.
 * The same order always gives the same text.
 */
export function paymentRequestJson(order: PaymentOrder, settings: RequestSettings): string {
  const description = settings.sendDescription ? plain(order.description) : '';
  return writeDecimalJson({
    requestId: order.id,
    requestTimestamp: order.createdAt.toISOString(),
    currency: order.gross.currency,
    // Spelled so in the standard.
    grosAmount: decimal(order.gross),
    purpose: order.purpose,
    description: description === '' ? undefined : description,
    redirectUrl: order.returnUrl,
    items: order.items.map((item) => itemOf(item, order, settings)),
  });
}

function itemOf(item: PaymentItem, order: PaymentOrder, settings: RequestSettings): DecimalJson {
  return {
    id: item.id,
    reference: item.reference,
    description: item.description.slice(0, DESCRIPTION_LENGTH).replaceAll(/\p{C}+/gu, ' '),
    taxRate: new DecimalNumber(item.taxRate),
    quantity: new DecimalNumber(String(item.quantity)),
    totalNetAmount: decimal(item.net),
    totalTaxAmount: decimal(item.tax),
    singleNetAmount: decimal(item.singleNet),
    singleTaxAmount: decimal(item.singleTax),
    bookingData: bookingDataOf(item.booking, order.kassenzeichen, settings.bookingKeys),
  };
}

function bookingDataOf(
  booking: Booking,
  kassenzeichen: string,
  keys: RequestSettings['bookingKeys'],
): Readonly<Record<string, string>> | undefined {
  const values = Object.entries({ ...booking, ...(keys && { kassenzeichen }) }) as [
    keyof Booking,
    string | undefined,
  ][];
  const data = values.flatMap(([name, value]) => {
    const key = keys ? keys[name] : name;
    return key === undefined || value === undefined || value === '' ? [] : [[key, value]];
  });
  return data.length === 0 ? undefined : (Object.fromEntries(data) as Record<string, string>);
}

function decimal(amount: Money): DecimalNumber {
  return new DecimalNumber(formatDecimal(amount));
}

/** The characters that the standard allows in a description. */
function plain(text: string): string {
  return text
    .replaceAll(/[^\w\s\-,.\u00C0-\u017F]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, DESCRIPTION_LENGTH);
}
