import { berlinDateTime } from '@ozg-hub/core';
import { money } from '@ozg-hub/money';
import { type XmlElement, readSmallXml, writeXml } from '@ozg-hub/xml';
import { z } from 'zod';
import type { FakeEpay21Books, FakePayment } from './fake-epay21-books.ts';
import type { Epay21Call, Epay21Operation, Epay21Reply, FakePayee, Tampered } from './fake-epay21-reply.ts';

const NAMESPACE = 'http://epay21.ekom21.de/service/v11';
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP_PATH = '/epay21/service/v11/ePay21Service.asmx';

const OPERATIONS: Readonly<Record<string, Epay21Operation>> = {
  InitPayment: 'initiate',
  GetPaymentStatus: 'look',
  ConfirmPayment: 'close',
};

const address = z.url({ protocol: /^https?$/ }).max(2000);
const op = z.strictObject({
  Mandant: z.string().regex(/^\d{8}$/),
  MandantDesc: z.string().max(250),
  App: z.string().min(1).max(50),
  LocaleCode: z.literal('DE_DE'),
  ClientInfo: z.string().min(1).max(250),
});
const queries = {
  InitPayment: z.strictObject({
    CallerPayID: z.string().regex(/^[\w-]{1,50}$/),
    /** The characters of SEPA. */
    Purpose: z.string().regex(/^[A-Za-z0-9 ':?,\-(+.)/]{1,27}$/),
    OrderDesc: z.string().max(250).optional(),
    Amount: z.string().regex(/^[1-9]\d{0,9}$/),
    Currency: z.literal('EUR'),
    ReturnURL: address,
    CancelURL: address,
    Art: z.literal('online'),
    GetQrCode: z.enum(['true', 'false']),
    PaymentTimeout: z.string().regex(/^[1-9]\d{0,3}$/),
  }),
  GetPaymentStatus: z.strictObject({ SearchKey: z.string().min(1).max(50), SearchMode: z.literal('normal') }),
  ConfirmPayment: z.strictObject({ PayID: z.uuid(), Action: z.enum(['confirm', 'failure', 'cancel']) }),
};
type Operation = keyof typeof queries;
type Op = z.infer<typeof op>;

/** ePay21's own service, version 11. A second InitPayment with the same CallerPayID makes a second payment. */
export class FakeEpay21Soap {
  constructor(
    private readonly books: () => FakeEpay21Books,
    private readonly payees: readonly FakePayee[],
    private readonly origin: () => string,
  ) {}

  call(action: string | undefined, body: string): Epay21Call {
    const name = /^"?(?:.*\/)(\w+)"?$/.exec(action ?? '')?.[1] ?? '';
    if (action?.replaceAll('"', '') !== `${NAMESPACE}/${name}` || !Object.hasOwn(queries, name)) {
      return { operation: 'other', requestId: undefined, run: async () => soapFault('The SOAPAction is not known.') };
    }
    const operation = name as Operation;
    const given = messageIn(body, operation);
    const key = given?.Query['CallerPayID'] ?? given?.Query['SearchKey'];
    const requestId = key === undefined ? this.books().get(String(given?.Query['PayID']))?.requestId : String(key);
    return {
      operation: OPERATIONS[operation]!,
      requestId,
      run: async (tampered) => {
        if (!given) return soapFault('The message cannot be read.');
        const caller = op.safeParse(given.OP);
        const query = queries[operation].safeParse(given.Query);
        const known = caller.success && this.payees.some(({ mandant }) => mandant === caller.data.Mandant);
        if (!known || !query.success) return refused(operation, given.OP, 'X101', 'API-Parameterfehler');
        return await this.#answer(operation, caller.data, query.data as Readonly<Record<string, string>>, tampered);
      },
    };
  }

  async #answer(
    operation: Operation,
    caller: Op,
    query: Readonly<Record<string, string>>,
    tampered: Tampered,
  ): Promise<Epay21Reply> {
    const books = this.books();
    if (operation === 'InitPayment') {
      const payment = await books.place({
        requestId: query['CallerPayID']!,
        payee: caller.Mandant,
        face: 'soap',
        amount: money(Number(query['Amount']), 'EUR'),
        purpose: query['Purpose']!,
        kassenzeichen: query['Purpose']!,
        returnUrl: query['ReturnURL']!,
        cancelUrl: query['CancelURL']!,
        timeoutMinutes: Number(query['PaymentTimeout']),
      });
      return this.#payment(operation, caller, payment, tampered);
    }
    const id = operation === 'ConfirmPayment' ? query['PayID']! : books.ofRequest(query['SearchKey']!)?.payId;
    const payment = id === undefined ? undefined : await books.find(id);
    if (!payment || !this.#isOf(payment, caller.Mandant)) {
      return refused(operation, caller, 'P107', 'Der Bezahlvorgang wurde nicht gefunden (PayID).');
    }
    if (operation === 'ConfirmPayment') await books.confirm(payment.payId, query['Action']!);
    return this.#payment(operation, caller, payment, tampered);
  }

  #isOf(payment: FakePayment, mandant: string): boolean {
    if (payment.face === 'soap') return payment.payee === mandant;
    return this.payees.some(
      (one) => one.mandant === mandant && `${one.originatorId}/${one.endpointId}` === payment.payee,
    );
  }

  #payment(operation: Operation, caller: Op, payment: FakePayment, tampered: Tampered): Epay21Reply {
    const { payId, requestId, status, startedAt, finishedAt, charges, protocol } = payment;
    const initiated = operation === 'InitPayment';
    const entries = protocol.map((entry) =>
      el('ProtocolEntry', [
        el('Timestamp', berlinDateTime(new Date(entry.at))),
        el('Operation', entry.operation),
        el('Text', `Operation '${entry.operation}' 'OK'`),
        el('OperationOk', 'true'),
        el('PaymentState', entry.status),
      ]),
    );
    return envelope(`${operation}Response`, [
      el(`${operation}Result`, [
        operationOf({ ...caller, Mandant: tampered.payee ?? caller.Mandant }, [
          el('OK', 'true'),
          ...(initiated ? [el('PayID', payId)] : []),
        ]),
        el('Payment', [
          el('Type', tampered.method ?? charges.at(-1)?.method ?? 'none'),
          el('PayID', payId),
          ...(initiated ? [] : [el('CallerPayID', tampered.requestId ?? requestId)]),
          el('Status', tampered.status ?? status),
          el('TimestampStart', local(startedAt)),
          el('TimestampFinish', local(finishedAt)),
          ...(initiated ? [] : [el('Protocol', entries)]),
        ]),
        ...(initiated ? [el('PayPageInfo', [el('PayPageUrl', `${this.origin()}/pay/${payId}`)])] : []),
      ]),
    ]);
  }
}

