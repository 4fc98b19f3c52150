import { problemReply, type Epay21Operation, type Epay21Reply, type Tampered } from './fake-epay21-reply.ts';
import { refusedReply, soapFault } from './fake-epay21-soap.ts';

/** What shall go wrong, once unless `times` says more. */
export interface FakeEpay21Fault {
  readonly operation: Epay21Operation;
  /** Only for this payment. */
  readonly requestId?: string;
  /** Let so many pass before; default 0. */
  readonly after?: number;
  /** Default 1. */
  readonly times?: number;
  /**
   * Whether the call takes effect all the same; default false, and true for `truncated`, `cut`, `tampered` and `delayMs`.
   * `late`: only when the test says so, after its answer; see {@link FakeEpay21Faults.takeLateEffects}.
   */
  readonly effect?: boolean | 'late';
  /**
   * `reset`: the connection is cut. `silence`: no answer, ever. `truncated`: half of the real answer; `cut`: the same, and
   * the connection is cut there. `html`: a page of a proxy with status 200. A reply, a problem+json of XBezahldienste, a SOAP
   * fault, OK=false with an error code: instead of the real answer. `tampered`: the real answer with something else in it.
   */
  readonly answer:
    | 'reset'
    | 'silence'
    | 'truncated'
    | 'cut'
    | 'html'
    | Epay21Reply
    | { readonly problem: string; readonly status?: number }
    | { readonly soapFault: string }
    | { readonly errorCode: string }
    | { readonly tampered: Tampered }
    | { readonly delayMs: number };
}

/** Instead of a reply. */
export class Outage extends Error {
  constructor(
    readonly kind: 'reset' | 'silence' | 'cut',
    readonly reply?: Epay21Reply,
  ) {
    super(kind);
  }
}

/** The faults that wait for their call. */
export class FakeEpay21Faults {
  readonly #late: (() => Promise<unknown>)[] = [];
  readonly #waiting: { readonly fault: FakeEpay21Fault; skip: number; left: number }[] = [];

  inject(fault: FakeEpay21Fault): void {
    this.#waiting.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  /** How many have struck. */
  taken = 0;

  /** What was asked for long ago happens now. */
  async takeLateEffects(): Promise<void> {
    for (const run of this.#late.splice(0)) await run();
  }

  /** None of them waits any longer. */
  clear(): void {
    this.#waiting.length = 0;
  }

  late(run: () => Promise<unknown>): void {
    this.#late.push(run);
  }

  take(operation: Epay21Operation, requestId: string | undefined): FakeEpay21Fault | undefined {
    const found = this.#waiting.find(
      ({ fault, left }) =>
        left > 0 && fault.operation === operation && (fault.requestId === undefined || fault.requestId === requestId),
    );
    if (!found) return undefined;
    if (found.skip > 0) {
      found.skip -= 1;
      return undefined;
    }
    found.left -= 1;
    this.taken += 1;
    return found.fault;
  }
}

/** When what a fault puts off goes on. */
export interface FaultTimes {
  wait(milliseconds: number): Promise<void>;
  late(run: () => Promise<unknown>): void;
}

/** Runs the call as the fault wants it. @throws Outage */
export async function failing(
  { operation, answer, effect }: FakeEpay21Fault,
  run: (tampered: Tampered) => Promise<Epay21Reply>,
  { wait, late }: FaultTimes,
): Promise<Epay21Reply> {
  if (answer === 'truncated' || answer === 'cut') {
    const real = await run({});
    const body = real.body ?? '';
    if (answer === 'cut') throw new Outage('cut', real);
    return { ...real, body: body.slice(0, body.length / 2) };
  }
  if (typeof answer === 'object' && 'tampered' in answer) return await run(answer.tampered);
  if (typeof answer === 'object' && 'delayMs' in answer) {
    const real = await run({});
    await wait(answer.delayMs);
    return real;
  }
  if (effect === 'late') late(() => run({}));
  else if (effect) await run({});
  if (answer === 'reset' || answer === 'silence') throw new Outage(answer);
  if (answer === 'html') return PAGE;
  if ('problem' in answer) return problemReply(answer.status ?? 400, answer.problem);
  if ('soapFault' in answer) return soapFault(answer.soapFault);
  if ('errorCode' in answer) return refusedReply(operation as 'initiate' | 'look' | 'close', answer.errorCode);
  return answer;
}

const PAGE: Epay21Reply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html lang="de"><body><h1>Wartung</h1></body></html>',
};
