import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** The folder of the project. */
export const root = new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url);

const name = z.string().regex(/^[a-z][a-z0-9-]{2,30}$/);
const settings = z.record(z.string().regex(/^HUB_[A-Z0-9_]+$/), z.string());
const sqlName = z.string().regex(/^[a-z][a-z0-9_]{2,47}$/);
const volume = z.strictObject({ path: z.string().startsWith('/'), size: z.string() });

const sharing = z.enum(['use', 'append']);
const port = z.int().min(1).max(65_535);

const service = z.strictObject({
  name,
  does: z.string(),
  port,
  /** Beginnings of paths that senders reach from outside. */
  public: z.array(z.string().startsWith('/')),
  /** Port of 127.0.0.1 by which compose publishes it; left out: none. */
  localPort: z.strictObject({ variable: z.string().regex(/^OZG_[A-Z0-9_]+_PORT$/), default: port }).optional(),
  database: z.strictObject({ role: sqlName, schema: sqlName }),
  volumes: z.array(z.enum(['data', 'keys'])),
  settings,
  secrets: z.array(z.string()),
  /** Ports of counterparties that it calls. */
  calls: z.array(z.int()).default([]),
  replicas: z.strictObject({ least: z.int().min(1), most: z.int(), cpuPercent: z.int().min(10).max(95) }),
  resources: z.strictObject({ cpu: z.string(), memory: z.string(), memoryLimit: z.string() }),
  probes: z.strictObject({
    live: z.string().startsWith('/'),
    ready: z.string().startsWith('/'),
    everySeconds: z.int(),
    startSeconds: z.int(),
  }),
});

const schema = z.strictObject({
  image: z.string(),
  settings,
  volumes: z.strictObject({ data: volume, keys: volume }),
  database: z.strictObject({
    name: sqlName,
    owner: sqlName,
    /** What all roles may do in a schema, or what those of the services named may; a list: they read these tables. */
    shared: z.record(sqlName, z.union([sharing, z.record(name, z.union([sharing, z.array(sqlName)]))])),
    kept: z.array(sqlName),
    readOnly: z.array(sqlName),
  }),
  services: z.array(service),
  fakes: z.array(z.strictObject({ name, program: z.string(), arguments: z.array(z.string()) })),
});

/** What `deploy/services.yaml` says. */
export type Services = z.infer<typeof schema>;
export type Service = Services['services'][number];
/** `use`: reads, inserts, updates, deletes; `append`: reads and inserts; a list: reads these tables. */
export type Sharing = z.infer<typeof sharing> | readonly string[];

/** What the role of a service may do in the schemas that services share. */
export function sharedWith(service: string, { shared }: Services['database']): [schema: string, how: Sharing][] {
  return Object.entries(shared).flatMap(([schema, how]): [string, Sharing][] => {
    const own = typeof how === 'string' ? how : how[service];
    return own === undefined ? [] : [[schema, own]];
  });
}

/** @throws where the file does not say everything that is needed, or more */
export async function readServices(): Promise<Services> {
  return schema.parse(parse(await readFile(new URL('deploy/services.yaml', root), 'utf8')));
}

/** Name of the variable with the password of a role: `ozg_dms_export` → `OZG_DMS_EXPORT_PASSWORD`. */
export function passwordVariable(role: string): string {
  return `${role.toUpperCase()}_PASSWORD`;
}
