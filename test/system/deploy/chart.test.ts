import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRun } from '@ozg-hub/testing/database';
import { parseAllDocuments } from 'yaml';
import { type Services, readServices } from '../../deploy/services-file.ts';
import { type DeployTools, KUBERNETES, deployTools, hasDeployTools, run } from './deploy-tools.ts';

const runs = canRun(
  'system',
  hasDeployTools(),
  'deploy/chart',
  'Go and Python, to install helm and kubernetes-validate',
);
const CHART = fileURLToPath(new URL('../../../deploy/chart', import.meta.url));

// oxlint-disable-next-line no-explicit-any -- resources of Kubernetes, as YAML
type Resource = any;

/** Values of a data centre that sets everything it may. */
const EVERYTHING = {
  kafka: { brokers: 'kafka-0:9093,kafka-1:9093' },
  settings: { HUB_KAFKA_TLS: 'on', HUB_KAFKA_TLS_CA: 'file:/etc/ozg-hub/tls/ca.pem', HUB_LOG_LEVEL: 'warn' },
  image: { repository: 'registry.example/ozg-hub', tag: '9', pullSecrets: [{ name: 'registry' }] },
  directory: { volume: { configMap: { name: 'municipalities' } } },
  volumes: { data: { storageClass: 'nfs' }, keys: { existingClaim: 'hsm' } },
  extraVolumes: [{ name: 'tls', secret: { secretName: 'kafka-ca' } }],
  extraVolumeMounts: [{ name: 'tls', mountPath: '/etc/ozg-hub/tls', readOnly: true }],
  networkPolicy: {
    senders: [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }],
    monitoring: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
    database: { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], port: 5433 },
    kafka: { to: [{ ipBlock: { cidr: '10.2.0.0/16' } }], morePorts: [9094] },
    counterparties: [{ ipBlock: { cidr: '10.3.0.0/16' } }],
  },
  ingress: { enabled: true, className: 'nginx', host: 'hub.example', tlsSecret: 'hub-tls', annotations: { a: 'b' } },
};

