import type { EventContract } from './contract.ts';
import { deliveryChanged } from './delivery-changed.contract.ts';
import { recordsFiled, recordsRejected } from './records.contract.ts';
import { submissionAccepted } from './submission-accepted.contract.ts';

/** Every event the hub publishes. Schemas under schemas/events are generated from this list. */
export const contracts: readonly EventContract[] = Object.freeze([
  submissionAccepted,
  deliveryChanged,
  recordsFiled,
  recordsRejected,
] as unknown as readonly EventContract[]);
