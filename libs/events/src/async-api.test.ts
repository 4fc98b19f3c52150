import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { asyncApi } from './async-api.ts';
import { contracts } from './contracts.ts';

interface Document {
  readonly channels: Record<string, { readonly address: string }>;
  readonly components: {
    readonly schemas: { readonly cloudEventHeaders: object };
    readonly messages: Record<string, { payload: object; examples: { headers: object; payload: object }[] }>;
  };
}

describe('the AsyncAPI document', () => {
  const document = JSON.parse(asyncApi()) as Document;
  let compile: (schema: object) => ValidateFunction;
  beforeAll(() => {
    const ajv = new Ajv({ allErrors: true, strict: false });
    (addFormats as unknown as (ajv: Ajv) => void)(ajv);
    compile = (schema) => ajv.compile(schema);
  });

  test('is one by the schema of AsyncAPI 3.0.0', async () => {
    const path = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
    const validate = compile(JSON.parse(await readFile(path, 'utf8')) as object);
    validate(document);
    expect(validate.errors).toBeNull();
  });

  test('has a channel for every event the hub publishes', () => {
    expect(Object.values(document.channels).map(({ address }) => address)).toEqual(contracts.map(({ topic }) => topic));
  });

  test.each(contracts.map(({ topic }) => topic))('has examples of %s that its own schemas accept', (topic) => {
    const { payload, examples } = document.components.messages[topic]!;
    const [payloads, headers] = [compile(payload), compile(document.components.schemas.cloudEventHeaders)];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect([payloads(example.payload), payloads.errors]).toEqual([true, null]);
      expect([headers(example.headers), headers.errors]).toEqual([true, null]);
    }
    expect(payloads({ ...examples[0]!.payload, addedLater: true })).toBe(true);
    expect(payloads({})).toBe(false);
  });
});
