export {
  type Announce,
  ChangeRecorder,
  type DeliveryPatch,
  type Recorded,
  type RecorderOptions,
  type StateChange,
} from './change-recorder.ts';
export { Deliveries, type QueuedDelivery, engineChannel } from './deliveries.ts';
export type {
  Attempt,
  AttemptClass,
  Delivery,
  DeliveryChange,
  DeliveryTrigger,
  NewDelivery,
  TargetAnswer,
  TargetObject,
} from './delivery.ts';
export { DeliveryEngine, type DeliveryEngineOptions } from './delivery-engine.ts';
export {
  DeliveryOperations,
  type DeliveryOperationsOptions,
  type Repinned,
  type ReplayRequest,
  type Request,
} from './delivery-operations.ts';
export type {
  DeliveryCount,
  DeliveryDetails,
  DeliveryFilter,
  Exchange,
  FailureGroup,
  Page,
} from './delivery-queries.ts';
export { DeliveryFailure, type FailureClass, type FailureDetail, deliveryErrors } from './errors.ts';
export { deliveryMigrations, trailMigrations } from './migrations.ts';
export { pruneDeliveries } from './pruner.ts';
export { Replies, type RepliesOptions, type ReplyOutcome, type TargetReply } from './replies.ts';
export {
  type RefusedReplay,
  type ReplayBatch,
  type ReplayBatchDetails,
  type ReplayBatchState,
  type ReplayProgress,
  mostInBatch,
  mostOpenBatches,
  replayBatchStates,
  replayRate,
} from './replay-batch.ts';
export { ReplayBatches, type ReplayBatchRequest } from './replay-batches.ts';
export { ReplayRunner, type ReplayRunnerOptions } from './replay-runner.ts';
export { Sealer, type SealerOptions } from './sealer.ts';
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
export {
  type TrailSigner,
  type TrailVerifier,
  createTrailKey,
  ed25519Signer,
  ed25519Verifier,
} from './trail-signer.port.ts';
export {
  type TrailProblem,
  type TrailProblemKind,
  type TrailReport,
  type VerifyTrailOptions,
  verifyTrail,
} from './verify-trail.ts';
