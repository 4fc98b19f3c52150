import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isHubError } from '@ozg-hub/core';
import { canRun } from '@ozg-hub/testing/database';
import { xdomeaVersion } from '@ozg-hub/xdomea';
import { type XmlPool, createXmlPool, loadImported } from '@ozg-hub/xml';
import { type OpenSchemas, type SchemaFolders, importSchemas, openSchemas } from './schema-files.ts';
import { treeText } from './xdomea-tree.ts';
import { checkOne, printable, showOne } from './xdomea-file.ts';
import { processEnvironment } from '@ozg-hub/runtime';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const standard = join(root, '../shared/standards/xdomea');
const withOfficial = canRun('shared', existsSync(standard), 'xdomea check on samples', '../shared/standards/xdomea');
const samples = withOfficial
  ? readdirSync(join(standard, 'samples'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.xml'))
      .toSorted()
  : [];
const supported = samples.filter((name) => !name.includes('4.0.0'));
const unsupported = samples.filter((name) => name.includes('4.0.0'));

/** Of the elements of a sample, each of these many is left out once. */
const EVERY = 3;

/** Where the elements of a document begin and end, without its root. */
function elementsOf(text: string): { readonly from: number; readonly to: number }[] {
  const open: number[] = [];
  const elements: { from: number; to: number }[] = [];
  for (const { 0: tag, index } of text
    .replaceAll(/<!--[^]*?-->|<\?[^]*?\?>/g, (same) => ' '.repeat(same.length))
    .matchAll(/<[^>]+>/g)) {
    if (!tag.startsWith('</')) open.push(index);
    if (tag.startsWith('</') || tag.endsWith('/>')) elements.push({ from: open.pop()!, to: index + tag.length });
  }
  return elements.slice(0, -1);
}

let data: string;
let folders: SchemaFolders;
/** With the hub's own profiles only. */
let own: OpenSchemas;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'xdomea-cli-'));
  folders = { own: join(root, 'schemas'), imported: join(data, 'schemas') };
  own = await openSchemas(folders);
});
afterAll(async () => {
  await own.pool.close();
  await rm(data, { recursive: true });
});

const message = (version: string, content: string) => `<?xml version="1.0" encoding="UTF-8"?>
<xdomea:FVDaten.EmpfangBestaetigen.0629 xmlns:xdomea="urn:xoev-de:xdomea:schema:${version}">
${content}
</xdomea:FVDaten.EmpfangBestaetigen.0629>
`;
const head = `<xdomea:Kopf>
  <xdomea:ProzessID>11111111-2222-4333-8444-000000000001</xdomea:ProzessID>
  <xdomea:Nachrichtentyp><code>0629</code></xdomea:Nachrichtentyp>
  <xdomea:Erstellungszeitpunkt>2026-08-21T10:15:30+02:00</xdomea:Erstellungszeitpunkt>
  <xdomea:Absender><xdomea:Institution><xdomea:Name>Amt</xdomea:Name></xdomea:Institution></xdomea:Absender>
  <xdomea:Empfaenger><xdomea:Institution><xdomea:Name>Amt</xdomea:Name></xdomea:Institution></xdomea:Empfaenger>
</xdomea:Kopf>`;
const NAME = '11111111-2222-4333-8444-000000000001_FVDaten.EmpfangBestaetigen.0629.xml';

async function written(name: string, text: string): Promise<string> {
  const path = join(data, name);
  await writeFile(path, text);
  return path;
}

