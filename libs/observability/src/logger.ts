import type { LogFields, Logger, TraceContext } from '@ozg-hub/core';
import { type Logger as Pino, pino } from 'pino';
import { describeError } from './error-description.ts';
import { prettyLines } from './pretty-lines.ts';
import { Redactor, redactText } from './redaction.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Where lines go: one call per line, the line ends in a line feed. */
export interface LogDestination {
  write(line: string): unknown;
}

export interface LoggerOptions {
  /** Lines below are dropped. */
  readonly level: LogLevel;
  /** Stands in each line as `service`; leave it out where children say it: `child({ service })`. */
  readonly service?: string;
  /** Default: standard output, written before the call returns, so that a killed process keeps its last lines. */
  readonly destination?: LogDestination;
  /** Lines for a terminal instead of JSON. Default false. */
  readonly pretty?: boolean;
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;
const LINE_KEYS = ['level', 'time', 'msg'] as const;

/**
 * A logger that writes JSON lines: `time` (ISO), `level`, `service`, `msg`, then the fields.
 *
 * Redaction is the last line of defence, not a licence: a field whose key names personal data or a secret is written
 * as `[redacted]` at any depth, as are texts that look like API keys, tokens, passwords in URLs, e-mail addresses and
 * IBANs. Errors are described without what they may quote.
 */
export function createLogger(options: LoggerOptions): Logger {
  const out = options.destination ?? pino.destination({ dest: 1, sync: true });
  const root = pino(
    {
      level: options.level,
      base: options.service === undefined ? {} : { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {},
    },
    options.pretty ? prettyLines(out) : out,
  );
  return new RedactingLogger(root, new Redactor((error) => describeError(error)));
}

/** A logger whose lines carry the trace and, where it is well-formed (`[\w.:-]`, up to 128), the request's id. */
export function withTrace(logger: Logger, trace: TraceContext, requestId?: string): Logger {
  const request = requestId !== undefined && REQUEST_ID.test(requestId) ? { requestId } : {};
  return logger.child({ traceId: trace.traceId, spanId: trace.spanId, ...request });
}

class RedactingLogger implements Logger {
  constructor(
    private readonly pino: Pino,
    private readonly redactor: Redactor,
  ) {}

  debug(fields: LogFields, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: LogFields, message: string): void {
    this.#write('error', fields, message);
  }

  child(fields: LogFields): Logger {
    return new RedactingLogger(this.pino.child(this.#clean(fields)), this.redactor);
  }

  #write(level: Exclude<LogLevel, 'silent'>, fields: LogFields, message: string): void {
    if (this.pino.isLevelEnabled(level)) this.pino[level](this.#clean(fields), redactText(message));
  }

  /** Redacted, and without keys that the line itself uses: `level` becomes `level_`. */
  #clean(fields: LogFields): Record<string, unknown> {
    const clean = this.redactor.redact(fields);
    for (const key of LINE_KEYS) {
      if (!(key in clean)) continue;
      clean[`${key}_`] = clean[key];
      delete clean[key];
    }
    return clean;
  }
}
