import { describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { z } from 'zod';
import { readSettings } from './environment.ts';
import { describeSettings, hostSettings } from './host-config.ts';

const service = z.object({ HUB_SAMPLE_LIMIT: z.coerce.number().int().max(10).default(3).describe('Most samples.') });

function problems(environment: NodeJS.ProcessEnv): { text: string; fields: (string | undefined)[] } {
  try {
    readSettings(environment, [hostSettings, service]);
  } catch (error) {
    if (isHubError(error, 'HUB_CONFIG_INVALID')) {
      return {
        text: `${error.message} ${JSON.stringify(error.places)}`,
        fields: error.places.map(({ field }) => field),
      };
    }
    throw error;
  }
  return { text: '', fields: [] };
}

describe('settings', () => {
  test('have defaults, empty text counts as unset, numbers and lists are read', () => {
    const [host, own] = readSettings(
      { HUB_HTTP_PORT: '9000', HUB_HTTP_HOST: '', HUB_SERVICES: 'a, b', HUB_SAMPLE_LIMIT: '7', PATH: '/bin' },
      [hostSettings, service],
    );
    expect(host).toMatchObject({ HUB_HTTP_PORT: 9000, HUB_HTTP_HOST: '127.0.0.1', HUB_SERVICES: ['a', 'b'] });
    expect(host.HUB_DATA_DIR).toMatch(/\.ozg-hub$/);
    expect(own).toEqual({ HUB_SAMPLE_LIMIT: 7 });
  });

  test('that are wrong are named all at once, with what is wrong', () => {
    const { fields } = problems({
      HUB_HTTP_PORT: 'many',
      HUB_MIGRATE: 'perhaps',
      HUB_SAMPLE_LIMIT: '11',
      HUB_TYPO: 'x',
    });
    expect(fields.toSorted()).toEqual(['HUB_HTTP_PORT', 'HUB_MIGRATE', 'HUB_SAMPLE_LIMIT', 'HUB_TYPO']);
  });

  test('never show their values', () => {
    const secret = 'geheim-4711';
    const { text, fields } = problems({
      HUB_DATABASE_URL: secret,
      HUB_MASTER_KEY: secret,
      HUB_MIGRATE: secret,
      HUB_HTTP_PORT: secret,
      HUB_OF_NOBODY: secret,
    });
    expect(fields).toHaveLength(5);
    expect(text).not.toContain(secret);
  });

  test.each([
    ['HUB_DATADIR', 'HUB_DATA_DIR'],
    ['HUB_PORT', 'HUB_HTTP_PORT'],
    ['HUB_SAMPLES_LIMIT', 'HUB_SAMPLE_LIMIT'],
  ])('of an unknown name are refused: %s, did you mean %s?', (name, meant) => {
    expect(problems({ [name]: 'x' }).text).toContain(`did you mean ${meant}?`);
  });

  test('of tests, fault runs and the CLI are nobody else’s business', () => {
    expect(
      problems({ HUB_TEST_DATABASE_URL: 'x', HUB_REQUIRE: 'x', HUB_FAILPOINT_DIR: 'x', HUB_URL: 'x' }).fields,
    ).toEqual([]);
  });

  test('are all described, for the table of the README', () => {
    const described = describeSettings([hostSettings, service]);
    expect(described.filter(({ description }) => description === '')).toEqual([]);
    expect(described).toContainEqual({ name: 'HUB_SAMPLE_LIMIT', fallback: '3', description: 'Most samples.' });
  });
});
