import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { z } from 'zod';
import { accessOf } from './access-guard.ts';
import { OPERATION, type OperationDescription } from './operation.ts';

/** A route as its decorators declare it. */
export interface Route {
  readonly method: string;
  /** Name of the method that answers. */
  readonly name: string;
  readonly path: string;
  readonly access: readonly string[] | 'public' | undefined;
  readonly service: string;
  readonly operation: OperationDescription | undefined;
}

/** The routes of a controller, for `/openapi.json` and for the test that lists unguarded ones. */
export function routesOf(service: string, controller: Type): Route[] {
  const prefix = String(Reflect.getMetadata(PATH_METADATA, controller) ?? '');
  return methodsOf(controller.prototype as object).flatMap((handler) => {
    const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? 'GET';
    return {
      method: method.toLowerCase(),
      name: (handler as { name: string }).name,
      path: `/${[prefix, path]
        .map((part) => part.replace(/^\/|\/$/g, ''))
        .filter(Boolean)
        .join('/')}`,
      access: accessOf(handler, controller),
      service,
      operation: Reflect.getMetadata(OPERATION, handler) as OperationDescription | undefined,
    };
  });
}

/** Own methods and inherited ones, as Nest finds them. */
function methodsOf(prototype: object): object[] {
  const above = Object.getPrototypeOf(prototype) as object;
  const own = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
    name !== 'constructor' && typeof value === 'function' ? [value as object] : [],
  );
  return above === Object.prototype ? own : [...methodsOf(above), ...own];
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'action'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', pattern: '^HUB_' },
    action: { type: 'string' },
    requestId: { type: 'string' },
    errors: { type: 'array', items: { type: 'object' } },
  },
} as const;

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

/** OpenAPI 3.1 of the routes given. */
export function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = describe(route, path);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'ozg-hub', version, license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' } },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'ozg_<id>_<secret>' } },
    },
  };
}

function describe(route: Route, path: string): object {
  const { operation } = route;
  const query = operation?.query
    ? Object.entries(operation.query.shape).map(([name, schema]) => ({
        name,
        in: 'query',
        required: !(schema as z.ZodType).safeParse(undefined).success,
        schema: jsonSchema(schema as z.ZodType),
      }))
    : [];
  const inPath = [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const content = operation?.body
    ? { 'application/json': { schema: jsonSchema(operation.body) } }
    : Object.fromEntries((operation?.consumes ?? []).map((type) => [type, {}]));
  return {
    operationId: `${route.service}.${route.path.split('/')[1]}.${route.name}`,
    tags: [route.service],
    summary: operation?.summary ?? '',
    ...(operation?.description ? { description: operation.description } : {}),
    ...(route.access === 'public' ? {} : { security: [{ apiKey: [] }], 'x-scope': route.access }),
    parameters: [...inPath, ...query],
    ...(Object.keys(content).length > 0 ? { requestBody: { required: true, content } } : {}),
    responses: {
      [String(operation?.status ?? 200)]: {
        description: 'Success',
        ...(operation?.answers ? { content: { 'application/json': { schema: jsonSchema(operation.answers) } } } : {}),
      },
      default: {
        description: `problem+json${operation?.errors ? `: ${operation.errors.join(', ')}` : ''}`,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}
