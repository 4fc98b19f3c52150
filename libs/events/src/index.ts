export { asyncApi } from './async-api.ts';
export { bookingAccepted, bookingRejected } from './booking.contract.ts';
export { type EventContract, type EventData, defineEvent } from './contract.ts';
export { contracts } from './contracts.ts';
export { deliveryChanged } from './delivery-changed.contract.ts';
export { eventSchemas } from './event-schemas.ts';
export { eventErrors } from './errors.ts';
export { type EncodedEvent, type EventOrigin, type HubEvent, decodeEvent, encodeEvent } from './event.ts';
export { identityVerified } from './identity-verified.contract.ts';
export { noticeIssued } from './notice.contract.ts';
export {
  paymentCancelled,
  paymentFailed,
  paymentRequested,
  paymentReversed,
  paymentSettled,
} from './payment.contract.ts';
export { recordsFiled, recordsRejected } from './records.contract.ts';
export { submissionAccepted } from './submission-accepted.contract.ts';
