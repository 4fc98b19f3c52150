import { createRequire } from 'node:module';
import { type ServiceDefinition, run } from '@ozg-hub/runtime';
import { identity } from './service.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const services = [identity] as unknown as readonly ServiceDefinition[];
process.exitCode = await run(services, { environment: process.env, process, version });
