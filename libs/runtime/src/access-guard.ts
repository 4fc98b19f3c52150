import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  createParamDecorator,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, type Principal, type Scope, hasScope } from './api-keys.ts';
import { runtimeErrors } from './errors.ts';

/** Metadata key under which a route says which scope it needs. */
export const ACCESS = 'ozg-hub:access';

/** Marks a route (or a whole controller) with the scopes of which its caller's API key needs one. */
export const Access = (...anyOf: readonly [Scope, ...Scope[]]) => SetMetadata(ACCESS, anyOf);

/** Metadata key of routes that concern the hub as a whole. */
const HUB_WIDE = 'ozg-hub:hub-wide';

/** Marks a controller whose routes concern every municipality: a key that is bound to some does not open them. */
export const HubWide = () => SetMetadata(HUB_WIDE, true);

/** Marks a route that needs no key. A test lists these. */
export const Public = () => SetMetadata(ACCESS, 'public');

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

/** The caller, as the guard found it. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!principal) throw runtimeErrors.HUB_KEY_MISSING();
  return principal;
});

/** The scopes of a route, or undefined where they were forgotten: such a route needs `admin`. */
export function accessOf(handler: object, controller: object): readonly Scope[] | 'public' | undefined {
  return (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller)) as ReturnType<
    typeof accessOf
  >;
}

/** Lets a request through only with a key that has the route's scope. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(@Inject(ApiKeys) private readonly keys: ApiKeys) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const access = accessOf(context.getHandler(), context.getClass());
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.keys.authenticate(request.headers.authorization);
    const anyOf = access ?? ['admin'];
    if (!anyOf.some((scope) => hasScope(principal, scope))) {
      throw runtimeErrors.HUB_KEY_SCOPE({
        places: [{ field: 'Authorization', message: `needs scope ${anyOf.join(' or ')}` }],
      });
    }
    if (principal.tenants && Reflect.getMetadata(HUB_WIDE, context.getClass())) {
      throw runtimeErrors.HUB_KEY_TENANT({
        detail: 'This call needs an API key that is valid for every municipality.',
      });
    }
    request.principal = principal;
    return true;
  }
}
