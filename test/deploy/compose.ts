import { type Service, type Services, passwordVariable } from './services-file.ts';

const KAFKA = 'apache/kafka:4.1.0';
const POSTGRES = 'postgres:18';

/** A value without which compose refuses to start. */
const required = (variable: string) => `\${${variable}:?is set in deploy/.env}`;

/** The compose file as an object: Kafka, PostgreSQL, jobs that end, each service. */
export function compose(file: Services): object {
  const { services, fakes, database } = file;
  return {
    name: file.image,
    services: {
      kafka: kafka(),
      postgres: postgres(),
      logins: logins(file),
      migrate: job(
        file,
        ['migrate', '--roles'],
        { HUB_DATABASE_URL: databaseUrl(file, database.owner), HUB_MIGRATE: 'auto' },
        { logins: 'service_completed_successfully' },
      ),
      topics: job(file, ['topics', 'apply'], { HUB_KAFKA_BROKERS: 'kafka:9092' }, { kafka: 'service_healthy' }),
      ...Object.fromEntries(services.map((service) => [service.name, hubService(file, service)])),
      ...Object.fromEntries(fakes.map((fake) => [fake.name, fakeService(file, fake)])),
    },
    volumes: { postgres: {}, kafka: {}, data: {}, keys: {} },
  };
}

function kafka(): object {
  return {
    image: KAFKA,
    environment: {
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    },
    volumes: ['kafka:/var/lib/kafka/data'],
    healthcheck: {
      test: ['CMD', '/opt/kafka/bin/kafka-broker-api-versions.sh', '--bootstrap-server', 'localhost:9092'],
      interval: '5s',
      timeout: '10s',
      retries: 20,
    },
    restart: 'unless-stopped',
  };
}

function postgres(): object {
  return {
    image: POSTGRES,
    environment: { POSTGRES_PASSWORD: required('POSTGRES_PASSWORD') },
    // From version 18 on the image keeps its data in a folder per major version below this one.
    volumes: ['postgres:/var/lib/postgresql'],
    healthcheck: {
      test: ['CMD', 'pg_isready', '-q', '-h', '127.0.0.1', '-U', 'postgres'],
      interval: '3s',
      timeout: '5s',
      retries: 20,
    },
    shm_size: '256m',
    restart: 'unless-stopped',
  };
}

/** Makes the database and its roles, and sets their passwords. */
function logins({ services, database }: Services): object {
  const roles = [database.owner, ...services.map((service) => service.database.role)];
  return {
    image: POSTGRES,
    entrypoint: ['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '/logins.sql'],
    environment: {
      PGHOST: 'postgres',
      PGUSER: 'postgres',
      PGPASSWORD: required('POSTGRES_PASSWORD'),
      ...Object.fromEntries(roles.map((role) => [passwordVariable(role), required(passwordVariable(role))])),
    },
    volumes: ['./logins.sql:/logins.sql:ro'],
    depends_on: { postgres: { condition: 'service_healthy' } },
    restart: 'on-failure:3',
  };
}

function databaseUrl({ database }: Services, role: string): string {
  return `postgresql://${role}:${required(passwordVariable(role))}@postgres:5432/${database.name}`;
}

/** What every container of the hub's image has. */
function hub({ image }: Services): object {
  return {
    image: `\${OZG_HUB_IMAGE:-${image}}`,
    read_only: true,
    tmpfs: ['/tmp'],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  };
}

/** Runs a command of the command line once. */
function job(
  file: Services,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): object {
  return {
    ...hub(file),
    command: ['services/all-in-one/bin/ozg-hub.mjs', ...command],
    environment,
    depends_on: dependsOn(after),
    healthcheck: { disable: true },
    restart: 'on-failure:3',
  };
}

function hubService(file: Services, service: Service): object {
  const { localPort, port } = service;
  return {
    ...hub(file),
    command: [`services/${service.name}/dist/main.js`],
    environment: {
      ...file.settings,
      ...service.settings,
      HUB_HTTP_PORT: String(service.port),
      HUB_KAFKA_BROKERS: 'kafka:9092',
      HUB_DATABASE_URL: databaseUrl(file, service.database.role),
    },
    // A file that is not there yet is no mistake: only directories with secrets need it.
    env_file: [{ path: `${service.name}.env`, required: false }],
    volumes: [
      ...service.volumes.map((volume) => `${volume}:${file.volumes[volume].path}`),
      '${OZG_HUB_DIRECTORY:-./directory}:/etc/ozg-hub/directory:ro',
    ],
    ...(localPort ? { ports: [`127.0.0.1:\${${localPort.variable}:-${localPort.default}}:${port}`] } : {}),
    depends_on: dependsOn({
      kafka: 'service_healthy',
      migrate: 'service_completed_successfully',
      topics: 'service_completed_successfully',
    }),
    stop_grace_period: `${stopSeconds(file)}s`,
    // A port of this machine goes to one container only.
    deploy: {
      replicas: localPort ? 1 : service.replicas.least,
      resources: { limits: { memory: service.resources.memoryLimit.replace(/i$/, '') } },
    },
    restart: 'unless-stopped',
  };
}

function fakeService(file: Services, fake: Services['fakes'][number]): object {
  const { path } = file.volumes.data;
  return {
    ...hub(file),
    command: [fake.program, ...fake.arguments],
    volumes: [`data:${path}`],
    healthcheck: { disable: true },
    profiles: ['trial'],
    restart: 'unless-stopped',
  };
}

/** Time for a graceful stop, and for closing the database after it. */
export function stopSeconds({ settings }: Services): number {
  return Number(settings['HUB_STOP_SECONDS'] ?? 20) + 15;
}

function dependsOn(after: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(after).map(([name, condition]) => [name, { condition }]));
}
