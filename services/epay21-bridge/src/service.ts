import {
  bookingAccepted,
  bookingRejected,
  noticeIssued,
  paymentCancelled,
  paymentFailed,
  paymentRequested,
  paymentReversed,
  paymentSettled,
  submissionAccepted,
} from '@ozg-hub/events';
import { defineService } from '@ozg-hub/runtime';
import { epayBridgeSettings } from './config.ts';
import { epay21BridgeModule } from './epay21-bridge.module.ts';
import { financeSettings } from './files/finance-settings.ts';
import { providerKinds } from './provider/provider-kinds.ts';

/** Asks for fees by the municipality's payment service and tells its finance system what was paid. */
export const epay21Bridge = defineService({
  name: 'epay21-bridge',
  paths: ['/epay21', '/epay21-bridge'],
  config: epayBridgeSettings,
  migrations: [{ owner: 'epay21-bridge', folder: new URL('../migrations/', import.meta.url) }],
  consumes: [submissionAccepted, bookingAccepted, bookingRejected],
  publishes: [paymentRequested, paymentSettled, paymentFailed, paymentCancelled, paymentReversed, noticeIssued],
  targetKinds: {
    ...Object.fromEntries(Object.entries(providerKinds).map(([kind, { settings }]) => [kind, settings])),
    finance: financeSettings,
  },
  module: epay21BridgeModule,
});
