import { type XmlElement, readSmallXml, writeXml } from '@ozg-hub/xml';
import { z } from 'zod';
import { germanInstant } from './german-instant.ts';
import type { ProviderPayment } from './payment-provider.port.ts';

export const EPAY21_NAMESPACE = 'http://epay21.ekom21.de/service/v11';
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
const DETAIL_LENGTH = 99;

export type Epay21Operation = 'InitPayment' | 'GetPaymentStatus' | 'ConfirmPayment';

/** Who calls: the same in each message. */
export interface Epay21Caller {
  readonly mandant: string;
  readonly mandantDesc: string;
  readonly app: string;
}

/** A message of SOAP 1.1. @param query in the order of the service's description */
export function epay21Message(
  operation: Epay21Operation,
  { mandant, mandantDesc, app }: Epay21Caller,
  query: Readonly<Record<string, string>>,
): string {
  const caller = {
    Mandant: mandant,
    MandantDesc: mandantDesc,
    App: app,
    LocaleCode: 'DE_DE',
    ClientInfo: `${mandant}_${app}`,
  };
  const message = {
    name: operation,
    attributes: { xmlns: EPAY21_NAMESPACE },
    children: [elementOf('OP', caller), elementOf('Query', query)],
  };
  return writeXml({
    name: 'soap:Envelope',
    attributes: { 'xmlns:soap': ENVELOPE },
    children: [{ name: 'soap:Body', children: [message] }],
  });
}

function elementOf(name: string, values: Readonly<Record<string, string>>): XmlElement {
  return { name, children: Object.entries(values).map(([child, value]) => ({ name: child, children: [value] })) };
}

/** What ePay21 says: a payment, no with its own code, or a SOAP fault. */
export type Epay21Answer =
  | { readonly payment: ProviderPayment }
  | { readonly refused: string }
  /** `Client`: the message was not taken. `Server`: nobody knows. */
  | { readonly fault: 'Client' | 'Server' };

/** Text of an element, whatever attributes it has; undefined where it is empty. */
const text = z
  .union([z.string(), z.object({ '#text': z.string().default('') }).transform((element) => element['#text'])])
  .transform((value) => (value === '' ? undefined : value))
  .optional();
const known = z.string().regex(/^[\w-]{1,44}$/);

const result = z.object({
  Operation: z.object({
    Parameters: z.object({ Mandant: text }).optional().catch(undefined),
    Result: z.object({ OK: text, ErrorCode: text }),
  }),
  Payment: z
    .object({
      PayID: text.pipe(known),
      CallerPayID: text,
      Type: text,
      Status: text.pipe(z.string()),
      TimestampFinish: text,
    })
    .optional(),
  PayPageInfo: z.object({ PayPageUrl: text.pipe(z.url({ protocol: /^https?$/ })) }).optional(),
});
type Result = z.infer<typeof result>;

const STATUS: Readonly<Record<string, ProviderPayment['status']>> = {
  init: 'OPEN',
  started: 'OPEN',
  payed: 'PAID',
  confirmed: 'PAID',
  canceled: 'CANCELLED',
  failed: 'FAILED',
};

/** Undefined where the body is no answer to this operation. */
export function epay21Answer(operation: Epay21Operation, body: Buffer): Epay21Answer | undefined {
  const content = soapBody(body);
  const fault = z.object({ Fault: z.object({ faultcode: text }) }).safeParse(content);
  if (fault.success) return { fault: /(?:^|:)Client\b/.test(fault.data.Fault.faultcode ?? '') ? 'Client' : 'Server' };
  const expected = z.object({ [`${operation}Response`]: z.object({ [`${operation}Result`]: result }) });
  const read = expected.safeParse(content);
  if (!read.success) return undefined;
  const said = read.data[`${operation}Response`]![`${operation}Result`]!;
  const { OK: ok, ErrorCode: code = '' } = said.Operation.Result;
  if (ok === 'false') return { refused: /^[A-Z]\d{1,6}$/.test(code) ? code : 'unknown code' };
  return ok === 'true' && said.Payment ? { payment: paymentOf(said, said.Payment) } : undefined;
}

function paymentOf({ Operation, PayPageInfo }: Result, payment: NonNullable<Result['Payment']>): ProviderPayment {
  const { PayID, CallerPayID, Type, Status, TimestampFinish } = payment;
  const status = Object.hasOwn(STATUS, Status) ? STATUS[Status]! : 'OTHER';
  const saysMore = status === 'OTHER' || Status === 'started' || Status === 'confirmed';
  return {
    status,
    transactionId: PayID,
    statusDetail: saysMore ? Status.slice(0, DETAIL_LENGTH) : undefined,
    payPageUrl: status === 'OPEN' ? PayPageInfo?.PayPageUrl : undefined,
    requestId: CallerPayID,
    payee: Operation.Parameters?.Mandant,
    paidAt: status === 'PAID' ? germanInstant(TimestampFinish) : undefined,
    method: Type === 'none' ? undefined : Type?.slice(0, DETAIL_LENGTH),
  };
}

function soapBody(body: Buffer): unknown {
  try {
    const document = z.object({ Envelope: z.object({ Body: z.unknown() }) });
    return document.parse(readSmallXml(body.toString('utf8'))).Envelope.Body;
  } catch {
    return undefined;
  }
}
