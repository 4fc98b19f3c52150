import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type KafkaSecurity, scramUsers, securitySettings } from './kafka-security.ts';
import { canRunPrograms, endServer, freePort } from './server-process.ts';

const VERSION = '4.1.0';
const START_MS = 60_000;
const execute = promisify(execFile);

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>hub</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${[
  ['org.apache.kafka', 'kafka_2.13', VERSION],
  ['org.apache.kafka', 'kafka-tools', VERSION],
  ['org.apache.logging.log4j', 'log4j-core', '2.24.3'],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.24.3'],
]
  .map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  )
  .join('\n')}
</dependencies></project>
`;

/** Apache Kafka, one node in KRaft mode; its data ends with it. */
export interface KafkaServer {
  /** `127.0.0.1:port` */
  readonly broker: string;
  readonly port: number;
  /** Where its log segments lie. */
  readonly dataDir: string;
  /** Ends it with SIGKILL; its data stay. */
  kill(): Promise<void>;
  /** Starts it anew on its data, once it is killed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether Java and Maven are there. */
export function hasKafkaTools(): boolean {
  return canRunPrograms([
    ['java', '-version'],
    ['mvn', '-version'],
  ]);
}

export interface KafkaServerOptions {
  /** Port that clients are told, e.g. that of a proxy; default the broker's own. */
  readonly advertised?: number;
  /** Default: everybody may do everything. */
  readonly security?: KafkaSecurity;
}

export async function startKafka({ advertised, security }: KafkaServerOptions = {}): Promise<KafkaServer> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-'));
  const lib = await libraries();
  const [port, controller] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  const plain = settings(folder, { port, controller, advertised: advertised ?? port });
  const secured = security ? securitySettings(security) : {};
  await writeFile(properties, lines({ ...plain, ...secured }), { mode: 0o600 });
  const classes = ['-cp', `${lib}/*`, `-Dlog4j2.configurationFile=${await quiet(folder)}`];
  const tool = ['kafka.tools.StorageTool'];
  const { stdout } = await execute('java', [...classes, ...tool, 'random-uuid']);
  const id = stdout.trim().split('\n').at(-1)!;
  await execute('java', [
    ...classes,
    ...tool,
    'format',
    '--standalone',
    '-t',
    id,
    '-c',
    properties,
    ...scramUsers(security),
  ]);
  const log = join(folder, 'log');
  // A process that ends while the broker comes up leaves none behind.
  let server: ChildProcess | undefined;
  const killNow = () => server?.kill('SIGKILL');
  process.once('exit', killNow);
  const run = async (): Promise<void> => {
    const output = openSync(log, 'w');
    const options = ['-Xmx512m', '-XX:+UseSerialGC', ...classes, 'kafka.Kafka', properties];
    const started = spawn('java', options, { stdio: ['ignore', output, output] });
    server = started;
    closeSync(output);
    try {
      await listening(port, started);
    } catch (error) {
      const said = await readFile(log, 'utf8');
      await endServer(started);
      throw new Error(`Kafka did not start:\n${said.slice(-2000)}`, { cause: error });
    }
  };
  const remove = () => rm(folder, { recursive: true, force: true });
  const end = async (signal?: 'SIGKILL') => {
    if (server) await endServer(server, signal);
  };
  try {
    await run();
  } catch (error) {
    process.off('exit', killNow);
    await remove();
    throw error;
  }
  return {
    broker: `127.0.0.1:${port}`,
    port,
    dataDir: join(folder, 'data'),
    kill: () => end('SIGKILL'),
    restart: run,
    stop: async () => {
      process.off('exit', killNow);
      await end();
      await remove();
    },
  };
}

/** The jars, copied once per machine: Maven keeps what it has seen. */
async function libraries(): Promise<string> {
  const folder = join(tmpdir(), `ozg-hub-kafka-${VERSION}`);
  const lib = join(folder, 'lib');
  const present: readonly string[] = await readdir(lib).catch(() => []);
  if (present.length > 50 && present.includes('complete')) return lib;
  await mkdir(folder, { recursive: true });
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, POM);
  await execute('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`]);
  await writeFile(join(lib, 'complete'), '');
  return lib;
}

function settings(
  folder: string,
  { port, controller, advertised }: { port: number; controller: number; advertised: number },
): Readonly<Record<string, string>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${advertised}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT',
    'inter.broker.listener.name': 'CLIENTS',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'auto.create.topics.enable': 'false',
    // A crashed member is missed soon, and a group of one begins at once.
    'group.min.session.timeout.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
  };
}

function lines(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function quiet(folder: string): Promise<string> {
  const file = join(folder, 'log4j2.properties');
  await writeFile(
    file,
    'rootLogger.level=warn\nrootLogger.appenderRef.out.ref=out\nappender.out.type=Console\nappender.out.name=out\n',
  );
  return file;
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  for (const until = Date.now() + START_MS; Date.now() < until;) {
    if (server.exitCode !== null) throw new Error('it ended');
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => resolve(false));
    });
    if (open) return;
    await pause(100);
  }
  throw new Error('nobody listens');
}
