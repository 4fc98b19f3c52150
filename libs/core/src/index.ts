export { type Clock, berlinDate, berlinDateTime, isDay, systemClock } from './clock.ts';
export {
  type ErrorClass,
  type ErrorDefinition,
  type ErrorDetail,
  type ErrorFactory,
  type ErrorList,
  type ErrorPlace,
  HubError,
  defineErrors,
  isHubError,
} from './errors.ts';
export { type Failpoints, noFailpoints } from './failpoints.ts';
export { isId, newId } from './ids.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export { type TraceContext, formatTraceparent, newSpan, parseTraceparent } from './trace-context.ts';
