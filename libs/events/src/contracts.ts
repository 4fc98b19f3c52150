import type { EventContract } from './contract.ts';
import { bookingAccepted, bookingRejected } from './booking.contract.ts';
import { deliveryChanged } from './delivery-changed.contract.ts';
import { identityVerified } from './identity-verified.contract.ts';
import { noticeIssued } from './notice.contract.ts';
import {
  paymentCancelled,
  paymentFailed,
  paymentRequested,
  paymentReversed,
  paymentSettled,
} from './payment.contract.ts';
import { recordsFiled, recordsRejected } from './records.contract.ts';
import { submissionAccepted } from './submission-accepted.contract.ts';

/** Every event the hub publishes or hears. Schemas under schemas/events are generated from this list. */
export const contracts: readonly EventContract[] = Object.freeze([
  submissionAccepted,
  deliveryChanged,
  recordsFiled,
  recordsRejected,
  noticeIssued,
  identityVerified,
  paymentRequested,
  paymentSettled,
  paymentFailed,
  paymentCancelled,
  paymentReversed,
  bookingAccepted,
  bookingRejected,
] as unknown as readonly EventContract[]);
