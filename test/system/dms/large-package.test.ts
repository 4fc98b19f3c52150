import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CheckReport, asMessage, inventoryOf, messageFileName, packageName, writeMessage } from '@ozg-hub/xdomea';
import { type SampleZipEntry, sampleSgoAblegen, writeSparseZip } from '@ozg-hub/xdomea/samples';

const LARGE = 2.25 * 1024 ** 3;
const sample = asMessage(sampleSgoAblegen());
const { name: nachricht, xml } = writeMessage(sample);
const message: SampleZipEntry = { name: messageFileName(sample.prozessId, nachricht), content: Buffer.from(xml) };
const plain = (name: string): SampleZipEntry => ({ name, content: Buffer.from('x') });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdomea-large-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Checks the package in a process of its own, whose memory is nobody else's. */
const CHECK_ALONE = `
  const [lib, xml, schemas, path] = process.argv.slice(1);
  const { checkFile } = await import(lib);
  const { createXmlPool, loadCatalogue } = await import(xml);
  const pool = createXmlPool({ workers: 1, schemas: await loadCatalogue(schemas), timeoutMs: 60_000 });
  const { files, findings } = await checkFile(pool, path, { official: new Set() });
  await pool.close();
  const peakKiB = process.resourceUsage().maxRSS;
  process.stdout.write(JSON.stringify({ files, findings, peakKiB }));`;

test('a package of more than 2 GiB is read to its end in little memory', async () => {
  const path = join(folder, packageName(sample.prozessId, nachricht));
  const [first, ...others] = inventoryOf(sample).dateien.map(({ dateiname }) => dateiname);
  await writeSparseZip(path, [message, ...others.map(plain)], { name: first!, bytes: LARGE });
  expect((await stat(path)).size).toBeGreaterThan(LARGE);
  const built = (name: string) => new URL(`../../../libs/${name}/dist/index.js`, import.meta.url).href;
  const schemas = fileURLToPath(new URL('../../../schemas/', import.meta.url));
  const program = ['--input-type=module', '-e', CHECK_ALONE, built('xdomea'), built('xml'), schemas, path];
  const { stdout } = await promisify(execFile)(process.execPath, program);
  const report = JSON.parse(stdout) as CheckReport & { readonly peakKiB: number };
  expect(report.files).toContainEqual({ name: first, size: LARGE });
  expect(report.findings.filter(({ severity }) => severity !== 'warning')).toEqual([]);
  expect(report.peakKiB).toBeLessThan(300 * 1024);
}, 120_000);
