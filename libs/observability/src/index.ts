export { type ErrorDescription, describeError } from './error-description.ts';
export { observabilityErrors } from './errors.ts';
export { type CheckOptions, type CheckReport, Health, type HealthReport, type HealthState } from './health.ts';
export { type LogDestination, type LogLevel, type LoggerOptions, createLogger, withTrace } from './logger.ts';
export { type Counter, type Gauge, type Histogram, type Labels, Metrics, type MetricsOptions } from './metrics.ts';
export { REDACTED, isForbiddenKey, redactText } from './redaction.ts';
