import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { eventSchemas } from './event-schemas.ts';
import { type EventSchema, breaches, incompatibilities, reusedNames } from './schema-compatibility.ts';

const releases = new URL('../../../schemas/events/released/', import.meta.url);
const read = async (url: URL) => JSON.parse(await readFile(url, 'utf8')) as EventSchema;

/** Schemas of every release by file name, the oldest release first. */
async function released(): Promise<ReadonlyMap<string, readonly EventSchema[]>> {
  const versions = (await readdir(releases)).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const all = new Map<string, EventSchema[]>();
  for (const version of versions) {
    const folder = new URL(`${version}/`, releases);
    for (const name of await readdir(folder)) {
      all.set(name, [...(all.get(name) ?? []), await read(new URL(name, folder))]);
    }
  }
  return all;
}

describe('the events of today', () => {
  test('may replace those of every release without a consumer noticing', async () => {
    const current = Object.entries(eventSchemas()).map(([name, text]) => [name, JSON.parse(text) as EventSchema]);
    const all = await released();
    expect(all.size).toBeGreaterThan(0);
    expect(breaches(all, Object.fromEntries(current))).toEqual([]);
  });
});

describe('replacing a released schema', () => {
  const base: EventSchema = {
    type: 'object',
    description: 'an event',
    properties: {
      id: { type: 'string', format: 'uuid' },
      note: { type: 'string' },
      art: { type: 'string', enum: ['A', 'B'] },
      lines: {
        type: 'array',
        items: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] },
      },
    },
    required: ['id', 'lines'],
  };
  const changed = (change: (schema: Record<string, never>) => void): EventSchema => {
    const copy = structuredClone(base) as unknown as Record<string, never>;
    change(copy);
    return copy;
  };
  // oxlint-disable-next-line no-explicit-any -- changes reach into any depth
  type Any = any;

  test.each<[string, (schema: Any) => void]>([
    ['a new optional property', ({ properties }) => (properties.more = { type: 'string' })],
    ['a new optional property inside', ({ properties }) => (properties.lines.items.properties.name = {})],
    ['other words', (schema) => (schema.description = 'the event')],
  ])('is allowed with %s', (_what, change) => {
    expect(incompatibilities(base, changed(change))).toEqual([]);
  });

  test.each<[string, (schema: Any) => void, string]>([
    ['a property taken away', ({ properties }) => delete properties.note, '/note: is gone'],
    [
      'a property renamed',
      ({ properties }) => {
        properties.remark = properties.note;
        delete properties.note;
      },
      '/note: is gone',
    ],
    ['an optional property made required', ({ required }) => required.push('note'), '/note: is required now'],
    [
      'a new required property',
      (schema) => {
        schema.properties.more = {};
        schema.required.push('more');
      },
      '/more: is required now',
    ],
    ['a required property made optional', ({ required }) => required.shift(), '/id: is optional now'],
    ['a narrower type', ({ properties }) => (properties.note.maxLength = 10), '/note: maxLength changed'],
    ['a wider type', ({ properties }) => delete properties.id.format, '/id: format changed'],
    ['another type', ({ properties }) => (properties.note.type = 'integer'), '/note: type changed'],
    ['a new value of a list', ({ properties }) => properties.art.enum.push('C'), '/art: enum changed'],
    ['a change inside', ({ properties }) => delete properties.lines.items.required, '/lines[]/size: is optional now'],
  ])('is refused with %s', (_what, change, problem) => {
    expect(incompatibilities(base, changed(change))).toContain(problem);
  });

  test('is refused with a name that an earlier release had and a later one gave up', () => {
    const without = changed(({ properties }: Any) => delete properties.note);
    expect(reusedNames([base, without], base)).toEqual(['/note']);
    expect(reusedNames([base, base], base)).toEqual([]);
  });

  test('is refused with a name inside that an earlier release had and a later one gave up', () => {
    const without = changed(({ properties }: Any) => delete properties.lines.items.properties.size);
    expect(reusedNames([base, without], base)).toEqual(['/lines[]/size']);
  });

  test('is refused where nothing takes its place, and tells of which event', () => {
    const all = new Map([['a.v1.schema.json', [base]]]);
    expect(breaches(all, {})).toEqual(['a.v1.schema.json is gone']);
    const without = changed(({ properties }: Any) => delete properties.note);
    expect(breaches(all, { 'a.v1.schema.json': without })).toEqual(['a.v1.schema.json/note: is gone']);
    expect(breaches(all, { 'a.v1.schema.json': base, 'b.v1.schema.json': base })).toEqual([]);
  });
});
