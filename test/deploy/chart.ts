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

/** `values.yaml` with everything that a data centre may set. */
export function chartValues(file: Services): object {
  return {
    image: { repository: file.image, tag: '', pullPolicy: 'IfNotPresent', pullSecrets: [] },
    kafka: { brokers: 'kafka:9092' },
    // In every container, the jobs included: HUB_KAFKA_TLS, HUB_KAFKA_SASL, HUB_LOG_LEVEL …
    settings: {},
    processSettings: file.settings,
    stopSeconds: stopSeconds(file),
    // Secrets exist before the installation; the chart makes none. Each has HUB_DATABASE_URL, and what else `env:` refers to.
    secrets: {
      migrate: `${file.image}-migrate`,
      ...Object.fromEntries(file.services.map(({ name }) => [name, `${file.image}-${name}`])),
    },
    // The municipalities: a claim or a ConfigMap of one's own with the folder's files; neither: the examples of the image.
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
      // Who may call: peers as in NetworkPolicy. Empty: nobody but what `monitoring` names.
      senders: [],
      monitoring: [],
      // Where database, brokers and counterparties are; empty: anywhere on these ports.
      database: { to: [], port: 5432 },
      kafka: { to: [], port: 9092 },
      counterparties: [],
    },
    ingress: { enabled: false, className: '', host: '', tlsSecret: '', annotations: {} },
    migrate: { enabled: true, resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } } },
    services: Object.fromEntries(file.services.map((service) => [service.name, serviceValues(service)])),
  };
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