describe('xdomea check', () => {
  /** The command as a person starts it. */
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'services/all-in-one/dist/cli/cli.js'), 'xdomea', ...args], {
      env: { ...processEnvironment(), HUB_DATA_DIR: data },
      encoding: 'utf8',
    });

  test('ends with 0 for a valid message, 1 for an invalid one, 2 where it cannot tell', async () => {
    const good = run('check', await written(NAME, message('3.1.0', head)));
    expect([good.status, good.stdout]).toEqual([0, expect.stringContaining('Ergebnis: GÜLTIG')]);
    const bad = run('check', await written('bad.xml', message('3.1.0', head.replace('0629<', '0630<'))), '--json');
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ verdict: 'invalid', message: { version: '3.1.0' } });
    const gone = run('check', join(data, 'nothing.xml'), '--json');
    expect([gone.status, JSON.parse(gone.stdout)]).toEqual([
      2,
      expect.objectContaining({ verdict: 'unchecked', error: expect.objectContaining({ code: 'ENOENT' }) }),
    ]);
  }, 60_000);

  test('tells a clerk in German what was checked, what is wrong and where', async () => {
    const broken = message('3.1.0', head.replace(/ {2}<xdomea:Absender>.*\n/, ''));
    const { text, exitCode } = await checkOne(await written(NAME, broken), own);
    expect(exitCode).toBe(1);
    expect(text).toBe(`${NAME}
  xdomea 3.1.0, FVDaten.EmpfangBestaetigen.0629 (Empfang bestätigt)
  ProzessID 11111111-2222-4333-8444-000000000001, 0 Objekte
  geprüft gegen das Profil des Hubs, das enger ist als das amtliche Schema

  Schema         1 Fehler
  Prozessregeln  in Ordnung
  Codelisten     in Ordnung
  Dateien        in Ordnung

FEHLER  Zeile 7, /FVDaten.EmpfangBestaetigen.0629/Kopf/Empfaenger
  Das Element steht hier falsch; erwartet wird: ( Absender )

Ergebnis: UNGÜLTIG, 1 Fehler`);
  });

  test('prints nothing that could steer the terminal or pass for a line of its own', () => {
    const node = { kind: 'Vorgang', betreff: 'a\nErgebnis: GÜLTIG\u009b2J\u202e', dateien: [], children: [] };
    const version = xdomeaVersion('3.1.0');
    const text = treeText({ version, name: 'x', objekte: [{ kind: 'x', texts: [], nodes: [node] }] }, undefined);
    expect(printable(text).split('\n').at(-1)).toBe('   └─ Vorgang „a Ergebnis: GÜLTIG·2J·“');
  });

  test('says what is missing of a version that is not supported', async () => {
    const { text, exitCode } = await checkOne(await written('four.xml', message('4.0.0', head)), own);
    expect(exitCode).toBe(2);
    expect(text).toContain('xdomea 4.0.0 wird nicht unterstützt');
    expect(text).toContain('Es fehlen die Schemata für Information');
  });
});

