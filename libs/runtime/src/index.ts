export { Access, Caller, HubWide, Public } from './access-guard.ts';
export {
  ApiKeys,
  type NewApiKey,
  type Principal,
  type Scope,
  actorOf,
  hasScope,
  requireTenant,
  scopes,
  visibleTenants,
} from './api-keys.ts';
export { kafkaOptions } from './open-bus.ts';
export { deliveriesController } from './deliveries.controller.ts';
export { replaysController } from './replays.controller.ts';
export { processEnvironment, readSettings } from './environment.ts';
export { type RunOptions, run } from './run.ts';
export { runtimeErrors } from './errors.ts';
export { type RunningHub, checkpointFile, readRunning, runningFile, tokenFile } from './data-files.ts';
export { type RunningHost, type StartOptions, startServices } from './host.ts';
export { type HostConfig, type SettingDescription, describeSettings, hostSettings } from './host-config.ts';
export { migrationPlan } from './migration-plan.ts';
export { escapedHtml, htmlPage, pageHeaders, pagePolicy, sendPage } from './html-page.ts';
export { hourly } from './hourly.ts';
export { Operation, type OperationDescription } from './operation.ts';
export { type Problem } from './problem-filter.ts';
export { traceOf } from './request-context.ts';
export {
  type BackgroundWork,
  type Diagnosis,
  type Finding,
  type ServiceContext,
  type ServiceDefinition,
  defineService,
  schemaName,
} from './service-definition.ts';
export { type RotationState } from './vault-rotation.ts';
export { validate } from './validate.ts';
