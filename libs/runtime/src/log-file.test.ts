import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { logFile } from './log-file.ts';

test('a line that comes after the end of the log does not end the process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'log-file-'));
  const path = join(folder, 'logs', 'hub.log');
  const log = logFile(path);
  log.write('in time\n');
  log.close();
  expect(() => log.write('')).not.toThrow();
  expect(await readFile(path, 'utf8')).toBe('in time\n');
  await rm(folder, { recursive: true });
});
