import { stopSeconds } from './compose.ts';
import type { Service, Services } from './services-file.ts';

/** `Chart.yaml`; its templates are written by hand, what they repeat per service stands in the values. */
export function chart({ image }: Services, version: string): object {
  return {
    apiVersion: 'v2',
    name: image,
    description: "Hub between a form platform and a municipality's back office",
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
  };
}

/** What stands before a value in `values.yaml`, by its path. */
export const valueComments: Readonly<Record<string, string>> = {
  kafka: 'Bootstrap brokers, host:port, separated by commas.',
  settings: 'Settings of every container, the jobs included: HUB_KAFKA_TLS, HUB_KAFKA_SASL, HUB_LOG_LEVEL …',
  processSettings: 'Settings of the services.',
  stopSeconds: 'Time for a graceful stop.',
  secrets:
    'Secrets exist before the installation, the chart makes none. Each has HUB_DATABASE_URL, and what `env:` refers to in settings and directory.',
  directory:
    'The municipalities: a claim, or a volume of any kind (`configMap: { name: … }`); neither: the examples of the image.',
  volumes: 'Shared by all processes: ReadWriteMany. Keys on other storage than data, in other backups.',
  extraVolumes: 'For certificates that settings refer to with `file:`; in every pod, the jobs included.',
  networkPolicy:
    'Who may call (`senders`, `monitoring`: peers as in NetworkPolicy; empty: nobody) and what may be called (empty: any address, on the ports given). To Kafka the ports are those of `kafka.brokers`, and `morePorts` where brokers name others.',
  ingress: 'For what senders call; everything else stays inside.',
  migrate:
    'The job before an installation and an upgrade. Off: run `ozg-hub migrate --roles` and `topics apply` by other means.',
};

/** `values.yaml` with everything that a data centre may set. */
export function chartValues(file: Services): object {
  return {
    image: { repository: file.image, tag: '', pullPolicy: 'IfNotPresent', pullSecrets: [] },
    kafka: { brokers: 'kafka:9092' },
    settings: {},
    processSettings: file.settings,
    stopSeconds: stopSeconds(file),
    secrets: {
      migrate: `${file.image}-migrate`,
      ...Object.fromEntries(file.services.map(({ name }) => [name, `${file.image}-${name}`])),
    },
    directory: { path: file.settings['HUB_DIRECTORY'], existingClaim: '', volume: {} },
    volumes: Object.fromEntries(
      Object.entries(file.volumes).map(([name, { path, size }]) => [
        name,
        { path, size, existingClaim: '', storageClass: '', accessModes: ['ReadWriteMany'] },
      ]),
    ),
    extraVolumes: [],
    extraVolumeMounts: [],
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    networkPolicy: {
      enabled: true,
      senders: [],
      monitoring: [],
      database: { to: [], port: 5432 },
      kafka: { to: [], morePorts: [] },
      counterparties: [],
    },
    ingress: { enabled: false, className: '', host: '', tlsSecret: '', annotations: {} },
    migrate: {
      enabled: true,
      settings: {},
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    },
    services: Object.fromEntries(file.services.map((service) => [service.name, serviceValues(service)])),
  };
}

/**
 * `values.schema.json`: a name that is no value, a service that is none, a setting that is no text stop helm before anything
 * is installed.
 */
export function chartValuesSchema(file: Services): object {
  const values = chartValues(file) as Readonly<Record<string, unknown>>;
  const settings = {
    type: 'object',
    propertyNames: { pattern: '^HUB_[A-Z0-9_]+$' },
    additionalProperties: { type: 'string' },
  };
  const service = {
    type: 'object',
    properties: { ...like(serviceValues(file.services[0]!)), settings },
    additionalProperties: false,
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Made from services.yaml by `npm run deploy:render`; changes here are lost.',
    type: 'object',
    properties: {
      ...like(values),
      global: { type: 'object' },
      settings,
      processSettings: settings,
      services: {
        type: 'object',
        properties: Object.fromEntries(file.services.map(({ name }) => [name, service])),
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  };
}

/** Names and types of the values given, one level deep. */
function like(values: object): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { type: Array.isArray(value) ? 'array' : typeof value }]),
  );
}

function serviceValues(service: Service): object {
  const { replicas, resources, probes } = service;
  return {
    enabled: true,
    program: `services/${service.name}/dist/main.js`,
    port: service.port,
    public: service.public,
    settings: service.settings,
    secretSettings: service.secrets,
    volumes: service.volumes,
    calls: service.calls,
    replicas: replicas.least,
    autoscaling: {
      enabled: replicas.most > replicas.least,
      least: replicas.least,
      most: replicas.most,
      cpuPercent: replicas.cpuPercent,
    },
    resources: {
      requests: { cpu: resources.cpu, memory: resources.memory },
      limits: { memory: resources.memoryLimit },
    },
    probes,
    nodeSelector: {},
    tolerations: [],
    annotations: {},
  };
}
