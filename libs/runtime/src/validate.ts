import type { z } from 'zod';
import { runtimeErrors } from './errors.ts';

/** Parses query, parameters or body of a request. @throws HUB_HTTP_BAD_REQUEST naming the fields, never their values */
export function validate<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  throw runtimeErrors.HUB_HTTP_BAD_REQUEST({
    places: result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })),
  });
}
