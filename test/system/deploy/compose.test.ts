import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRun } from '@ozg-hub/testing/database';
import { parse } from 'yaml';
import { type Services, passwordVariable, readServices, root } from '../../deploy/services-file.ts';
import { type DeployTools, deployTools, hasDeployTools, hasDockerCompose, run } from './deploy-tools.ts';

const runs = canRun(
  'system',
  hasDeployTools(),
  'deploy/compose',
  'Go and Python, to install the reader of compose files',
);

// oxlint-disable-next-line no-explicit-any -- a compose file
type Compose = any;

(runs ? describe : describe.skip)('deploy/compose.yaml', () => {
  let tools: DeployTools;
  let folder: string;
  let file: Services;
  let passwords: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ozg-hub-compose-'));
    [tools, file] = [await deployTools(), await readServices()];
    const roles = [file.database.owner, ...file.services.map((service) => service.database.role)];
    passwords = Object.fromEntries([...roles.map(passwordVariable), 'POSTGRES_PASSWORD'].map((name) => [name, 'p']));
    await copyFile(new URL('deploy/compose.yaml', root), join(folder, 'compose.yaml'));
    await cp(new URL('deploy/directory', root), join(folder, 'directory'), { recursive: true });
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The file with its variables, as compose puts them in. */
  async function filledIn(): Promise<string> {
    const text = await readFile(join(folder, 'compose.yaml'), 'utf8');
    return text
      .replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => passwords[name] ?? `?${name}`)
      .replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  }

  test('is taken by the specification of compose files', async () => {
    const path = join(folder, 'filled-in.yaml');
    await writeFile(path, await filledIn());
    const { code, out } = await run(tools.compose, [path]);
    expect({ code, out: code === 0 ? '' : out }).toEqual({ code: 0, out: '' });
    await writeFile(path, (await filledIn()).replace('depends_on:', 'depend_on:'));
    expect((await run(tools.compose, [path])).code).not.toBe(0);
  });

  test('is taken by docker compose, which refuses to start without passwords', async () => {
    if (!hasDockerCompose()) {
      process.stdout.write('SKIPPED deploy/compose: docker compose\n');
      return;
    }
    const config = ['compose', '-f', join(folder, 'compose.yaml'), '--profile', 'trial', 'config', '--quiet'];
    const { code, out } = await run('docker', config, passwords);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect((await run('docker', config)).out).toContain('is set in deploy/.env');
  });

  test('starts each service under its own role, after the jobs, without rights and a writable root', async () => {
    const compose: Compose = parse(await filledIn());
    for (const service of file.services) {
      const found = compose.services[service.name];
      expect(found).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(found.environment.HUB_DATABASE_URL).toBe(
        `postgresql://${service.database.role}:p@postgres:5432/${file.database.name}`,
      );
      expect(found.depends_on).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
        topics: { condition: 'service_completed_successfully' },
      });
      expect(found.command).toEqual([`services/${service.name}/dist/main.js`]);
    }
    expect(compose.services.postgres.image).toBe('postgres:18');
    expect(compose.services.kafka.image).toBe('apache/kafka:4.1.0');
    for (const fake of file.fakes) expect(compose.services[fake.name].profiles).toEqual(['trial']);
  });
});
