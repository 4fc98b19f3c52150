import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { services } from '@ozg-hub/all-in-one';
import { silentLogger } from '@ozg-hub/core';
import { type RunningHost, migrationPlan, startServices } from '@ozg-hub/runtime';
import { Database } from '@ozg-hub/store';
import { FakeDms, type TestDatabase, testDatabase } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { type Services, readServices } from '../deploy/services-file.ts';
import { rolesSql } from '../deploy/sql.ts';
import { goodRequest } from './applications.ts';

const PATH = '/civento/v1/applications';
/** Roles belong to the server: other test runs have theirs. */
const PREFIX = `ozg_${randomBytes(4).toString('hex')}_`;

let file: Services;
let database: TestDatabase;
const opened: Database[] = [];

/** The database as this role sees it. */
function as(role: string): Database {
  const as = Database.connect({ url: urlOf(role), logger: silentLogger });
  opened.push(as);
  return as;
}

function urlOf(role: string): string {
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret';
  return url.href;
}

const setRoles = () => database.database.open('public', { maxConnections: 1 }).query(rolesSql(file));

beforeAll(async () => {
  const read = await readServices();
  const own = (service: Services['services'][number]) => ({
    ...service,
    database: { ...service.database, role: service.database.role.replace('ozg_', PREFIX) },
  });
  file = { ...read, services: read.services.map(own) };
  database = await testDatabase(migrationPlan(services));
  await setRoles();
  for (const { role } of file.services.map((service) => service.database))
    await database.database.open('public').query(`ALTER ROLE ${role} PASSWORD 'secret'`);
}, 60_000);
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  const roles = file.services.map((service) => service.database.role).join(', ');
  await database.database.open('public').query(`DROP OWNED BY ${roles}`);
  await database.database.open('public').query(`DROP ROLE ${roles}`);
  await database.drop();
});

const REFUSED = { cause: expect.objectContaining({ sqlState: '42501' }) };

describe('the database role of each service', () => {
  test('reaches no schema of another service, and makes no table anywhere', async () => {
    for (const service of file.services) {
      const connection = as(service.database.role).open('public', { maxConnections: 1 });
      for (const { database: other } of file.services.filter(({ name }) => name !== service.name)) {
        await expect(connection.query(`SELECT * FROM ${other.schema}.outbox`)).rejects.toMatchObject(REFUSED);
        await expect(connection.query(`DELETE FROM ${other.schema}.inbox`)).rejects.toMatchObject(REFUSED);
      }
      for (const schema of ['public', service.database.schema, 'vault'])
        await expect(connection.query(`CREATE TABLE ${schema}.other ()`)).rejects.toMatchObject(REFUSED);
      await expect(connection.query('CREATE SCHEMA other')).rejects.toMatchObject(REFUSED);
    }
  });

  test('deletes no trail, alters no snapshot of the directory, records no migration', async () => {
    for (const { database: own } of file.services) {
      const connection = as(own.role).open(own.schema, { maxConnections: 1 });
      for (const statement of [
        'DELETE FROM audit',
        'DELETE FROM audit_checkpoint',
        'TRUNCATE audit',
        `UPDATE directory.snapshot SET content = '{}'`,
        'DELETE FROM directory.blueprint',
        'DELETE FROM migration',
        `INSERT INTO vault.migration (owner, name, sha256) VALUES ('x', 'x', 'x')`,
      ])
        await expect(connection.query(statement)).rejects.toMatchObject(REFUSED);
      expect(await connection.query('SELECT * FROM audit')).toEqual([]);
    }
  });

  test('sees of the keys for identity proofs what it needs: the intake what verifies, the identity service all', async () => {
    const may = async (service: Services['services'][number], statement: string) => {
      const connection = as(service.database.role).open('public', { maxConnections: 1 });
      return await connection.query(statement).then(
        () => true,
        (error: { cause?: { sqlState?: string } }) => error.cause?.sqlState !== '42501',
      );
    };
    for (const service of file.services) {
      const signs = service.name === 'identity';
      const verifies = signs || service.name === 'civento-intake';
      expect(await may(service, 'SELECT * FROM identity_keys.signing_key')).toBe(verifies);
      expect(await may(service, 'SELECT * FROM identity_keys.signing_secret')).toBe(signs);
      expect(await may(service, 'UPDATE identity_keys.signing_key SET retires_at = NULL WHERE false')).toBe(signs);
    }
  });

  test('gets its rights anew as often as they are set, also for tables of a later migration, and no more than that', async () => {
    const [{ database: own } = { database: { role: '', schema: '' } }, { database: other } = { database: own }] =
      file.services;
    const owner = database.database.open('public', { maxConnections: 1 });
    await owner.query(`CREATE TABLE ${own.schema}.later (); GRANT USAGE ON SCHEMA ${other.schema} TO ${own.role};
      GRANT SELECT ON ${other.schema}.outbox TO ${own.role}`);
    await setRoles();
    await setRoles();
    const connection = as(own.role).open('public', { maxConnections: 1 });
    expect(await connection.query(`SELECT * FROM ${own.schema}.later`)).toEqual([]);
    await expect(connection.query(`SELECT * FROM ${other.schema}.outbox`)).rejects.toMatchObject(REFUSED);
    await owner.query(`DROP TABLE ${own.schema}.later`);
  });
});

