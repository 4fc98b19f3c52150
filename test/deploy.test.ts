import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { hostSettings } from '@ozg-hub/runtime';
import { services } from '@ozg-hub/all-in-one';
import { parse } from 'yaml';
import { renderedFiles } from './deploy/rendered-files.ts';
import { type Services, readServices, root } from './deploy/services-file.ts';

const schemaOf = (service: string) => service.replaceAll('-', '_');

describe('deploy/services.yaml', () => {
  let file: Services;
  beforeAll(async () => {
    file = await readServices();
  });

  test('has every service of the hub, each with the schema and a role of its own', () => {
    expect(file.services.map(({ name }) => name).toSorted()).toEqual(services.map(({ name }) => name).toSorted());
    for (const { name, database } of file.services) expect(database.schema).toBe(schemaOf(name));
    const roles = file.services.map(({ database }) => database.role);
    expect(new Set([...roles, file.database.owner]).size).toBe(roles.length + 1);
  });

  test('gives each service settings that it knows, with values that it takes', () => {
    for (const { name, settings, secrets } of file.services) {
      const { config } = services.find((service) => service.name === name)!;
      const given: Record<string, string> = { ...file.settings, ...settings };
      const known = { ...hostSettings.shape, ...config.shape };
      expect([...Object.keys(given), ...secrets].filter((setting) => !(setting in known))).toEqual([]);
      for (const schema of [hostSettings, config]) expect(schema.safeParse(given).error?.issues ?? []).toEqual([]);
    }
  });

  test('gives no service the settings of another alone: every process starts with what it gets', () => {
    const own = new Map(services.map(({ name, config }) => [name, Object.keys(config.shape)]));
    for (const { name, settings } of file.services) {
      const foreign = [...own].filter(([other]) => other !== name).flatMap(([, names]) => names);
      expect(Object.keys({ ...file.settings, ...settings }).filter((setting) => foreign.includes(setting))).toEqual([]);
    }
  });

  test('publishes no path but those of the service, or what lies below', () => {
    for (const { name, public: published } of file.services) {
      const { paths } = services.find((service) => service.name === name)!;
      const isOwn = (path: string) => paths.some((own) => path === own || path.startsWith(`${own}/`));
      expect(published.filter((path) => !isOwn(path))).toEqual([]);
    }
  });

  test('gives every service more time to stop than the hub takes', () => {
    expect(Number(file.settings['HUB_STOP_SECONDS'])).toBeLessThanOrEqual(60);
  });
});

describe('deploy', () => {
  test('is current: run `npm run deploy:render` when this fails', async () => {
    const rendered = await renderedFiles(await readServices());
    for (const [path, text] of Object.entries(rendered)) {
      expect({ path, text: await readFile(new URL(`deploy/${path}`, root), 'utf8') }).toEqual({ path, text });
    }
  });

  test('lets compose publish each public service, and no two of them by one port or variable', async () => {
    const { services: listed } = await readServices();
    const { 'compose.yaml': text } = await renderedFiles(await readServices());
    const { services: composed } = parse(text!) as { services: Record<string, { ports?: string[] }> };
    const published = listed.flatMap(({ name }) => composed[name]!.ports ?? []);
    const matches = published.map((port) => /^127\.0\.0\.1:\$\{(\w+):-(\d+)\}:\d+$/.exec(port));
    expect(new Set(matches.map((match) => match?.[1])).size).toBe(published.length);
    expect(new Set(matches.map((match) => match?.[2])).size).toBe(published.length);
    const reached = ({ name }: { name: string }) => composed[name]!.ports !== undefined;
    expect(listed.filter(reached)).toEqual(listed.filter((service) => service.public.length > 0));
  });

  test('holds no secret: passwords come from the environment or from Secrets', async () => {
    const rendered = await renderedFiles(await readServices());
    for (const text of Object.values(rendered)) {
      expect(text).not.toMatch(/postgresql:\/\/[^:\s]+:(?!\$\{)[^@\s]+@/);
      expect(text).not.toMatch(/PASSWORD: (?!\$\{)/);
    }
  });
});

describe('deploy/Dockerfile', () => {
  const read = (name: string) => readFile(new URL(`deploy/${name}`, root), 'utf8');

  test('pins its base, ends as an account that is not root, and is asked how it is', async () => {
    const text = await read('Dockerfile');
    expect(text).toMatch(/^ARG NODE_VERSION=\d+\.\d+\.\d+$/m);
    expect(text.match(/^FROM .*$/gm)).toEqual([
      'FROM node:${NODE_VERSION}-bookworm-slim AS build',
      'FROM node:${NODE_VERSION}-bookworm-slim',
    ]);
    expect(text.match(/^USER .*$/gm)).toEqual(['USER 1000:1000']);
    expect(text).toMatch(/^HEALTHCHECK .*\n {2}CMD \["node", .*\/health\/ready/m);
    expect(text).not.toMatch(/^(ENV|ARG) .*(PASSWORD|SECRET|TOKEN|KEY)/m);
  });

  test('takes nothing that its context leaves out', async () => {
    const [text, ignored] = await Promise.all([read('Dockerfile'), read('Dockerfile.dockerignore')]);
    const allowed = [...ignored.matchAll(/^!(.+)$/gm)].map(([, path]) => path!);
    const copied = [...text.matchAll(/^COPY --from=build (.+) \S+$/gm)]
      .flatMap(([, sources]) => sources!.split(' '))
      .filter((source) => source.startsWith('/build/'))
      .map((source) => source.slice('/build/'.length));
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => path !== 'node_modules' && !allowed.includes(path))).toEqual([]);
  });

  test('has the program of every service', async () => {
    const { services: listed } = await readServices();
    for (const { name } of listed)
      await expect(readFile(new URL(`services/${name}/src/main.ts`, root), 'utf8')).resolves.toContain('run(');
  });
});
