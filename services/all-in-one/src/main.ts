import { serve } from './serve.ts';

process.exitCode = await serve({ environment: process.env, process });
