import { EventEmitter, once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { run } from './run.ts';
import { SampleWorld, sampleFolder, sampleService } from './sample-service.ts';
import type { ServiceContext } from './service-definition.ts';

let database: TestDatabase;
let folder: string;
let told: EventEmitter;
let said: string[];
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await sampleFolder();
  told = new EventEmitter();
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The hub as its own process runs it; the exit code, or that of an exit on the spot. */
function runs(wire: (context: ServiceContext) => void, onReady: () => void): Promise<number> {
  const stderr = { write: (text: string) => said.push(text) };
  return new Promise((resolve, reject) => {
    const process = Object.assign(told, { stderr, exit: resolve }) as unknown as NodeJS.Process;
    run([sampleService('sample', new SampleWorld(), wire)], {
      environment: {
        HUB_DATABASE_URL: database.url,
        HUB_DATA_DIR: join(folder, 'data'),
        HUB_DIRECTORY: join(folder, 'directory'),
        HUB_HTTP_PORT: '0',
        HUB_XML_WORKERS: '1',
        HUB_STOP_SECONDS: '5',
        HUB_LOG_FILE: join(folder, 'hub.log'),
      },
      process,
      version: '1.2.3',
      onReady,
    }).then(resolve, reject);
  });
}

test('SIGTERM during the start ends what has started in order, and nothing more is begun', async () => {
  const order: string[] = [];
  const work = (name: string, start: () => Promise<void>) => ({
    name,
    start,
    stop: async () => void order.push(`${name} stopped`),
  });
  const code = await runs(
    (context) => {
      context.background(work('early', async () => void order.push('early started')));
      context.background(
        work('slow', async () => {
          told.emit('SIGTERM', 'SIGTERM');
          await once(context.stopping, 'abort');
          order.push('slow started');
        }),
      );
      context.background(work('late', async () => void order.push('late started')));
    },
    () => order.push('ready'),
  );
  expect([code, said]).toEqual([0, []]);
  expect(order).toEqual(['early started', 'slow started', 'early stopped', 'slow stopped']);
});

test('a start that does not heed the end is abandoned by name, with exit code 1', async () => {
  const stuck = { name: 'stuck', start: () => new Promise<void>(() => undefined), stop: async () => undefined };
  const ready = () => expect('ready').toBe('never');
  const ended = runs((context) => {
    context.background({ name: 'signal', start: () => void told.emit('SIGTERM', 'SIGTERM'), stop: stuck.stop });
    context.background(stuck);
  }, ready);
  expect(await ended).toBe(1);
  expect(said.join('')).toContain('abandoned: start');
});
