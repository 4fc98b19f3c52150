import { type Logger, type TraceContext, formatTraceparent, newId, newSpan, parseTraceparent } from '@ozg-hub/core';
import type { Metrics } from '@ozg-hub/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    trace: TraceContext;
  }
}

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** The sender's `x-request-id` where it is harmless, else a new one. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : newId();
}

/** The span of a request that {@link traceRequests} saw. */
export function traceOf(request: FastifyRequest): TraceContext {
  return request.trace;
}

/** Gives every request an id and a span, answers with both, counts it and logs one line without any content. */
export function traceRequests(fastify: FastifyInstance, service: string, logger: Logger, metrics: Metrics): void {
  const seconds = metrics.histogram('hub_http_request_seconds', 'Duration of HTTP requests.', [
    'service',
    'method',
    'status',
  ]);
  fastify.decorateRequest('trace', null as unknown as TraceContext);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.trace = newSpan(parseTraceparent(request.headers['traceparent'] as string | undefined));
    void reply.header('x-request-id', request.id);
    void reply.header('traceparent', formatTraceparent(request.trace));
    done();
  });
  fastify.addHook('onResponse', (request: FastifyRequest, reply, done) => {
    const status = String(reply.statusCode);
    seconds.observe({ service, method: request.method, status }, reply.elapsedTime / 1000);
    logger.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        requestId: request.id,
        traceId: request.trace.traceId,
        keyId: request.principal?.keyId,
      },
      'request',
    );
    done();
  });
}
