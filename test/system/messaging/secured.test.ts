import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, silentLogger } from '@ozg-hub/core';
import { contracts, deliveryChanged, paymentRequested } from '@ozg-hub/events';
import { Arrivals } from '@ozg-hub/messaging/contract';
import { KafkaBus, type KafkaSasl } from '@ozg-hub/messaging/kafka';
import { startServices } from '@ozg-hub/runtime';
import { type SampleTls, type TestDatabase, canRun, sampleTls, testDatabase } from '@ozg-hub/testing';
import { type KafkaServer, hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';
import kafkajs from 'kafkajs';
import { services } from '../../flow/running-hub.ts';

const execute = promisify(execFile);
const cli = fileURLToPath(new URL('../../../services/all-in-one/bin/ozg-hub.mjs', import.meta.url));
const runs = canRun('system', hasKafkaTools(), 'messaging/secured', 'Java and Maven for Apache Kafka');
const PREFIX = 'hub-test.';
const SUPER_USER = 'cluster-admin';
const JOB = 'ozg-hub';
const passwords = Object.fromEntries(
  [SUPER_USER, JOB, ...services.map(({ name }) => name)].map((user) => [user, newId()]),
);

interface AclEntry {
  readonly principal: string;
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly operations: readonly string[];
}

(runs ? describe : describe.skip)('Apache Kafka with TLS, passwords, and the access lists of `topics acl`', () => {
  let server: KafkaServer;
  let tls: SampleTls;
  let database: TestDatabase;
  let folder: string;
  const buses: KafkaBus[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-secured-'));
    tls = await sampleTls();
    await writeFile(join(folder, 'ca.pem'), tls.ca);
    const security = { tls, users: passwords, superUser: SUPER_USER };
    [server, database] = await Promise.all([startKafka({ security }), testDatabase()]);
    await allow(await hub<readonly AclEntry[]>('topics', 'acl'));
  }, 180_000);
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const environmentOf = (user: string, password = passwords[user]!) => ({
    HUB_DATABASE_URL: database.url,
    HUB_DATA_DIR: join(folder, 'data'),
    HUB_MASTER_KEY: `file:${join(folder, 'keys', 'keyring.json')}`,
    HUB_HTTP_PORT: '0',
    HUB_XML_WORKERS: '1',
    HUB_LOG_FILE: join(folder, `${user}.log`),
    HUB_KAFKA_BROKERS: server.broker,
    HUB_KAFKA_PREFIX: PREFIX,
    HUB_KAFKA_TOPICS: 'check',
    HUB_KAFKA_SESSION_SECONDS: '6',
    HUB_KAFKA_TLS: 'on',
    HUB_KAFKA_TLS_CA: `file:${join(folder, 'ca.pem')}`,
    HUB_KAFKA_SASL: 'scram-sha-512',
    HUB_KAFKA_USER: user,
    HUB_KAFKA_PASSWORD: 'env:KAFKA_PASSWORD',
    KAFKA_PASSWORD: password,
  });

  /** What the command line prints as JSON, run by the user of the job; fails where it exits with anything but 0. */
  async function hub<T>(...command: readonly string[]): Promise<T> {
    const environment = { ...process.env, ...environmentOf(JOB) };
    const { stdout } = await execute(process.execPath, [cli, ...command, '--json'], { env: environment });
    return JSON.parse(stdout) as T;
  }

  /** As kafka-acls.sh does with the lines of the command. */
  async function allow(entries: readonly AclEntry[]): Promise<void> {
    const sasl = { mechanism: 'scram-sha-512', username: SUPER_USER, password: passwords[SUPER_USER]! } as const;
    const logLevel = kafkajs.logLevel.NOTHING;
    const admin = new kafkajs.Kafka({ brokers: [server.broker], ssl: { ca: tls.ca }, sasl, logLevel }).admin();
    await admin.connect();
    await admin.createAcls({
      acl: entries.flatMap(({ principal, resource, name, operations }) =>
        operations.map((operation) => ({
          principal,
          host: '*',
          resourceType: resource === 'topic' ? kafkajs.AclResourceTypes.TOPIC : kafkajs.AclResourceTypes.GROUP,
          resourceName: name,
          resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
          operation: OPERATIONS[operation]!,
          permissionType: kafkajs.AclPermissionTypes.ALLOW,
        })),
      ),
    });
    await admin.disconnect();
  }

  function busOf(username: string, mechanism: KafkaSasl['mechanism'] = 'scram-sha-512'): KafkaBus {
    const bus = new KafkaBus({
      brokers: [server.broker],
      prefix: PREFIX,
      logger: silentLogger,
      createTopics: false,
      tls: { ca: tls.ca },
      sasl: { mechanism, username, password: passwords[username]! },
    });
    buses.push(bus);
    return bus;
  }

  const start = async (user: string, password?: string) => {
    const definitions = services.filter(({ name }) => name === user);
    const environment = environmentOf(user, password);
    return await startServices(definitions, { environment, version: 'test', allServices: false });
  };

  test('`topics apply` creates every topic as the user of the job', async () => {
    expect(await hub('topics', 'apply')).toEqual(
      contracts.map(({ topic }) => ({ topic: PREFIX + topic, action: 'none', differences: [] })),
    );
  });

  test.each(services.map(({ name }) => name))('%s starts as its own user, and is ready', async (name) => {
    const host = await start(name);
    const ready = await fetch(`${host.url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { state: 'up' }]);
    await host.stop();
    expect(host.abandoned).toEqual([]);
    const log = await readFile(join(folder, `${name}.log`), 'utf8');
    expect(log).not.toContain('a topic is kept otherwise');
    expect(log).not.toContain(passwords[name]);
  });

  test.each(['scram-sha-512', 'plain'] as const)(
    'services publish and read what is theirs, signed on by %s',
    async (mechanism) => {
      const arrivals = new Arrivals<string>();
      const reading = busOf('civento-intake', mechanism);
      const record = { id: newId(), topic: deliveryChanged.topic, key: 'k', headers: {}, value: Buffer.from('v') };
      await busOf('dms-export', mechanism).publish([record]);
      await reading.subscribe({
        group: 'civento-intake',
        topics: [deliveryChanged.topic],
        onBatch: async (records) => arrivals.push(...records.map(({ id }) => id)),
      });
      await arrivals.when((all) => all.includes(record.id));
      expect((await reading.lag('civento-intake')).length).toBe(deliveryChanged.partitions);
    },
  );

  test('a service neither reads nor writes a topic that is not its own', async () => {
    const intake = busOf('civento-intake');
    const subscription = { group: 'civento-intake', onBatch: async () => undefined };
    const unseen = { code: 'HUB_BUS_UNKNOWN_TOPIC' };
    await expect(intake.subscribe({ ...subscription, topics: [paymentRequested.topic] })).rejects.toMatchObject(unseen);
    const foreign = { id: newId(), key: 'k', headers: {}, value: Buffer.from('v') };
    await expect(intake.publish([{ ...foreign, topic: paymentRequested.topic }])).rejects.toMatchObject(unseen);
    // It reads this one.
    await expect(intake.publish([{ ...foreign, topic: deliveryChanged.topic }])).rejects.toMatchObject({
      code: 'HUB_BUS_FORBIDDEN',
    });
  });

  test('a subscription to a group that the user may not join fails instead of waiting for ever', async () => {
    const subscription = { group: 'dms-export', topics: [deliveryChanged.topic], onBatch: async () => undefined };
    await expect(busOf('civento-intake').subscribe(subscription)).rejects.toMatchObject({
      code: 'HUB_BUS_FORBIDDEN',
      message: expect.stringContaining('into the group'),
    });
  });

  test('a wrong password ends the start with a code, and is named nowhere', async () => {
    const password = newId();
    const refused = (await start('identity', password).catch((error: unknown) => error)) as Error;
    expect(refused).toMatchObject({ code: 'HUB_BUS_FORBIDDEN' });
    const log = await readFile(join(folder, 'identity.log'), 'utf8');
    for (const text of [refused.message, log]) expect(text).not.toContain(password);
  });
});

const OPERATIONS: Readonly<Record<string, number>> = {
  Read: kafkajs.AclOperationTypes.READ,
  Write: kafkajs.AclOperationTypes.WRITE,
  Create: kafkajs.AclOperationTypes.CREATE,
  Describe: kafkajs.AclOperationTypes.DESCRIBE,
  DescribeConfigs: kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
};
