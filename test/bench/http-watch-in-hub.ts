import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { watchHttp } from './http-watch.ts';

/** Loaded into a hub before its program: what its requests took goes into a file, some times each second. */
const file = process.env['BENCH_HTTP_TIME'];
if (isMainThread && file !== undefined) {
  const read = watchHttp();
  setInterval(() => {
    writeFileSync(`${file}.new`, JSON.stringify(read()));
    renameSync(`${file}.new`, file);
  }, 200).unref();
}
