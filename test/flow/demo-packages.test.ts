import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { demoApplications, demoRepositories, otherCases } from '@ozg-hub/all-in-one';
import { isHubError } from '@ozg-hub/core';
import { type FakeCmisLedgerLine, canRun } from '@ozg-hub/testing';
import { catalogueOf, findSchemas, messageNames, openPackage, versionNamedBy } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const official = join(root, '../shared/standards/xdomea/xsd');
const withOfficial = canRun('shared', existsSync(official), 'demo-packages', '../shared/standards/xdomea');

interface Report {
  readonly logins: readonly { vorgang: string; provider: string; applicant: string; vertrauensniveau: string }[];
  readonly submissions: readonly {
    id: string;
    vorgang: string;
    state: string;
    aktenzeichen: string;
    package: string | null;
    folder: string | null;
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

test('a citizen signed in by BundID and a company by MUK before they applied, as strongly as their Leistung demands', () => {
  const vertrauensniveau = 'substanziell';
  expect(report.logins).toEqual([
    { vorgang: 'MFE-2026-000019', provider: 'bundid', applicant: 'citizen', vertrauensniveau },
    { vorgang: 'MFE-2026-000020', provider: 'muk', applicant: 'company', vertrauensniveau },
  ]);
  const refused = report.refused.map(({ code }) => code);
  expect(refused).toContain('HUB_INTAKE_IDENTITY_REQUIRED');
  expect(refused).toContain('HUB_IDENTITY_PROOF_OTHER_APPLICATION');
});

/** What went to DMS that take packages, with the application sent. */
function packages() {
  return report.submissions.flatMap(({ vorgang, package: path }, index) =>
    path === null ? [] : [{ vorgang, path, application: demoApplications[index]! }],
  );
}

describe('every 0605 that the demo made', () => {
  test('is valid by the hub’s own profile schema of its version', () => allValid(profiles));

  (withOfficial ? test : test.skip)('is valid by the official schema of its version', () => allValid(officials!));

  async function allValid(pool: XmlPool): Promise<void> {
    expect(packages()).toHaveLength(demoApplications.filter(({ arrives }) => !arrives.byCmis).length);
    for (const { vorgang, path } of packages()) {
      const xml = await messageIn(join(folder, path));
      expect([vorgang, await placesIn(xml, pool)]).toEqual([vorgang, []]);
      expect(xml.toString()).toContain(`<xdomea:FachverfahrenObjektID>${vorgang}</xdomea:FachverfahrenObjektID>`);
    }
  }

  test('carries every file that was sent, the one of 40 MiB too', async () => {
    for (const { path, application } of packages()) {
      const opened = await openPackage(join(folder, path));
      const names = opened.entries.map(({ name }) => name.replace(/^[\da-f-]{36}_/, ''));
      const sent = (await application.files()).map(({ fileName }) => fileName.replaceAll(':', '_'));
      const largest = Math.max(...opened.entries.map(({ size }) => size));
      opened.close();
      expect(names.slice(1, 1 + sent.length)).toEqual(sent);
      expect(largest === 40 * 1024 * 1024).toBe(sent.some((name) => name.startsWith('Lageplan')));
    }
  });
});

describe('what the demo filed by CMIS', () => {
  const filed = () =>
    report.submissions.flatMap((line, index) =>
      line.folder === null ? [] : [{ ...line, index, folder: line.folder }],
    );
  const changes = async () => {
    const ledger = await readFile(
      join(folder, report.dataDir, 'dms', demoRepositories[0]!.folder, 'ledger.jsonl'),
      'utf8',
    );
    return ledger
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as FakeCmisLedgerLine);
  };

  test('lies in a folder of its own, by name and Aktenzeichen, and in no package', async () => {
    expect(filed().map(({ vorgang }) => vorgang)).toEqual(
      demoApplications.filter(({ arrives }) => arrives.byCmis).map(({ spec }) => spec.vorgang),
    );
    expect(filed().map(({ package: path }) => path)).toEqual(filed().map(() => null));
    expect(filed().map((line) => line.folder)).toEqual([
      '/22.14.03 Hundesteuer/2026/2026-08-21 Hundesteuer Müster, Özkan, Hund „Fräulein Süß“',
      '/Eingang/2026/08/Wasserzwischenzähler 8SEN0112345678, Müster, Özkan',
      '/85.40.01 Jagdpachtverträge/Jagdpachtvertrag Musterstadt-Süd „Weißer Stein“ ab 01.04.2027, Mustermann, Erika Käthe',
      '/32.10.02 Gewerbemeldungen/Gewerbeanmeldung Muster GmbH & Co. KG, Bäckerei und Café',
    ]);
    for (const { folder: path, aktenzeichen } of filed()) {
      const made = (await changes()).filter((line) => line.path === path);
      expect(made.map(({ operation, typeId }) => [operation, typeId])).toEqual([['createFolder', 'eakte:vorgang']]);
      expect(made[0]!.properties['eakte:aktenzeichen']).toEqual([aktenzeichen]);
    }
  });

  test('is every file that was sent, byte for byte, or one container of all', async () => {
    const [single, container] = filed();
    const inside = (path: string, all: readonly FakeCmisLedgerLine[]) =>
      all.filter((line) => line.path.startsWith(`${path}/`));
    const documents = inside(single!.folder, await changes());
    const sent = await demoApplications[single!.index]!.files();
    const hashes = sent.map(({ content }) =>
      createHash('sha256')
        .update(content as Uint8Array)
        .digest('hex'),
    );
    expect(documents.map(({ sha256 }) => sha256).slice(0, sent.length)).toEqual(hashes);
    expect(documents.at(-1)!.path).toMatch(/\/Antragsdaten\.xml$/);
    expect(inside(container!.folder, await changes()).map(({ path }) => path.split('/').at(-1))).toEqual([
      `Antrag ${container!.vorgang}.zip`,
    ]);
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
