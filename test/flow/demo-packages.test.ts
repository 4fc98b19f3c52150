import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { demoApplications, otherCases } from '@ozg-hub/all-in-one';
import { isHubError } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing';
import { catalogueOf, findSchemas, messageNames, openPackage, versionNamedBy } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const official = join(root, '../shared/standards/xdomea/xsd');
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
let profiles: XmlPool;
let officials: XmlPool | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
  profiles = createXmlPool({ workers: 1, schemas: await loadCatalogue(join(root, 'schemas')) });
  if (withOfficial) {
    officials = createXmlPool({ workers: 1, schemas: catalogueOf((await findSchemas(official)).complete) });
  }
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
  await profiles.close();
  await officials?.close();
  await rm(folder, { recursive: true, force: true });
});

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
  test('is valid by the hub’s own profile schema of its version', () => allValid(profiles));

  (withOfficial ? test : test.skip)('is valid by the official schema of its version', () => allValid(officials!));

  async function allValid(pool: XmlPool): Promise<void> {
    expect(report.submissions).toHaveLength(demoApplications.length);
    for (const { vorgang, package: path } of report.submissions) {
      const xml = await messageIn(join(folder, path));
      expect([vorgang, await placesIn(xml, pool)]).toEqual([vorgang, []]);
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

async function placesIn(xml: Buffer, pool: XmlPool): Promise<unknown[]> {
  try {
    await pool.run({ document: Uint8Array.from(xml), schema: versionNamedBy(xml)!.schema });
    return [];
  } catch (error) {
    if (isHubError(error) && error.places.length > 0) return [...error.places];
    throw error;
  }
}
