/** What a face of the fake answers. */
export interface Epay21Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A municipality at the fake: by REST under originator and endpoint, by SOAP under its Mandant. */
export interface FakePayee {
  readonly originatorId: string;
  readonly endpointId: string;
  readonly mandant: string;
}

/** What an answer says instead of the truth. */
export interface Tampered {
  /** Decimal text; by REST only. */
  readonly amount?: string;
  /** By REST only. */
  readonly currency?: string;
  readonly payee?: string;
  readonly requestId?: string;
  readonly status?: string;
  readonly method?: string;
}

/** One call to a face: what it is about, and what happens when it is let through. */
export interface Epay21Call {
  readonly operation: Epay21Operation;
  readonly requestId: string | undefined;
  run(tampered: Tampered): Promise<Epay21Reply>;
}

/** By whichever face: InitPayment is `initiate`, GetPaymentStatus `look`, ConfirmPayment `close`. */
export type Epay21Operation = 'initiate' | 'look' | 'close' | 'status' | 'token' | 'page' | 'settlement' | 'other';

export const jsonReply = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Epay21Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body,
});

/** application/problem+json as XBezahldienste has it. */
export const problemReply = (
  status: number,
  functionalCode: string,
  more: Readonly<Record<string, string>> = {},
): Epay21Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    type: 'about:blank',
    status,
    title: 'refused',
    detail: functionalCode,
    functionalCode,
    ...more,
  }),
});
