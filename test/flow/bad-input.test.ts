import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MARKER, goodRequest } from './applications.ts';
import { files, limits } from './bad-file-cases.ts';
import { directory, keys, requests } from './bad-request-cases.ts';
import { invalid, notXml } from './bad-xml-cases.ts';
import { type RunningHub, startHub } from './running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await startHub({
    environment: {
      HUB_INTAKE_MAX_APPLICATION_MIB: '1',
      HUB_INTAKE_MAX_FILE_MIB: '2',
      HUB_INTAKE_MAX_TOTAL_MIB: '5',
      HUB_INTAKE_MAX_FILES: '4',
    },
  });
});
afterAll(() => hub?.stop());

describe.each([
  ['the XML', notXml],
  ['the application', invalid],
  ['the files', files],
  ['the limits', limits],
  ['the request', requests],
  ['the directory', directory],
  ['the API key', keys],
])('bad input of %s', (_, cases) => {
  test.each(cases.map((one) => [one.what, one.code, one] as const))('%s is %s', async (_what, _code, expected) => {
    const answer = await expected.send(hub);
    expect(answer.text).not.toContain(MARKER);
    const { status, code, action, detail, requestId, errors = [] } = answer.json;
    expect({ status, code, errors }).toEqual({
      status: expected.status,
      code: expected.code,
      errors: expected.places ?? [],
    });
    expect(answer.status).toBe(expected.status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect([action, detail, requestId].every((text: string) => text.length > 0)).toBe(true);
    expect(await hub.stored()).toEqual({ rows: 0, files: [] });
  });
});

test('after all that a good application is accepted', async () => {
  const { status } = await hub.push((await goodRequest('V-good')).body());
  expect(status).toBe(202);
  expect((await hub.stored()).rows).toBeGreaterThan(0);
});
