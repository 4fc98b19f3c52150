import type { Target } from '@ozg-hub/directory';
import type { Money } from '@ozg-hub/money';
import type { PaymentOrder } from '../payment.ts';

/** An answer as it came, for the record: kept encrypted, never read again by the hub. */
export interface RawAnswer {
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;
  readonly mediaType: string | undefined;
  /** 64 KiB at most. */
  readonly body: Buffer;
}

/** What the payment service says of a payment. */
export interface ProviderPayment {
  /** OPEN while the citizen may still pay. OTHER: a status that this face does not know; nothing follows from it. */
  readonly status: 'OPEN' | 'PAID' | 'FAILED' | 'CANCELLED' | 'OTHER';
  readonly transactionId: string;
  /** As the service wrote it, where it is OTHER or says more; 99 characters at most. */
  readonly statusDetail?: string | undefined;
  /** Where the citizen pays; only while OPEN. */
  readonly payPageUrl?: string | undefined;
  /** What of the request the service gives back; compared with what was asked. */
  readonly amount?: Money | undefined;
  readonly requestId?: string | undefined;
  /** Key of the municipality at the service, where an answer names it. */
  readonly payee?: string | undefined;
  /** The service's Kassenzeichen or booking reference. */
  readonly reference?: string | undefined;
  readonly paidAt?: Date | undefined;
  /** As the service names it; a name that it did not have yesterday is no error. */
  readonly method?: string | undefined;
  /** What the service keeps for itself, where it says so. */
  readonly fee?: Money | undefined;
}

/**
 * What came of a call. Only REFUSED and UNAVAILABLE say for sure that it had no effect.
 * `code` is a code of the hub (`HUB_EPAY_…`), `detail` names fields and the service's own codes, never values.
 */
export type ProviderAnswer = { readonly raw: RawAnswer } & (
  | { readonly outcome: 'KNOWN'; readonly payment: ProviderPayment }
  /** The service knows no such payment. */
  | { readonly outcome: 'NOT_FOUND' }
  /** A payment of this requestId is placed already; its transactionId where the answer names it. */
  | { readonly outcome: 'EXISTS'; readonly transactionId?: string | undefined }
  /** For what it is: sending the same again would fail again. */
  | { readonly outcome: 'REFUSED'; readonly code: string; readonly detail?: string | undefined }
  /** Later it may work. AUTH: only once an operator renewed the credentials. */
  | {
      readonly outcome: 'UNAVAILABLE';
      readonly code: string;
      readonly cause: 'BUSY' | 'UNREACHABLE' | 'AUTH';
      readonly retryAfterSeconds?: number | undefined;
    }
  /** The call may have taken effect. */
  | { readonly outcome: 'UNKNOWN'; readonly code: string; readonly detail?: string | undefined }
);

/** How a payment is found at the service. */
export interface PaymentReference {
  readonly id: string;
  /** Unset until the service named it. */
  readonly transactionId: string | undefined;
}

/** How fast requests leave. */
export interface Pace {
  /** Resolves when the next request may leave. @throws the reason of the signal */
  leave(signal: AbortSignal): Promise<void>;
}

export interface CallTerms {
  readonly signal: AbortSignal;
  /** Asked before each request, also where one call takes several. Unset: they leave at once. */
  readonly pace?: Pace | undefined;
  /** Told of every answer that the call reads on its way, its last one included. Not of tokens. */
  readonly heard?: ((answer: RawAnswer) => void) | undefined;
}

/** How the shop closes a payment at the service: booked, could not be booked, given up by the citizen. */
export type Closing = 'confirm' | 'failure' | 'cancel';

/**
 * A face of a payment service. Calls never throw for what the service does or how the network fails: that is the answer.
 * They throw only where the signal is aborted, or for the settings (secret missing).
 */
export interface PaymentProvider {
  /** Kind of target in the directory. */
  readonly kind: string;
  /**
   * The service knows an id again only once a payment of it is there: placing again while an earlier request is still worked
   * on places a second one. {@link look} finds what came of the earlier one, by the requestId.
   */
  readonly placesTwice?: boolean;
  /**
   * Places the payment, or finds that it is placed. May be called again after UNKNOWN, with the same order: a second payment
   * never comes of it, but see {@link placesTwice}.
   */
  initiate(target: Target, order: PaymentOrder, terms: CallTerms): Promise<ProviderAnswer>;
  /** The truth about a payment; without a transactionId by the requestId, as far as the service can. */
  look(target: Target, reference: PaymentReference, terms: CallTerms): Promise<ProviderAnswer>;
  /** Tells the service what became of it here. Unset where its face has no such call. Repeating it is harmless. */
  close?(target: Target, reference: PaymentReference, closing: Closing, terms: CallTerms): Promise<ProviderAnswer>;
  /** Calls of this kind to one target share their rate. Ends open connections; used once, at the stop. */
  stop(): Promise<void>;
}