(runs ? describe : describe.skip)('deploy/chart', () => {
  let tools: DeployTools;
  let folder: string;
  let file: Services;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-chart-'));
    [tools, file] = [await deployTools(), await readServices()];
    await writeFile(join(folder, 'everything.json'), JSON.stringify(EVERYTHING));
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const template = async (...args: string[]): Promise<string> => {
    const { code, out } = await run(tools.helm, [
      'template',
      'hub',
      CHART,
      '--kube-version',
      `${KUBERNETES}.0`,
      '--namespace',
      'ozg',
      ...args,
    ]);
    expect({ code, out: code === 0 ? '' : out }).toEqual({ code: 0, out: '' });
    return out;
  };
  const resources = async (...args: string[]): Promise<Resource[]> =>
    parseAllDocuments(await template(...args)).flatMap((document) => document.toJS() ?? []);
  const everything = () => ['-f', join(folder, 'everything.json')];

  test('passes helm lint', async () => {
    for (const values of [[], everything()]) {
      const { code, out } = await run(tools.helm, ['lint', '--strict', CHART, ...values]);
      expect({ code, out: code === 0 ? '' : out }).toEqual({ code: 0, out: '' });
    }
  });

  test('renders resources that Kubernetes takes, with the values as delivered and with everything set', async () => {
    for (const [name, values] of Object.entries({ delivered: [], everything: everything() })) {
      const rendered = join(folder, `${name}.yaml`);
      await writeFile(rendered, await template(...values));
      const { code, out } = await run(tools.validate, ['--strict', '--kubernetes-version', KUBERNETES, rendered]);
      expect({ code, out: code === 0 ? '' : out }).toEqual({ code: 0, out: '' });
      expect(out).not.toContain('WARN');
    }
  });

  test('is judged by a validator that finds a mistake', async () => {
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, (await template()).replace('maxUnavailable: 1', 'maxUnavailble: 1'));
    expect((await run(tools.validate, ['--strict', '--kubernetes-version', KUBERNETES, wrong])).code).not.toBe(0);
  });

  test('runs each service without root, rights and a writable root, with probes, limits and no token', async () => {
    const found = await resources();
    const deployments = found.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      file.services.map(({ name }) => `hub-ozg-hub-${name}`).toSorted(),
    );
    const jobs = found.filter(({ kind }) => kind === 'Job');
    for (const { spec } of [...deployments, ...jobs].map(({ spec: outer }) => outer.template)) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBeDefined();
      }
    }
    for (const { spec } of deployments) {
      const [container] = spec.template.spec.containers;
      expect(container.livenessProbe.httpGet.path).toBe('/health/live');
      expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
      expect(container.startupProbe).toBeDefined();
      const stop = Number(file.settings['HUB_STOP_SECONDS']) + container.lifecycle.preStop.sleep.seconds;
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(stop + 15);
    }
  });

  test('has for each service what keeps it running and what keeps others out', async () => {
    const found = await resources();
    const kinds = ['Service', 'ServiceAccount', 'ConfigMap', 'PodDisruptionBudget', 'HorizontalPodAutoscaler'];
    for (const { name } of file.services)
      for (const kind of [...kinds, 'NetworkPolicy'])
        expect([
          kind,
          found.some((each) => each.kind === kind && each.metadata.name === `hub-ozg-hub-${name}`),
        ]).toEqual([kind, true]);
    for (const { spec } of found.filter(({ kind }) => kind === 'NetworkPolicy')) {
      expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
      expect(spec.ingress).toEqual([]);
    }
    expect(found.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('lets services and the job reach the brokers on their ports, with the values that the README gives too', async () => {
    const readme = await readFile(fileURLToPath(new URL('../../../deploy/README.md', import.meta.url)), 'utf8');
    const production = join(folder, 'values.production.yaml');
    await writeFile(production, /```yaml\n(# values\.production\.yaml\n[^]*?)```/.exec(readme)![1]!);
    const ports = { delivered: [9092], production: [9093], everything: [9093, 9094] };
    for (const [name, values] of Object.entries({
      delivered: [],
      production: ['-f', production],
      everything: everything(),
    })) {
      const policies = (await resources(...values)).filter(({ kind }) => kind === 'NetworkPolicy');
      expect(policies).toHaveLength(file.services.length + 1);
      for (const { spec } of policies) {
        const rules = spec.egress.map((rule: Resource) => rule.ports.map(({ port }: Resource) => port));
        expect([name, rules]).toEqual([name, expect.arrayContaining([ports[name as keyof typeof ports]])]);
      }
    }
  });

  test('gives each service its settings and no database but by its own Secret', async () => {
    const found = await resources();
    for (const service of file.services) {
      const name = `hub-ozg-hub-${service.name}`;
      const { data } = found.find((each) => each.kind === 'ConfigMap' && each.metadata.name === name);
      expect(data).toEqual({
        ...file.settings,
        ...service.settings,
        HUB_HTTP_PORT: String(service.port),
        HUB_KAFKA_BROKERS: 'kafka:9092',
      });
      const { spec } = found.find((each) => each.kind === 'Deployment' && each.metadata.name === name);
      const [container] = spec.template.spec.containers;
      expect(container.env).toEqual(
        service.secrets.map((key) => ({
          name: key,
          valueFrom: { secretKeyRef: { name: `ozg-hub-${service.name}`, key } },
        })),
      );
    }
  });

  test('migrates before an installation and an upgrade, beside the version that runs', async () => {
    const [job] = (await resources()).filter(({ kind }) => kind === 'Job');
    expect(job.metadata.annotations['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    const { initContainers, containers } = job.spec.template.spec;
    expect([...initContainers, ...containers].map(({ args }) => args.slice(1))).toEqual([
      ['migrate', '--roles'],
      ['topics', 'apply'],
    ]);
  });

  test('refuses values that it does not have, before anything is installed', async () => {
    const wrong = ['kafkas.brokers=x', 'services.dms-exprt.replicas=1', 'services.dms-export.replica=1'];
    const settings = ['settings.KAFKA_TLS=on', 'services.civento-intake.settings.HUB_INTAKE_MAX_FILES=5'];
    for (const value of [...wrong, ...settings]) {
      const { code } = await run(tools.helm, ['template', 'hub', CHART, '--kube-version', '1.37.0', '--set', value]);
      expect([value, code]).toEqual([value, 1]);
    }
  });

  test('publishes only the paths that senders call', async () => {
    const [ingress] = (await resources(...everything())).filter(({ kind }) => kind === 'Ingress');
    const paths = ingress.spec.rules.flatMap(({ http }: Resource) => http.paths.map(({ path }: Resource) => path));
    expect(paths.toSorted()).toEqual(file.services.flatMap((service) => service.public).toSorted());
  });
});
