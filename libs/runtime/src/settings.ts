/** What the command line needs of the runtime, without the weight of Nest: entry `@ozg-hub/runtime/settings`. */
export { scopes } from './api-keys.ts';
export { type BusSettings, busSettings } from './bus-settings.ts';
export { type RunningHub, readRunning, runningFile, tokenFile } from './data-files.ts';
export { processEnvironment, readSettings } from './environment.ts';
export { runtimeErrors } from './errors.ts';
export { explain } from './explain.ts';
export { type HostConfig, hostSettings } from './host-config.ts';
export type { Problem } from './problem-filter.ts';
export type { RotationState } from './vault-rotation.ts';