describe('services, each under its role and with the settings of the data centre', () => {
  let folder: string;
  let pool: XmlPool;
  let dms: FakeDms;
  let submission: string;
  const hosts = new Map<string, RunningHost>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-roles-'));
    pool = createXmlPool({
      workers: 1,
      schemas: await loadCatalogue(fileURLToPath(new URL('../../schemas/', import.meta.url))),
    });
    const root = join(folder, 'data', 'dms', 'musterstadt');
    const places = { inbox: join(root, 'inbox'), outbox: join(root, 'replies'), taken: join(root, 'taken') };
    dms = new FakeDms({ ...places, pool, parameterName: 'Kennzeichen' });
    await dms.start();
    for (const { name, settings, database: own } of file.services) {
      const { HUB_DIRECTORY: _, ...shared } = file.settings;
      const environment = {
        ...shared,
        ...settings,
        HUB_HTTP_HOST: '127.0.0.1',
        HUB_HTTP_PORT: '0',
        HUB_DATA_DIR: join(folder, 'data'),
        HUB_MASTER_KEY: `file:${join(folder, 'keys', 'keyring.json')}`,
        HUB_DATABASE_URL: urlOf(own.role),
        HUB_LOG_FILE: join(folder, `${name}.log`),
        HUB_XML_WORKERS: '1',
      };
      const definitions = services.filter((service) => service.name === name);
      hosts.set(name, await startServices(definitions, { environment, version: 'test', allServices: false }));
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all([...hosts.values()].map((host) => host.stop()));
    await dms?.stop();
    await pool?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('carry an application from the sender to the DMS and tell where it is', async () => {
    const intake = hosts.get('civento-intake')!;
    const authorization = `Bearer ${intake.operatorToken}`;
    const { contentType, body } = (await goodRequest('V-1')).body();
    const response = await fetch(`${intake.url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': contentType, authorization },
      body: body as unknown as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(202);
    submission = ((await response.json()) as { id: string }).id;
    let state = '';
    while (state !== 'COMPLETED') {
      const answer = await fetch(`${intake.url}${PATH}/${submission}`, { headers: { authorization } });
      ({ state } = (await answer.json()) as { state: string });
      await pause(20);
    }
    expect(dms.ledger.map(({ fachverfahrenObjektId }) => fachverfahrenObjektId)).toEqual(['V-1']);
  });

  test('do what operators ask: doctor, trail, keys, a new master key, erasure', async () => {
    for (const [service, { url, operatorToken }] of hosts) {
      const ask = async (method: string, path: string, body?: object) => {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${operatorToken}`,
            ...(body ? { 'content-type': 'application/json' } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const text = await response.text();
        expect([service, method, path, response.status, response.ok || text]).toEqual([
          service,
          method,
          path,
          response.status,
          true,
        ]);
        return text;
      };
      for (const path of ['/health/live', '/health/ready', '/metrics', '/hub/ops/v1/doctor']) await ask('GET', path);
      expect(JSON.parse(await ask('GET', '/hub/ops/v1/trail/verification'))).toMatchObject({ ok: true });
      const { id } = JSON.parse(await ask('POST', '/hub/ops/v1/keys', { name: service, scopes: ['read'] }));
      await ask('DELETE', `/hub/ops/v1/keys/${id}`);
      await ask('POST', '/hub/ops/v1/vault/rotation');
      let state = 'running';
      while (state === 'running') ({ state } = JSON.parse(await ask('GET', '/hub/ops/v1/vault/rotation')));
      expect([service, state]).toEqual([service, 'finished']);
      if (service === 'civento-intake')
        await ask('POST', `/civento-intake/ops/v1/submissions/${submission}/erasure`, {});
      if (service === 'dms-export') await ask('GET', '/dms-export/ops/v1/deliveries?state=DELIVERED');
      if (service === 'epay21-bridge') await ask('GET', '/epay21-bridge/ops/v1/payments?attention=true');
    }
  });
});
