import { HubError } from '@ozg-hub/core';
import { redactText } from './redaction.ts';

const MAX_CAUSES = 5;
const IDENTIFIER = /^[\p{L}\d_$.:-]{1,80}$/u;
const FRAME = /^\s+at (?:.*:\d+:\d+\)?|.*\((?:<anonymous>|native)\)|<anonymous>)$/;

/** Properties of foreign errors that name a kind, never a value: of Node (`syscall`) and of PostgreSQL (the rest). */
const NAMING_PROPERTIES = ['code', 'syscall', 'severity', 'routine', 'schema', 'table', 'constraint'] as const;

/** What a log line says about an error. */
export interface ErrorDescription {
  readonly type: string;
  readonly code?: string;
  readonly class?: string;
  readonly message?: string;
  /** Number of places; what stands in them is for the sender's answer only. */
  readonly places?: number;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
  readonly errors?: readonly ErrorDescription[];
  readonly [naming: string]: unknown;
}

/**
 * Describes an error without what it may quote. Of a HubError the message stands, as it never quotes a value; of any
 * other error only its type, its naming properties and the frames of its stack, because messages and details of
 * parsers, file systems and PostgreSQL quote what they were given.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    ...(error instanceof HubError ? ownErrorOf(error) : foreignErrorOf(error)),
    ...framesOf(error),
    ...causesOf(error, depth),
  };
}

function ownErrorOf(error: HubError): ErrorDescription {
  const described = {
    type: error.name,
    code: error.code,
    class: error.class,
    status: error.status,
    message: redactText(error.message),
  };
  return error.places.length === 0 ? described : { ...described, places: error.places.length };
}

function foreignErrorOf(error: Error): ErrorDescription {
  const named = NAMING_PROPERTIES.map((property) => [property, Reflect.get(error, property)] as const);
  const type: unknown = error.constructor?.name;
  return {
    type: isIdentifier(type) ? type : 'Error',
    ...Object.fromEntries(named.filter(([, value]) => isIdentifier(value))),
  };
}

function framesOf(error: Error): { stack?: string } {
  const frames = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line));
  return frames.length === 0 ? {} : { stack: frames.map((line) => redactText(line.trim())).join('\n') };
}

function causesOf(error: Error, depth: number): { cause?: ErrorDescription; errors?: readonly ErrorDescription[] } {
  if (depth >= MAX_CAUSES) return {};
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause, depth + 1) };
  if (!(error instanceof AggregateError)) return cause;
  const errors = error.errors.slice(0, MAX_CAUSES).map((one: unknown) => describeError(one, depth + 1));
  return { ...cause, errors };
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value) && redactText(value) === value;
}
