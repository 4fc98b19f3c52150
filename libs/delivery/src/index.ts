export {
  type Announce,
  ChangeRecorder,
  type DeliveryPatch,
  type RecorderOptions,
  type StateChange,
} from './change-recorder.ts';
export { Deliveries, type QueuedDelivery, engineChannel } from './deliveries.ts';
export type { Attempt, AttemptClass, Delivery, DeliveryChange, DeliveryTrigger, NewDelivery } from './delivery.ts';
export { DeliveryEngine, type DeliveryEngineOptions } from './delivery-engine.ts';
export { DeliveryFailure, type FailureClass, type FailureDetail, deliveryErrors } from './errors.ts';
export { deliveryMigrations, trailMigrations } from './migrations.ts';
export type {
  DeliveryWork,
  Json,
  Outcome,
  ProbeOutcome,
  TargetAdapter,
  TargetDirectory,
  TargetSettings,
} from './target-adapter.port.ts';
export type { TargetKey, TargetState } from './target-states.ts';
export { type AuditRow, type AuditValue, Trail } from './trail.ts';
export {
  type DeliveryEvent,
  type EffectiveState,
  type ProbeVerdict,
  isTerminal,
  terminalStates,
  transition,
} from './transition.ts';
