import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeCmis } from './fake-cmis.ts';
import { canRun } from './requirement.ts';

/** One call as it was recorded with the real server. */
interface RecordedCall {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  readonly answer: string;
}

const recordings = fileURLToPath(new URL('../../../../shared/standards/cmis/', import.meta.url));
const recorded = canRun('shared', existsSync(recordings), 'fake CMIS against recordings', '../shared/standards/cmis');
/** Calls whose answers are shaped by something the fake does not have. */
const NOT_COMPARED = /suppressResponseCodes|over InMemoryServer|CSRF|applyACL|appendContent|Range/;
const repositories: FakeCmis[] = [];

afterEach(async () => {
  for (const repository of repositories.splice(0)) await repository.stop();
});

async function started(options: ConstructorParameters<typeof FakeCmis>[0] = {}): Promise<FakeCmis> {
  const repository = new FakeCmis(options);
  await repository.start();
  repositories.push(repository);
  return repository;
}

/** Sections of the form: title, code block with the request, `→ **status**`, code block with the answer. */
function readRecordings(file: string): RecordedCall[] {
  const sections = readFileSync(join(recordings, file), 'utf8').split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const match =
      /^(.+)\n```\n(GET|POST|PUT|DELETE) (\S+)([^]*?)\n```\n→ \*\*(\d+)\*\*[^\n]*\n```\w*\n([^]*?)\n```/.exec(section);
    if (!match) return [];
    const [, title = '', method = '', path = '', rest = '', status = '', answer = ''] = match;
    return [{ title, method, path, ...requestOf(rest), status: Number(status), answer }];
  });
}

function requestOf(rest: string): { headers: Record<string, string>; body: string } {
  const inline = /^ (\{.*\})(?:\n([^]*))?$/.exec(rest);
  if (inline) {
    const pairs = [...inline[1]!.matchAll(/'([\w-]+)': ["'](.*?)["'](?=[,}])/g)];
    return { headers: Object.fromEntries(pairs.map(([, name, value]) => [name!, value!])), body: inline[2] ?? '' };
  }
  const [head = '', ...parts] = rest.replace(/^\n/, '').split('\n\n');
  const headers = Object.fromEntries(
    head.split('\n').flatMap((line) => {
      const at = line.indexOf(': ');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 2)]];
    }),
  );
  const text = parts.join('\n\n');
  if (!headers['Content-Type']?.startsWith('application/x-www-form-urlencoded')) {
    return { headers, body: text.replace(/\r?\n/g, '\r\n') };
  }
  const pairs = text.split('\n').filter((line) => line.includes('='));
  const form = pairs.map((line): [string, string] => [
    line.slice(0, line.indexOf('=')),
    line.slice(line.indexOf('=') + 1),
  ]);
  return { headers, body: new URLSearchParams(form).toString() };
}

async function replay(repository: FakeCmis, call: RecordedCall): Promise<{ status: number; text: string }> {
  const path = call.path.replace('/inmemory/atom11', '/atom').replace('/inmemory', '');
  const answer = await fetch(repository.origin + path, {
    method: call.method,
    headers: { ...call.headers, authorization: `Basic ${Buffer.from('hub:hub').toString('base64')}` },
    ...(call.method !== 'GET' && { body: call.body }),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('the fake CMIS repository', () => {
  (recorded ? test : test.skip)('answers by the browser binding as OpenCMIS did', async () => {
    const repository = await started({ firstId: 113 });
    const calls = readRecordings('browser-transcript.md').filter(({ title }) => !NOT_COMPARED.test(title));
    expect(calls.length).toBeGreaterThan(30);
    for (const call of calls) {
      const { status, text } = await replay(repository, call);
      const said = { title: call.title, status, ...shapeOf(text) };
      const parsed = shapeOf(call.answer);
      expect(said).toMatchObject({ title: call.title, status: call.status, ...parsed });
    }
  });

  (recorded ? test : test.skip)('answers by AtomPub as OpenCMIS did', async () => {
    const repository = await started({ firstId: 120 });
    const calls = readRecordings('atompub-transcript.md');
    expect(calls.length).toBe(8);
    for (const call of calls) {
      const { status, text } = await replay(repository, call);
      expect({ title: call.title, status }).toEqual({ title: call.title, status: call.status });
      const exception = /<!--exception-->(\w+)/.exec(call.answer)?.[1];
      expect(/<!--exception-->(\w+)/.exec(text)?.[1]).toBe(exception);
      const root = /<(?:\w+:)?(\w+)[ >]/.exec(call.answer.replace(/^<\?.*?\?>/, ''))?.[1];
      expect(/<(?:\w+:)?(\w+)[ >]/.exec(text.replace(/^<\?.*?\?>/, ''))?.[1]).toBe(root);
    }
  });

  test('keeps contents as files and a line for each change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fake-cmis-test-'));
    const repository = await started({ folder });
    const content = Buffer.from('%PDF-1.4');
    const form = new FormData();
    const fields = {
      cmisaction: 'createDocument',
      objectId: '100',
      'propertyId[0]': 'cmis:objectTypeId',
      'propertyValue[0]': 'cmis:document',
      'propertyId[1]': 'cmis:name',
      'propertyValue[1]': 'a.pdf',
    };
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('content', new Blob([content], { type: 'application/pdf' }), 'a.pdf');
    const authorization = `Basic ${Buffer.from('hub:hub').toString('base64')}`;
    const answer = await fetch(`${repository.url('browser')}/A1/root`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    });
    expect(answer.status).toBe(201);
    const [{ object } = { object: undefined }] = repository.tree();
    expect(await readFile(object!.content!.file)).toEqual(content);
    const [line] = (await readFile(join(folder, 'ledger.jsonl'), 'utf8')).trim().split('\n');
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(JSON.parse(line!)).toMatchObject({ operation: 'createDocument', path: '/a.pdf', sha256, length: 8 });
    await rm(folder, { recursive: true });
  });

  test('runs alone and says where', async () => {
    const main = fileURLToPath(new URL('../dist/fake-cmis-main.js', import.meta.url));
    const child = spawn(process.execPath, [main, '--user', 'hub', '--password', 'geheim'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { value: line } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    const [, browser] = String(line).split(' ');
    const status = async (credentials: string) => {
      const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
      return (await fetch(browser!, { headers: { authorization } })).status;
    };
    expect([await status('hub:geheim'), await status('hub:falsch')]).toEqual([200, 401]);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

/** What must agree of a JSON answer: the exception, or which properties an object has, and its names, garbled or not. */
function shapeOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  const { exception, succinctProperties, hasMoreItems } = value as Record<string, unknown>;
  if (typeof exception === 'string') return { exception };
  const properties = (succinctProperties ?? {}) as Record<string, unknown>;
  const names = [properties['cmis:name'], properties['cmis:contentStreamFileName']].map((name) =>
    typeof name === 'string' ? name.replace(/[\u0080-\u009f]/g, '') : name,
  );
  const keys = succinctProperties ? { properties: Object.keys(properties).toSorted(), names } : {};
  return { ...keys, ...(hasMoreItems !== undefined && { hasMoreItems }) };
}
