import { createRequire } from 'node:module';
import { type ServiceDefinition, run } from '@ozg-hub/runtime';
import { epay21Bridge } from './service.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const services = [epay21Bridge] as unknown as readonly ServiceDefinition[];
process.exitCode = await run(services, { environment: process.env, process, version });
