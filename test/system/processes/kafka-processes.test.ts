import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeDms, type TestDatabase, canRun, testDatabase } from '@ozg-hub/testing';
import { type XmlPool, createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { type KafkaServer, hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';
import { goodRequest } from '../../flow/applications.ts';
import { ServiceProcess } from './service-process.ts';

const runs = canRun('system', hasKafkaTools(), 'processes/kafka', 'Java and Maven for Apache Kafka');
const PATH = '/civento/v1/applications';

(runs ? describe : describe.skip)('services as separate processes on Kafka', () => {
  let kafka: KafkaServer;
  let database: TestDatabase;
  let folder: string;
  let pool: XmlPool;
  let dms: FakeDms;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-processes-'));
    [kafka, database] = await Promise.all([startKafka(), testDatabase()]);
    const schemas = await loadCatalogue(fileURLToPath(new URL('../../../schemas/', import.meta.url)));
    pool = createXmlPool({ workers: 1, schemas });
    const root = join(folder, 'data', 'dms', 'musterstadt');
    const places = { inbox: join(root, 'inbox'), outbox: join(root, 'replies'), taken: join(root, 'taken') };
    dms = new FakeDms({ ...places, pool, parameterName: 'Kennzeichen' });
    await dms.start();
  }, 180_000);
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await dms?.stop();
    await pool?.close();
    await database?.drop();
    await kafka?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (service: string, broker = kafka.broker): ServiceProcess => {
    const started = new ServiceProcess(service, {
      HUB_DATABASE_URL: database.url,
      HUB_DATA_DIR: join(folder, 'data'),
      HUB_KAFKA_BROKERS: broker,
      ...(service === 'dms-export' ? { HUB_DMS_REPLY_POLL_MS: '100' } : {}),
    });
    processes.push(started);
    return started;
  };
  const token = async () => (await readFile(join(folder, 'data', 'operator.token'), 'utf8')).trim();

  /** What a client was told, other than yes and "later": by contract nothing. */
  const surprises: string[] = [];

  /** As civento does: another instance, or a little later, after a 503 that says when to come again. */
  async function push(vorgang: string, intakes: () => readonly string[]): Promise<{ id: string; status: number }> {
    for (let attempt = 0; ; attempt += 1) {
      const { contentType, body } = (await goodRequest(vorgang)).body();
      const authorization = `Bearer ${await token()}`;
      const urls = intakes();
      const response = await fetch(`${urls[attempt % urls.length]}${PATH}`, {
        method: 'POST',
        headers: { 'content-type': contentType, authorization },
        body: body as unknown as ReadableStream,
        duplex: 'half',
      } as RequestInit).catch((error: Error) => void surprises.push(`${error.message}: ${String(error.cause)}`));
      if (response?.ok) return { id: ((await response.json()) as { id: string }).id, status: response.status };
      if (response) {
        const text = await response.text();
        if (response.status !== 503 || !response.headers.has('retry-after'))
          surprises.push(`${response.status}: ${text}`);
      }
      await pause(50);
    }
  }

  /** Attempts at targets that a process has counted. */
  async function attemptsOf(url: string): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const counts = [...text.matchAll(/^hub_delivery_attempts_total\{[^}]*\} (\d+)$/gm)].map(([, count]) =>
      Number(count),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async function completed(url: string, id: string): Promise<void> {
    for (let state = ''; state !== 'COMPLETED'; await pause(100)) {
      const answer = await fetch(`${url}${PATH}/${id}`, { headers: { authorization: `Bearer ${await token()}` } });
      ({ state } = (await answer.json()) as { state: string });
    }
  }

  test('start while Kafka is away: an application is accepted, and goes its way when Kafka is there', async () => {
    const [host, port] = kafka.broker.split(':') as [string, string];
    const door = createServer((client) => {
      const broker = connect(Number(port), host);
      client.on('error', () => broker.destroy()).pipe(broker);
      broker.on('error', () => client.destroy()).pipe(client);
    });
    // A port that nobody else has, closed until Kafka is there.
    await once(door.listen(0, '127.0.0.1'), 'listening');
    const away = (door.address() as AddressInfo).port;
    await new Promise((closed) => door.close(closed));
    const started = [start('civento-intake', `127.0.0.1:${away}`), start('dms-export', `127.0.0.1:${away}`)];
    const [url] = await Promise.all(started.map((each) => each.url));
    const { id, status } = await push('AWAY-1', () => [url!]);
    expect(status).toBe(202);
    await once(door.listen(away, '127.0.0.1'), 'listening');
    await completed(url!, id);
    expect(await Promise.all(started.map((each) => each.stop()))).toEqual([0, 0]);
    await new Promise((closed) => door.close(closed));
  }, 180_000);

  test('share the work; a rolling restart under load loses and doubles nothing, and clients see nothing but 503 with Retry-After', async () => {
    let intakes = [start('civento-intake')];
    await intakes[0]!.url;
    let exports = [start('dms-export')];
    intakes.push(start('civento-intake'));
    exports.push(start('dms-export'));
    let urls = await Promise.all(intakes.map(({ url }) => url));
    const exportUrls = await Promise.all(exports.map(({ url }) => url));

    const accepted = new Map<string, string>();
    let pushing = true;
    let number = 0;
    const clients = Array.from({ length: 3 }, async () => {
      while (pushing) {
        const vorgang = `V-${(number += 1)}`;
        accepted.set(vorgang, (await push(vorgang, () => urls)).id);
        // A steady load, so that a machine on which processes start slowly has no more to carry than others.
        await pause(400);
      }
    });
    const reached = async (count: number) => {
      while (accepted.size < count) await pause(20);
    };

    await reached(20);
    for (const url of exportUrls) while ((await attemptsOf(url)) === 0) await pause(50);
    for (const index of [0, 1]) {
      // As a load balancer does; what is under way there is finished.
      urls = urls.filter((_, other) => other !== index);
      expect(await intakes[index]!.stop()).toBe(0);
      intakes = intakes.with(index, start('civento-intake'));
      urls = await Promise.all(intakes.map(({ url }) => url));
      expect(await exports[index]!.stop()).toBe(0);
      exports = exports.with(index, start('dms-export'));
      await exports[index]!.url;
      await reached(accepted.size + 20);
    }
    pushing = false;
    await Promise.all(clients);

    // One after the other: who asks for all of them all the time keeps the hub from its work.
    for (const id of accepted.values()) await completed(urls[0]!, id);
    expect(surprises).toEqual([]);
    // Deliveries under way were finished, not left to the lease.
    const store = database.database.open('dms_export', { maxConnections: 1 });
    expect(await store.query(`SELECT class, code FROM attempt WHERE class <> 'OK' OR fenced`)).toEqual([]);
    await store.close();
    const taken = dms.ledger.map(({ fachverfahrenObjektId }) => fachverfahrenObjektId);
    expect(taken.filter((one) => one?.startsWith('V-')).toSorted()).toEqual([...accepted.keys()].toSorted());
  }, 300_000);
});
