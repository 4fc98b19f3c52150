import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

/** Metadata key of a route's description. */
export const OPERATION = 'ozg-hub:operation';

/** What `/openapi.json` says of a route. */
export interface OperationDescription {
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Content types of a body that is not JSON. */
  readonly consumes?: readonly string[];
  /** Body of the successful answer. */
  readonly answers?: z.ZodType;
  /** Status of success; default 200. */
  readonly status?: number;
  /** Codes of errors that this call is known for. */
  readonly errors?: readonly string[];
}

/** Describes a route for `/openapi.json`. */
export const Operation = (description: OperationDescription) => SetMetadata(OPERATION, description);
