import { createRequire } from 'node:module';

/** Version of the hub, from its package. */
export const version: string = (createRequire(import.meta.url)('../package.json') as { version: string }).version;
