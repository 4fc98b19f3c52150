import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { asyncApi } from './async-api.ts';
import { contracts } from './contracts.ts';
import { eventSchemas } from './event-schemas.ts';

const folder = new URL('../../../schemas/events/', import.meta.url);

describe('schemas/events', () => {
  const schemas = eventSchemas();

  test('is current: run `node libs/events/dist/generate-schemas.js` after a build when this fails', async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.schema.json'));
    const committed = await Promise.all(
      files.map(async (name) => [name, await readFile(new URL(name, folder), 'utf8')] as const),
    );
    expect(Object.fromEntries(committed)).toEqual(schemas);
  });

  test('has the AsyncAPI document of the contracts', async () => {
    expect(await readFile(new URL('asyncapi.json', folder), 'utf8')).toBe(asyncApi());
  });

  test('has one schema per released event, named after its topic', () => {
    expect(Object.keys(schemas).toSorted()).toEqual(contracts.map(({ topic }) => `${topic}.schema.json`).toSorted());
  });

  test('allows consumers to meet fields that a later release adds', () => {
    for (const text of Object.values(schemas)) expect(text).not.toContain('"additionalProperties": false');
  });
});
