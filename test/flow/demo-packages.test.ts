import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { demoApplications, otherCases } from '@ozg-hub/all-in-one';
import { isHubError } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing';
import { messageNames, openPackage } from '@ozg-hub/xdomea';
import { type SchemaCatalogue, type XmlPool, createXmlPool, loadCatalogue, withOverrides } from '@ozg-hub/xml';

const PROFILE = 'xdomea/3.1.0';
const OFFICIAL = 'official/3.1.0';
const root = fileURLToPath(new URL('../../', import.meta.url));
const official = join(root, '../shared/standards/xdomea/xsd/3.1.0');
const withOfficial = canRun('shared', existsSync(official), 'demo-packages', '../shared/standards/xdomea');

interface Report {
  readonly submissions: readonly {
    id: string;
    vorgang: string;
    state: string;
    aktenzeichen: string;
    package: string;
  }[];
  readonly refused: readonly { status: number; code: string }[];
  readonly dataDir: string;
}
let folder: string;
let exitCode: number;
let output: string;
let report: Report;
let pool: XmlPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
  const schemas = await loadCatalogue(join(root, 'schemas'));
  pool = createXmlPool({
    workers: 1,
    schemas: withOfficial ? withOverrides(schemas, await officialCatalogue()) : schemas,
  });
  const demo = spawn(process.execPath, [join(root, 'services/all-in-one/bin/ozg-hub.mjs'), 'demo', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'close')]);
  exitCode = demo.exitCode!;
  output = stderr;
  if (stdout === '') throw new Error(`the demo ended with ${exitCode} and said nothing but:\n${stderr}`);
  report = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Report;
}, 180_000);
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

/** Absolute locations in the official files stand for the copies beside them. */
async function officialCatalogue(): Promise<SchemaCatalogue> {
  const files: Record<string, string> = {};
  for (const name of await readdir(official, { recursive: true })) {
    if (name.endsWith('.xsd')) files[name] = await readFile(join(official, name), 'utf8');
  }
  const locations = Object.values(files).flatMap((schema) => [...schema.matchAll(/schemaLocation="(https?:[^"]+)"/g)]);
  const imports = locations.flatMap(([, location]) => {
    const file = Object.keys(files).find((path) => path.endsWith(`/${location!.split('/').at(-1)!}`));
    return file ? [[location!, file] as const] : [];
  });
  const file = 'xdomea-Nachrichten-FachverfahrensdatenAustauschen.xsd';
  return { entries: { [OFFICIAL]: { file, imports: Object.fromEntries(imports) } }, files };
}

test('the demo ends with exit code 0 and one JSON document that tells where everything is', async () => {
  expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, output: '' });
  expect(report.submissions.map(({ vorgang, state }) => ({ vorgang, state }))).toEqual(
    demoApplications.map(({ spec }) => ({ vorgang: spec.vorgang, state: 'COMPLETED' })),
  );
  expect(report.submissions.every(({ aktenzeichen }) => /\S/.test(aktenzeichen))).toBe(true);
  const expected = (await otherCases()).flatMap(({ status, code }) => (code ? [{ status, code }] : []));
  expect(report.refused).toEqual(expected);
  expect(existsSync(join(folder, report.dataDir))).toBe(true);
});

describe('every 0605 that the demo made', () => {
  test('is valid by the hub’s own profile schema', () => allValid(PROFILE));

  (withOfficial ? test : test.skip)('is valid by the official schema', () => allValid(OFFICIAL));

  async function allValid(schema: string): Promise<void> {
    expect(report.submissions).toHaveLength(demoApplications.length);
    for (const { vorgang, package: path } of report.submissions) {
      const xml = await messageIn(join(folder, path));
      expect([vorgang, await placesIn(xml, schema)]).toEqual([vorgang, []]);
      expect(xml.toString()).toContain(`<xdomea:FachverfahrenObjektID>${vorgang}</xdomea:FachverfahrenObjektID>`);
    }
  }

  test('carries every file that was sent, the one of 40 MiB too', async () => {
    for (const [index, { package: path }] of report.submissions.entries()) {
      const opened = await openPackage(join(folder, path));
      const names = opened.entries.map(({ name }) => name.replace(/^[\da-f-]{36}_/, ''));
      const sent = (await demoApplications[index]!.files()).map(({ fileName }) => fileName.replaceAll(':', '_'));
      const largest = Math.max(...opened.entries.map(({ size }) => size));
      opened.close();
      expect(names.slice(1, 1 + sent.length)).toEqual(sent);
      expect(largest === 40 * 1024 * 1024).toBe(sent.some((name) => name.startsWith('Lageplan')));
    }
  });
});

async function messageIn(path: string): Promise<Buffer> {
  const opened = await openPackage(path);
  try {
    const message = opened.entries.find(({ name }) => name.endsWith(`${messageNames['0605']}.xml`))!;
    return await opened.read(message.name, 16 * 1024 * 1024);
  } finally {
    opened.close();
  }
}

async function placesIn(xml: Buffer, schema: string): Promise<unknown[]> {
  try {
    await pool.run({ document: Uint8Array.from(xml), schema });
    return [];
  } catch (error) {
    if (isHubError(error) && error.places.length > 0) return [...error.places];
    throw error;
  }
}
