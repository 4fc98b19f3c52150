export { PaymentRecorder } from './payment-recorder.ts';
export { reconciliationSettings } from './reconciliation/reconciliation-settings.ts';
export { Reconciliation } from './reconciliation/reconciliation.ts';
export { epay21Bridge } from './service.ts';
