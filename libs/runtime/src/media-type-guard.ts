import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { runtimeErrors } from './errors.ts';
import { OPERATION, type OperationDescription } from './operation.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Refuses a body that is not JSON where the route is described as taking JSON. */
@Injectable()
export class MediaTypeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const operation = Reflect.getMetadata(OPERATION, context.getHandler()) as OperationDescription | undefined;
    if (!operation?.body) return true;
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !JSON_TYPE.test(headers['content-type'] ?? '')) throw runtimeErrors.HUB_HTTP_MEDIA_TYPE();
    return true;
  }
}
