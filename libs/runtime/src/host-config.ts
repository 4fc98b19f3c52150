import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { busSettings } from './bus-settings.ts';

const installed = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const folder = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((path) => resolve(path));
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Settings of the process that hosts services. Descriptions become the README's table. */
export const hostSettings = z.object({
  HUB_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgresql://user@host/database' })
    .optional()
    .describe('PostgreSQL 15 or newer. Unset: the hub starts its own server in the data directory.'),
  HUB_DATA_DIR: folder('.ozg-hub').describe('Folder for the embedded server, large documents, tokens and staging.'),
  HUB_MASTER_KEY: z
    .string()
    .regex(/^(file|env):.+/, 'must be a reference: file:<path> or env:<NAME>')
    .optional()
    .describe('Keyring of the vault, by reference. Unset: <HUB_DATA_DIR>.keys/keyring.json, made on first start.'),
  HUB_DIRECTORY: folder(installed('deploy/directory')).describe(
    'Folder with tenants, blueprints and profiles. Unset: the municipalities of the demo, deploy/directory.',
  ),
  HUB_DIRECTORY_POLL_SECONDS: count(0, 3600)
    .default(10)
    .describe(
      'Seconds between two looks whether HUB_DIRECTORY was changed; 0: only when told (directory reload, SIGHUP).',
    ),
  HUB_SCHEMAS: folder(installed('schemas')).describe(
    'Folder with catalog.json and the XML schemas. Unset: those of the project.',
  ),
  HUB_HTTP_HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  HUB_HTTP_PORT: count(0, 65_535).default(8080).describe('Port to listen on; 0 takes a free one.'),
  HUB_SERVICES: z
    .string()
    .optional()
    .transform((list) => list?.split(',').map((name) => name.trim()))
    .describe('Comma-separated services to run in this process. Unset: all.'),
  HUB_MIGRATE: z
    .enum(['auto', 'check'], { error: 'must be auto or check' })
    .default('auto')
    .describe('auto applies migrations at start; check only refuses to start when some are missing.'),
  HUB_DISK_WARN_MIB: count(1, 10_000_000)
    .default(1024)
    .describe('doctor warns where the data directory has less room, in MiB; a quarter of it is a problem.'),
  HUB_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info')
    .describe('Least severity that is logged.'),
  HUB_LOG_FILE: z.string().optional().describe('File for log lines (JSON). Unset: standard output.'),
  HUB_XML_WORKERS: count(1, 64)
    .default(Math.max(1, availableParallelism() - 1))
    .describe('Threads that parse and validate XML. Default: cores − 1.'),
  HUB_XML_QUEUE_MIB: count(1, 4096).default(64).describe('XML waiting for a worker, in MiB; above it callers get 503.'),
  HUB_STOP_SECONDS: count(1, 600)
    .default(20)
    .describe('Seconds for a graceful stop; what is late is abandoned, and the exit code is 1.'),
  ...busSettings.shape,
});

export type HostConfig = z.infer<typeof hostSettings>;

/** One line of the README's table of settings. */
export interface SettingDescription {
  readonly name: string;
  readonly fallback: string;
  readonly description: string;
}

/** Every setting of the schemas given, in their order. */
export function describeSettings(schemas: readonly z.ZodObject[]): SettingDescription[] {
  return schemas.flatMap((schema) =>
    Object.entries(schema.shape).map(([name, field]) => {
      const json = z.toJSONSchema(field as z.ZodType, { io: 'input', unrepresentable: 'any' });
      return {
        name,
        fallback: json.default === undefined ? '' : String(json.default),
        description: json.description ?? '',
      };
    }),
  );
}