(withOfficial ? describe : describe.skip)('with the official schemas imported', () => {
  let official: OpenSchemas;
  let oracle: XmlPool;

  beforeAll(async () => {
    const { imported, altered } = await importSchemas(join(standard, 'xsd'), folders);
    expect([imported, altered]).toEqual([['2.4.0', '3.0.0', '3.1.0'], []]);
    official = await openSchemas(folders);
    oracle = await published();
  }, 60_000);
  afterAll(() => Promise.all([official.pool.close(), oracle.close()]));

  /** The official files as they are published, not as they were imported. */
  async function published(): Promise<XmlPool> {
    const main = {
      '2.4.0': 'xdomea-Nachrichten-FachverfahrensdatenAustauschen.xsd',
      '3.0.0': 'xdomea.xsd',
      '3.1.0': 'xdomea.xsd',
    };
    const entries = Object.entries(main).map(([version, file]) => [version, { file: `${version}/${file}` }]);
    const names = Object.keys(main).flatMap((version) =>
      readdirSync(join(standard, 'xsd', version), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.xsd'))
        .map((name) => `${version}/${name}`),
    );
    const texts = names.map(async (name) => [name, await readFile(join(standard, 'xsd', name), 'utf8')]);
    const files = Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
    return createXmlPool({ workers: 1, schemas: { entries: Object.fromEntries(entries), files }, timeoutMs: 60_000 });
  }

  /** The official schema's own verdict. */
  async function accepts(text: string): Promise<boolean> {
    const version = /urn:xoev-de:xdomea:schema:([\d.]+)/.exec(text)![1]!;
    try {
      await oracle.run({ document: Buffer.from(text), schema: version });
      return true;
    } catch (error) {
      if (isHubError(error, 'HUB_XML_INVALID')) return false;
      throw error;
    }
  }

  test('they are what is validated against, here and by the hub', async () => {
    const ids = ['xdomea/2.4.0', 'xdomea/3.0.0', 'xdomea/3.1.0'];
    expect([...official.official].toSorted()).toEqual(ids);
    expect(Object.keys((await loadImported(folders.imported)).entries).toSorted()).toEqual(ids);
  });

  test('there are samples of every kind', () => {
    expect(supported.length).toBeGreaterThanOrEqual(12);
    expect(unsupported).toHaveLength(1);
  });

  test.each(supported)('%s is accepted as the official schema does', async (name) => {
    const path = join(standard, 'samples', name);
    expect(await accepts(await readFile(path, 'utf8'))).toBe(true);
    const { report, exitCode } = await checkOne(path, official);
    expect([exitCode, report.schema, report.findings.filter(({ severity }) => severity === 'error')]).toEqual([
      0,
      'official',
      [],
    ]);
  });

  const breaks: readonly (readonly [what: string, find: RegExp, put: string])[] = [
    ['without ProzessID', /<xdomea:ProzessID>[^<]*<\/xdomea:ProzessID>/, ''],
    ['with a time that is none', /(<xdomea:Erstellungszeitpunkt>)[^<]*/, '$1gestern'],
    ['with an element that does not exist', /<\/xdomea:Kopf>/, '<xdomea:Erfunden>1</xdomea:Erfunden></xdomea:Kopf>'],
  ];
  test.each(supported)('a broken copy of %s is refused with line and reason', async (name) => {
    const whole = await readFile(join(standard, 'samples', name), 'utf8');
    for (const [what, find, put] of breaks) {
      const broken = whole.replace(find, put);
      expect([what, await accepts(broken)]).toEqual([what, false]);
      const { report, text, exitCode } = await checkOne(await written(basename(name), broken), official);
      const [first] = report.findings.filter(({ severity }) => severity === 'error');
      expect([what, exitCode, first?.line]).toEqual([what, 1, expect.any(Number)]);
      const at = whole.slice(0, whole.search(find)).split('\n').length;
      expect(Math.abs(first!.line! - at)).toBeLessThanOrEqual(1);
      expect(text).toMatch(new RegExp(`FEHLER {2}Zeile ${first!.line}, .*\n {2}[A-ZÄÖÜ]`));
    }
  });

  test.each(supported)(
    'a copy of %s without one of its elements is refused exactly where the schema does',
    async (name) => {
      const whole = await readFile(join(standard, 'samples', name), 'utf8');
      const elements = elementsOf(whole);
      const verdicts = new Set<boolean>();
      for (let n = elements.length % EVERY; n < elements.length; n += EVERY) {
        const { from, to } = elements[n]!;
        const broken = whole.slice(0, from) + whole.slice(to);
        const accepted = await accepts(broken);
        verdicts.add(accepted);
        const { report, exitCode } = await checkOne(await written(basename(name), broken), official);
        const refused = report.findings.filter(({ subject, severity }) => subject === 'schema' && severity === 'error');
        expect([n, refused.length === 0]).toEqual([n, accepted]);
        for (const { line, message } of refused)
          expect([line, message]).toEqual([expect.any(Number), expect.any(String)]);
        if (!accepted) expect(exitCode).toBe(1);
      }
      expect(verdicts).toContain(false);
    },
  );

  test.each(unsupported)('%s cannot be checked, and the report says why', async (name) => {
    const { text, exitCode } = await checkOne(join(standard, 'samples', name), official);
    expect([exitCode, text]).toEqual([2, expect.stringContaining('4.0.0 wird nicht unterstützt')]);
  });

  test('show prints the tree of a message', async () => {
    const name = supported.find((each) => each.includes('3.1.0') && each.includes('1_FVDaten.SGOAblegen.0605'))!;
    const { tree, files } = await showOne(join(standard, 'samples', name), official);
    const text = treeText(tree, files);
    expect(text).toMatch(/^xdomea 3\.1\.0 {2}FVDaten\.SGOAblegen\.0605\n/);
    expect(text).toContain('│  └─ Anlage „Fahrzeugschein Kopie“ (Nachweis)');
    expect(text).toContain('_Antrag.pdf  pdf (PDF/A) 2b, Original: Antrag Bewohnerparkausweis.pdf');
  });
});
