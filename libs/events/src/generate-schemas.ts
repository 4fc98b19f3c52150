import { mkdir, writeFile } from 'node:fs/promises';
import { asyncApi } from './async-api.ts';
import { eventSchemas } from './event-schemas.ts';

/** Writes schemas/events; run after a contract changed: `node libs/events/dist/generate-schemas.js`. */
const folder = new URL('../../../schemas/events/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(eventSchemas())) {
  await writeFile(new URL(name, folder), text);
}
await writeFile(new URL('asyncapi.json', folder), asyncApi());
