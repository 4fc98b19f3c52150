/** What a limit is told, as JSON in its first argument. */
export interface LimitPlan {
  readonly databaseUrl: string;
  /** Text of the schema that the hub validates by. */
  readonly schema: string;
  /** XML worker threads, as many as the hub has. */
  readonly workers: number;
  readonly connections: number;
}

/** Schema of the limits' tables, in the hub's database. */
export const LIMIT_SCHEMA = 'bench_limit';
