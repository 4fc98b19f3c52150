import { run } from '@ozg-hub/runtime';
import { services } from './services.ts';
import { version } from './version.ts';

process.exitCode = await run(services, { environment: process.env, process, version, allServices: true });
