import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { PostgresBus } from '@ozg-hub/messaging';
import { goodRequest } from './applications.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

/** Routes that need no key. A further one is a decision: it belongs here and into the README. */
const PUBLIC = [
  'get /epay21/v1/return/{token}',
  'get /health/live',
  'get /health/ready',
  'get /identity/login/{uid}',
  'get /identity/login/{uid}/leave',
  'get /identity/login/{uid}/return',
  'get /identity/oidc/.well-known/openid-configuration',
  'get /identity/oidc/auth',
  'get /identity/oidc/auth/{uid}',
  'get /identity/oidc/jwks',
  'get /identity/oidc/me',
  'get /identity/saml/{provider}/acs',
  'get /identity/saml/{provider}/metadata',
  'get /metrics',
  'get /openapi.json',
  'post /identity/login/{uid}',
  'post /identity/oidc/auth',
  'post /identity/oidc/token',
  'post /identity/saml/{provider}/acs',
];
const SCOPES = ['submit', 'reply', 'book', 'read', 'operate', 'admin'];

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly object[];
  readonly 'x-scope'?: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

let hub: RunningHub;
let routes: { readonly name: string; readonly method: string; readonly path: string; readonly operation: Operation }[];

beforeAll(async () => {
  hub = await startHub();
  const { json } = await hub.request('GET', '/openapi.json');
  routes = Object.entries<Record<string, Operation>>(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation })),
  );
});
afterAll(() => hub?.stop());

const withBody = (body: object) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const call = ({ method, path }: { method: string; path: string }, options: object): Promise<Answer> =>
  hub.request(method.toUpperCase(), path.replaceAll(/\{[a-z]+\}/gi, '0198c0de-0000-7000-8000-000000000001'), options);

describe('the API', () => {
  test('has these routes without a key, and no other', () => {
    const open = routes.filter(({ operation }) => operation.security === undefined);
    expect(open.map(({ name }) => name).toSorted()).toEqual(PUBLIC);
  });

  test('names the scope of every other route, and refuses it without a key and with a revoked one', async () => {
    const { id, key } = await hub.key({ scopes: SCOPES });
    await hub.request('DELETE', `/hub/ops/v1/keys/${id}`);
    for (const route of routes.filter(({ name }) => !PUBLIC.includes(name))) {
      const scopes = route.operation['x-scope'];
      expect([route.name, scopes?.every((scope) => SCOPES.includes(scope))]).toEqual([route.name, true]);
      const answers = [await call(route, withKey('')), await call(route, withKey(key))];
      expect([route.name, ...answers.map(({ json }) => json.code)]).toEqual([
        route.name,
        'HUB_KEY_UNKNOWN',
        'HUB_KEY_REVOKED',
      ]);
    }
  });

  test('refuses every route to a key that lacks its scope', async () => {
    const keys = Object.fromEntries(
      await Promise.all(SCOPES.map(async (scope) => [scope, (await hub.key({ scopes: [scope] })).key] as const)),
    );
    const opens = (scope: string): string[] =>
      scope === 'admin' ? SCOPES : scope === 'operate' ? ['operate', 'read'] : [scope];
    for (const route of routes.filter(({ name }) => !PUBLIC.includes(name))) {
      const lacking = SCOPES.filter((scope) => !route.operation['x-scope']!.some((one) => opens(scope).includes(one)));
      for (const scope of lacking) {
        const { status, json } = await call(route, withKey(keys[scope]!));
        expect([route.name, scope, status, json.code]).toEqual([route.name, scope, 403, 'HUB_KEY_SCOPE']);
      }
    }
  });

  test('shows and changes nothing of another municipality', async () => {
    const { json } = await hub.push((await goodRequest('CIV-other')).body());
    const { deliveries } = await hub.submission(json.id, (found) => found.deliveries.length > 0);
    const { key } = await hub.key({ scopes: ['operate', 'submit', 'admin'], tenants: ['beispielhausen'] });
    const foreign = withKey(key);
    const ops = '/dms-export/ops/v1';
    expect((await hub.request('GET', `/civento/v1/applications/${json.id}`, foreign)).status).toBe(404);
    expect((await hub.request('GET', '/civento-intake/ops/v1/submissions?q=CIV-other', foreign)).json).toEqual({
      submissions: [],
    });
    expect((await hub.request('GET', `${ops}/deliveries`, foreign)).json).toEqual({ deliveries: [] });
    expect((await hub.request('GET', `${ops}/deliveries?tenant=musterstadt`, foreign)).json).toEqual({
      deliveries: [],
    });
    expect((await hub.request('GET', `${ops}/targets`, foreign)).json).toEqual({ targets: [] });
    const refused = async (method: string, path: string, body: object = {}) => {
      const answer = await hub.request(method, path, {
        ...withBody(body),
        headers: { ...withBody({}).headers, ...foreign.headers },
      });
      return answer.status;
    };
    const delivery = `${ops}/deliveries/${deliveries[0].id}`;
    const reason = 'because';
    expect(await refused('POST', `${delivery}/cancel`, { reason })).toBe(404);
    expect(await refused('POST', `${delivery}/replay`, { reason })).toBe(404);
    expect(await refused('POST', `${ops}/targets/musterstadt/eakte/pause`, { reason })).toBe(404);
    expect(await refused('POST', `/civento-intake/ops/v1/submissions/${json.id}/erasure`)).toBe(404);
    expect(await refused('POST', '/hub/ops/v1/vault/rotation')).toBe(403);
    expect(await refused('POST', '/hub/ops/v1/keys', { name: 'x', scopes: ['admin'] })).toBe(403);
  });
});

