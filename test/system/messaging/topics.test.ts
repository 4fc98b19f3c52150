import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { contracts } from '@ozg-hub/events';
import { KafkaBus } from '@ozg-hub/messaging/kafka';
import { canRun } from '@ozg-hub/testing/database';
import { type KafkaServer, hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';

const cli = fileURLToPath(new URL('../../../services/all-in-one/bin/ozg-hub.mjs', import.meta.url));
const runs = canRun('system', hasKafkaTools(), 'messaging/topics', 'Java and Maven for Apache Kafka');

(runs ? describe : describe.skip)('ozg-hub topics', () => {
  let server: KafkaServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-topics-'));
    server = await startKafka();
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function topics(command: string, prefix: string) {
    const environment = {
      ...process.env,
      HUB_DATA_DIR: join(folder, 'data'),
      HUB_KAFKA_BROKERS: server.broker,
      HUB_KAFKA_PREFIX: prefix,
    };
    const { code, stdout } = await new Promise<{ code: number; stdout: string }>((resolve) => {
      execFile(process.execPath, [cli, 'topics', command, '--json'], { env: environment }, (error, text) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout: text }),
      );
    });
    return { code, json: JSON.parse(stdout) as { topic: string; action: string; differences: unknown[] }[] };
  }

  test('plan names every topic that an empty broker lacks, and creates none; apply creates them', async () => {
    const planned = await topics('plan', 'empty.');
    expect(planned.code).toBe(1);
    expect(planned.json).toEqual(
      contracts.map(({ topic }) => ({ topic: `empty.${topic}`, action: 'create', differences: [] })),
    );
    expect((await topics('plan', 'empty.')).json.every(({ action }) => action === 'create')).toBe(true);
    const applied = await topics('apply', 'empty.');
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.json.every(({ action }) => action === 'none')).toBe(true);
  });

  test('plan says what a broker keeps otherwise, and apply leaves it as it is', async () => {
    const bus = new KafkaBus({ brokers: [server.broker], logger: silentLogger, prefix: 'wrong.' });
    const [first, ...others] = contracts;
    await bus.ensureTopics([{ ...first!, partitions: first!.partitions + 1, retentionDays: 1 }, ...others]);
    await bus.close();
    const differing = {
      topic: `wrong.${first!.topic}`,
      action: 'differs',
      differences: [
        { setting: 'partitions', declared: String(first!.partitions), actual: String(first!.partitions + 1) },
        { setting: 'retention.ms', declared: String(first!.retentionDays * 86_400_000), actual: '86400000' },
      ],
    };
    for (const command of ['plan', 'apply']) {
      const { code, json } = await topics(command, 'wrong.');
      expect(code).toBe(1);
      expect(json.filter(({ action }) => action !== 'none')).toEqual([differing]);
    }
  });
});