/** OK=false, as ePay21 says no; the HTTP status is 200 all the same. */
export function refusedReply(operation: 'initiate' | 'look' | 'close', code: string): Epay21Reply {
  const [name] = Object.entries(OPERATIONS).find(([, one]) => one === operation)!;
  return refused(name as Operation, {}, code, 'refused');
}

export function soapFault(message: string): Epay21Reply {
  const fault = el('soap:Fault', [el('faultcode', 'soap:Server'), el('faultstring', message)]);
  return { ...wrapped(fault), status: 500 };
}

function refused(
  operation: Operation,
  caller: Readonly<Record<string, unknown>>,
  code: string,
  message: string,
): Epay21Reply {
  const result = [
    el('OK', 'false'),
    el('ErrorCode', code),
    el('ErrorMessage', `(${code}) ${message}`),
    el('ErrorMessageDetail', `(${code}) ${message}`),
  ];
  return envelope(`${operation}Response`, [el(`${operation}Result`, [operationOf(caller, result)])]);
}

function operationOf(caller: Readonly<Record<string, unknown>>, result: readonly XmlElement[]): XmlElement {
  const parameters = Object.entries(caller).map(([name, value]) => el(name, String(value)));
  return el('Operation', [el('Parameters', parameters), el('Result', result)]);
}

function envelope(name: string, children: readonly XmlElement[]): Epay21Reply {
  return wrapped({ name, attributes: { xmlns: NAMESPACE }, children });
}

function wrapped(content: XmlElement): Epay21Reply {
  const root = {
    name: 'soap:Envelope',
    attributes: { 'xmlns:soap': ENVELOPE },
    children: [el('soap:Body', [content])],
  };
  return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: writeXml(root) };
}

function el(name: string, content: string | readonly XmlElement[]): XmlElement {
  return { name, children: typeof content === 'string' ? [content] : content };
}

/** Germany's local time without offset; the year 1 is unset. */
function local(at: string | undefined): string {
  return at === undefined ? '0001-01-01T00:00:00' : berlinDateTime(new Date(at)).slice(0, 19);
}

interface Message {
  readonly OP: Readonly<Record<string, unknown>>;
  readonly Query: Readonly<Record<string, unknown>>;
}

function messageIn(body: string, operation: Operation): Message | undefined {
  const part = z.record(z.string(), z.unknown());
  const message = z.strictObject({ OP: part, Query: part });
  const document = z.object({ Envelope: z.object({ Body: z.strictObject({ [operation]: message }) }) });
  // The reader leaves namespaces out.
  if (!body.includes(`="${NAMESPACE}"`)) return undefined;
  try {
    const read = document.safeParse(readSmallXml(body));
    return read.success ? (read.data.Envelope.Body[operation] as Message) : undefined;
  } catch {
    return undefined;
  }
}
