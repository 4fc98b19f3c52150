import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { type RunningHost, startServices } from './host.ts';
import { SECRET, SampleWorld, sampleFolder, sampleService } from './sample-service.ts';

let database: TestDatabase;
let folder: string;
let host: RunningHost;

beforeAll(async () => {
  database = await testDatabase();
  folder = await sampleFolder();
  host = await startServices([sampleService('sample', new SampleWorld())], {
    environment: {
      HUB_DATABASE_URL: database.url,
      HUB_DATA_DIR: join(folder, 'data'),
      HUB_DIRECTORY: join(folder, 'directory'),
      HUB_HTTP_PORT: '0',
      HUB_XML_WORKERS: '1',
      HUB_LOG_FILE: join(folder, 'hub.log'),
    },
    version: '1.2.3',
  });
});
afterAll(async () => {
  await host.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(host.url + path, {
    ...init,
    headers: { authorization: `Bearer ${host.operatorToken}`, ...(init.headers as Record<string, string>) },
  });
const post = (body: string, type = 'application/json') =>
  ask('/sample/v1/things/1', { method: 'POST', body, headers: { 'content-type': type } });

describe('a route', () => {
  test('without a key, with a wrong one, or without the scope is closed', async () => {
    const { key } = (await (
      await ask('/hub/ops/v1/keys', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'reader', scopes: ['read'] }),
      })
    ).json()) as { key: string };
    const status = async (authorization: string, path = '/sample/v1/things/1', method = 'POST') => {
      const answer = await fetch(host.url + path, { method, headers: { authorization } });
      return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
    };
    expect(await status('')).toBe('401 HUB_KEY_MISSING');
    expect(await status('Bearer nonsense')).toBe('401 HUB_KEY_UNKNOWN');
    expect(await status(`Bearer ${key}`)).toBe('403 HUB_KEY_SCOPE');
    expect(await status(`Bearer ${key}`, '/sample/v1/forgotten', 'GET')).toBe('403 HUB_KEY_SCOPE');
    expect((await ask('/sample/v1/forgotten')).status).toBe(200);
  });

  test('that concerns the whole hub is closed to a key that is bound to a municipality', async () => {
    const create = async (body: object, token = host.operatorToken) =>
      fetch(`${host.url}/hub/ops/v1/keys`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ name: 'x', scopes: ['admin'], ...body }),
      });
    const { key } = (await (await create({ tenants: ['musterstadt'] })).json()) as { key: string };
    const refused = await create({}, key);
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'HUB_KEY_TENANT' })]);
    expect((await create({ tenants: ['nowhere'] })).status).toBe(400);
  });
});

describe('a problem answer', () => {
  const problem = async (answer: Response) => {
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    return (await answer.json()) as Record<string, unknown>;
  };

  test('has the members of RFC 9457 and ours', async () => {
    const answer = await ask('/sample/v1/later', { headers: { 'x-request-id': 'req-1' } });
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-request-id')]).toEqual([
      503,
      '8',
      'req-1',
    ]);
    expect(await problem(answer)).toEqual({
      type: 'urn:ozg-hub:problem:HUB_SAMPLE_LATER',
      title: 'Not now.',
      status: 503,
      detail: 'Not now.',
      code: 'HUB_SAMPLE_LATER',
      action: 'Wait.',
      requestId: 'req-1',
      errors: [{ field: 'x', message: 'y' }],
    });
  });

  test.each([
    ['GET', '/sample/v1/nothing', 404, 'HUB_HTTP_NOT_FOUND'],
    ['GET', '/nobody', 404, 'HUB_HTTP_NOT_FOUND'],
    ['DELETE', '/sample/v1/things/1', 405, 'HUB_HTTP_METHOD'],
    ['POST', '/sample/v1/open', 405, 'HUB_HTTP_METHOD'],
  ])('%s %s: %i', async (method, path, status, code) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/^(POST|GET, HEAD)$/);
    expect(await problem(answer)).toMatchObject({ status, code });
  });

  test('says what a body lacks: its type, its shape, its size', async () => {
    const good = JSON.stringify({ name: 'a', size: 1 });
    expect((await post(good)).status).toBe(201);
    expect((await post(good, 'application/json; charset=utf-8')).status).toBe(201);
    for (const type of ['text/plain', 'application/xml', 'application/jsonx']) {
      expect(await problem(await post(good, type))).toMatchObject({ status: 415, code: 'HUB_HTTP_MEDIA_TYPE' });
    }
    expect(await problem(await post('{"name":'))).toMatchObject({ status: 400, code: 'HUB_HTTP_BAD_REQUEST' });
    expect(await problem(await post(JSON.stringify({ name: SECRET, size: 1.5 })))).toMatchObject({
      status: 400,
      errors: [expect.objectContaining({ field: 'name' }), expect.objectContaining({ field: 'size' })],
    });
    const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024), size: 1 });
    expect(await problem(await post(large))).toMatchObject({ status: 413, code: 'HUB_HTTP_TOO_LARGE' });
  });

  test('of an error nobody expected tells nothing but where to look', async () => {
    const answer = await ask('/sample/v1/failing');
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'HUB_INTERNAL', requestId: expect.any(String) });
    expect(text).not.toContain(SECRET);
    expect(await readFile(join(folder, 'hub.log'), 'utf8')).toContain(answer.headers.get('x-request-id')!);
  });
});

describe('the hub', () => {
  test('measures its parts', async () => {
    const text = await (await ask('/metrics')).text();
    for (const name of [
      'nodejs_eventloop_lag_seconds',
      'hub_http_request_seconds',
      'hub_outbox_waiting{schema="sample"} 0',
      'hub_vault_pending_erasures 0',
      'hub_vault_tree_nodes',
      'hub_data_free_bytes',
      'hub_xml_queued_bytes 0',
    ])
      expect(text).toContain(name);
    expect(text).not.toMatch(/hub_metric_collect_failures_total\{/);
  });

  test('describes every route in OpenAPI 3.1', async () => {
    const document = (await (await ask('/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { [member: string]: unknown }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths['/sample/v1/things/{id}']!['post']).toMatchObject({
      operationId: 'sample.sample.take',
      security: [{ apiKey: [] }],
      'x-scope': ['submit', 'operate'],
      parameters: [
        { name: 'id', in: 'path', required: true },
        { name: 'q', in: 'query', required: false },
      ],
      requestBody: { content: { 'application/json': { schema: { type: 'object', required: ['name', 'size'] } } } },
    });
    expect(document.paths['/sample/v1/open']!['get']).not.toHaveProperty('security');
    expect(Object.keys(document.paths)).toContain('/hub/ops/v1/vault/rotation');
  });
});
