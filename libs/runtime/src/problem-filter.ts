import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { HubError, type Logger } from '@ozg-hub/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { allowedMethods } from './allowed-methods.ts';
import { runtimeErrors } from './errors.ts';
import type { Route } from './openapi.ts';
import { answerBeforeRest } from './unread-body.ts';

/** The body of an error answer: problem+json, RFC 9457, with the hub's members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Stable code, `HUB_…`. */
  readonly code: string;
  /** What the reader can do. */
  readonly action: string;
  readonly requestId?: string;
  readonly errors?: readonly { field?: string; path?: string; line?: number; message: string }[];
}

/** Any error as a HubError; what is not one becomes HUB_INTERNAL and keeps its cause for the log. */
export function toHubError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number }).statusCode;
  if (status === 404) return runtimeErrors.HUB_HTTP_NOT_FOUND();
  if (status === 413) return runtimeErrors.HUB_HTTP_TOO_LARGE();
  if (status === 415) return runtimeErrors.HUB_HTTP_MEDIA_TYPE();
  if (status === 400) return runtimeErrors.HUB_HTTP_BAD_REQUEST();
  return runtimeErrors.HUB_INTERNAL({ cause: error });
}

export function toProblem(error: HubError, requestId?: string): Problem {
  return {
    type: `urn:ozg-hub:problem:${error.code}`,
    title: error.definition.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    action: error.definition.action,
    ...(requestId ? { requestId } : {}),
    ...(error.places.length > 0 ? { errors: error.places } : {}),
  };
}

/** Answers every error as problem+json and logs those that a sender cannot mend. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly routes: readonly Route[],
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const methods = request.is404 ? allowedMethods(this.routes, request.url.split('?', 1)[0]!) : [];
    if (methods.length > 0) void reply.header('allow', methods.join(', '));
    const error = methods.length > 0 ? runtimeErrors.HUB_HTTP_METHOD() : thrown;
    answerProblem(error, request, reply, this.logger);
  }
}

/** Sends the problem answer of an error. */
export function answerProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const error = toHubError(thrown);
  if (error.status >= 500 && error.class !== 'later') {
    const reason = error.cause instanceof Error ? error.cause : error;
    logger.error({ code: error.code, requestId: request.id, error: reason }, 'request failed');
  }
  if (reply.sent || reply.raw.writableEnded) return;
  if (error.retryAfterSeconds !== undefined || error.class === 'later') {
    void reply.header('retry-after', String(Math.ceil(error.retryAfterSeconds ?? 5)));
  }
  const problem = Buffer.from(JSON.stringify(toProblem(error, request.id)));
  void reply.code(error.status).type('application/problem+json; charset=utf-8');
  void reply.header('content-length', problem.length);
  if (request.raw.complete) {
    request.raw.resume();
    return void reply.send(problem);
  }
  // The sender may still be writing; without this the rest of its body would be read as the next request.
  void reply.header('connection', 'close').send(answerBeforeRest(problem, request.raw));
}