describe('/openapi.json', () => {
  test('is OpenAPI 3.1: unique operations, declared path parameters, answers, schemas that can be found', async () => {
    const { json: document } = await hub.request('GET', '/openapi.json');
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'ozg-hub', version: 'test' } });
    const ids = routes.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, method, path, operation } of routes) {
      expect([name, ['get', 'post', 'put', 'delete', 'patch'].includes(method)]).toEqual([name, true]);
      expect([name, operation.summary.length > 5]).toEqual([name, true]);
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect([name, inPath.map((parameter) => parameter.name)]).toEqual([
        name,
        [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, parameter]) => parameter),
      ]);
      for (const parameter of operation.parameters) expect(typeof parameter.schema).toBe('object');
      const statuses = Object.keys(operation.responses);
      expect([name, statuses.some((status) => /^2\d\d$/.test(status)), statuses.includes('default')]).toEqual([
        name,
        true,
        true,
      ]);
      for (const { description } of Object.values(operation.responses)) expect(description.length).toBeGreaterThan(3);
      for (const type of Object.keys(operation.requestBody?.content ?? {})) expect(type).toMatch(/^\w+\/[\w.+-]+$/);
    }
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, pointer] of references) {
      const found = pointer!.split('/').reduce((value, part) => value?.[part], document);
      expect([pointer, typeof found]).toEqual([pointer, 'object']);
    }
  });
});

describe('/metrics', () => {
  test('counts messages, events and requests of every service', async () => {
    const { text } = await hub.request('GET', '/metrics');
    for (const line of [
      /hub_bus_lag_messages\{group="dms-export",topic="submission\.accepted\.v1"\} \d/,
      /hub_bus_consumed_total\{group="dms-export",topic="submission\.accepted\.v1",outcome="handled"\} \d/,
      /hub_bus_last_commit_timestamp_seconds\{group="dms-export",topic="submission\.accepted\.v1"\} \d/,
      /hub_bus_rebalances_total\{group="dms-export"\} 0/,
      /hub_bus_parked_messages\{group="civento-intake"\} 0/,
      /hub_outbox_published_total\{schema="civento_intake"\} \d/,
      /hub_outbox_waiting\{schema="dms_export"\} \d/,
      /hub_http_request_seconds_count\{service="civento-intake",method="POST",status="202"\} \d/,
      /hub_dms_deliveries\{tenant="musterstadt",target="eakte",state="\w+"\} \d/,
    ])
      expect(text).toMatch(line);
    expect(text).not.toMatch(/hub_metric_collect_failures_total\{/);
  });

  test('are those of the table in README.md, and no others', async () => {
    const { text } = await hub.request('GET', '/metrics');
    const served = [...text.matchAll(/^# TYPE (hub_\w+) /gm)].map(([, name]) => name);
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const table = readme.split('<!-- metrics:begin -->')[1]!.split('<!-- metrics:end -->')[0]!;
    const told = [...table.matchAll(/^\| `(hub_\w+)` +\|/gm)].map(([, name]) => name);
    expect(told.toSorted()).toEqual(served.toSorted());
  });
});

describe('a message that could not be handled', () => {
  const parked = '/dms-export/ops/v1/messages/parked';
  const first = async (): Promise<Answer['json']> => {
    for (;;) {
      const { json } = await hub.request('GET', parked);
      if (json.messages.length > 0) return json.messages[0];
    }
  };

  test('is seen without its contents, and retried by whom the trail names', async () => {
    const store = hub.database.database.open('dms_export', { maxConnections: 1 });
    const bus = new PostgresBus({ database: hub.database.database, logger: silentLogger });
    const [topic, key] = ['submission.accepted.v1', 'musterstadt:0198c0de-0000-7000-8000-000000000001'];
    const value = Buffer.from('Erika Mustermann');
    await bus.publish([{ id: newId(), topic, key, headers: { ce_id: 'Erika', ce_type: 'Mustermann' }, value }]);
    await bus.close();
    const seen = await first();
    expect(seen).toEqual({
      id: expect.any(String),
      type: 'submission.accepted',
      topic,
      partition: expect.any(Number),
      position: expect.any(String),
      tenant: 'musterstadt',
      code: 'HUB_EVENT_UNDECODABLE',
      detail: expect.any(String),
      attempts: 1,
      bytes: value.length,
      sha256: createHash('sha256').update(value).digest('hex'),
      parkedAt: expect.any(String),
    });
    const one = await hub.request('GET', `${parked}/${seen.id}`);
    expect(one.json).toEqual(seen);
    const { id, key: text } = await hub.key({ scopes: ['operate'] });
    const retried = await hub.request('POST', `${parked}/${seen.id}/retry`, withKey(text));
    expect([retried.status, retried.json.code, retried.json.detail]).toEqual([
      409,
      'HUB_BUS_RETRY_FAILED',
      expect.stringMatching(/^HUB_EVENT_UNDECODABLE: /),
    ]);
    expect(`${one.text}${retried.text}`).not.toMatch(/Erika|Mustermann/);
    const ready = await hub.request('GET', '/health/ready');
    expect([ready.status, ready.json.checks['bus-parked']]).toEqual([200, { state: 'degraded', code: 'PARKED' }]);
    const doctor = await hub.request('GET', '/hub/ops/v1/doctor');
    expect(doctor.text).toContain('messages parked list');

    // The cause is mended: here, the bytes of an event that was handled before.
    await store.query(
      `UPDATE parked_message p SET value = m.value, headers = m.headers, key = m.key
       FROM (SELECT b.* FROM bus.message b JOIN bus.partition n ON n.id = b.partition_id
             WHERE n.topic = $2 ORDER BY b.published_at LIMIT 1) m WHERE p.id = $1`,
      [seen.id, topic],
    );
    const handled = await hub.request('POST', `${parked}/${seen.id}/retry`, withKey(text));
    expect([handled.status, handled.json.resolvedAt]).toEqual([200, expect.any(String)]);
    expect((await hub.request('POST', `${parked}/${seen.id}/retry`)).json.code).toBe('HUB_BUS_PARKED_UNKNOWN');
    expect((await hub.request('GET', parked)).json).toEqual({ messages: [] });
    const trail = await store.query(
      `SELECT tenant, kind, actor, code FROM audit WHERE subject ->> 'message' = $1 ORDER BY position`,
      [seen.id],
    );
    expect(trail).toEqual([
      { tenant: 'musterstadt', kind: 'message.retry-failed', actor: `key:${id}`, code: 'HUB_EVENT_UNDECODABLE' },
      { tenant: 'musterstadt', kind: 'message.retried', actor: `key:${id}`, code: null },
    ]);
    // The other service that reads this topic parked it as well.
    await store.query('UPDATE epay21_bridge.parked_message SET resolved_at = now()');
    await store.close();
  });
});

describe.each(['civento-intake', 'dms-export'])('what %s published since a time', (service) => {
  const messages = `/${service}/ops/v1/messages`;
  const ask = (since: Date, key: string) => {
    const { headers, body } = withBody({ since: since.toISOString(), reason: 'Kafka was restored' });
    return hub.request('POST', `${messages}/republish`, { body, headers: { ...headers, ...withKey(key).headers } });
  };
  const hourAgo = () => new Date(Date.now() - 3_600_000);

  test('is published again; consumers drop it, and the trail names who asked', async () => {
    const store = hub.database.database.open(service.replace('-', '_'), { maxConnections: 1 });
    const [before] = await store.query<{ events: number }>('SELECT count(*) AS events FROM outbox');
    const { id, key } = await hub.key({ scopes: ['operate'] });
    const { status, json } = await ask(hourAgo(), key);
    expect([status, json]).toEqual([200, { events: before!.events, through: expect.any(Number) }]);
    const waiting = `?through=${json.through}`;
    while ((await hub.request('GET', `${messages}/unpublished`, { query: waiting })).json.events > 0);
    const lie = `SELECT id, count(*) FROM bus.message WHERE id IN (SELECT id FROM ${store.schema}.outbox) GROUP BY id`;
    expect(await store.query(lie)).toHaveLength(before!.events);
    expect((await store.query(lie)).every(({ count }) => count === 2)).toBe(true);
    const trail = await store.query(
      `SELECT tenant, actor, details FROM audit WHERE kind = 'outbox.republished' ORDER BY position`,
    );
    expect(trail).toEqual([
      {
        tenant: '-',
        actor: `key:${id}`,
        details: { since: expect.any(String), events: before!.events, reason: 'Kafka was restored' },
      },
    ]);
    await store.close();
    const doctor = await hub.request('GET', '/hub/ops/v1/doctor');
    expect(doctor.text).not.toContain('messages parked');
  });

  test('is not promised where the outbox may have been pruned of a part of it', async () => {
    const store = hub.database.database.open(service.replace('-', '_'), { maxConnections: 1 });
    await store.query(`UPDATE outbox_pruned SET until = now() - interval '2 hours'`);
    const { key } = await hub.key({ scopes: ['operate'] });
    expect((await ask(hourAgo(), key)).status).toBe(200);
    const refused = await ask(new Date(Date.now() - 3 * 3_600_000), key);
    expect([refused.status, refused.json.code]).toEqual([409, 'HUB_BUS_OUTBOX_PRUNED']);
    await store.close();
  });

  test('is nothing that a key of one municipality may have published', async () => {
    const { key } = await hub.key({ scopes: ['operate'], tenants: ['musterstadt'] });
    const refused = await ask(hourAgo(), key);
    expect([refused.status, refused.json.code]).toEqual([403, 'HUB_KEY_TENANT']);
  });
});

describe('the vault', () => {
  test('is rotated in the background, and contents stay readable', async () => {
    const begun = await hub.request('POST', '/hub/ops/v1/vault/rotation');
    expect([begun.status, begun.json.state]).toEqual([202, 'running']);
    let progress = begun.json;
    while (progress.state === 'running') progress = (await hub.request('GET', '/hub/ops/v1/vault/rotation')).json;
    expect(progress).toMatchObject({ state: 'finished', dataKeys: 1, unreadable: 0 });
    const { json } = await hub.request('GET', '/hub/ops/v1/vault');
    expect(json).toMatchObject({ pendingErasures: 0, puncturesCopies: true });
    expect(json.masters.map(({ state }: { state: string }) => state).toSorted()).toEqual(['current', 'retired']);
    const dropped = await hub.request('DELETE', '/hub/ops/v1/vault/retired-keys?olderThanDays=1');
    expect(dropped.json).toEqual({ dropped: [] });
  });
});
