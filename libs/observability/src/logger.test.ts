import { describe, expect, test } from '@jest/globals';
import { HubError, type LogFields, newSpan } from '@ozg-hub/core';
import { createLogger, withTrace } from './logger.ts';

const MARK = 'Zoë-Markierung';

function logged(write: (log: ReturnType<typeof createLogger>) => void, pretty = false): string {
  const lines: string[] = [];
  write(createLogger({ level: 'debug', service: 'demo', pretty, destination: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

function line(fields: unknown, message = 'done'): Record<string, unknown> {
  return JSON.parse(logged((log) => log.info(fields as LogFields, message))) as Record<string, unknown>;
}

class DatabaseError extends Error {
  code = '23505';
  severity = 'ERROR';
  routine = '_bt_check_unique';
  detail = `Key (applicant)=(${MARK}) already exists.`;
  where = `unnamed portal parameter $1 = '${MARK}'`;
  table = 'submission';
  constraint = 'submission_natural_key';
}

describe('a log line', () => {
  test('is JSON with time, level, service, message and fields', () => {
    expect(line({ submissionId: 'a-1', attempt: 2, dryRun: false })).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'demo',
      submissionId: 'a-1',
      attempt: 2,
      dryRun: false,
      msg: 'done',
    });
  });

  test('below the level is not written', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'warn', destination: { write: (text) => lines.push(text) } });
    log.info({}, 'quiet');
    log.debug({}, 'quiet');
    log.warn({}, 'loud');
    expect(lines).toHaveLength(1);
  });

  test('keeps its own level, time and message when a field has their name', () => {
    expect(line({ level: 'error', msg: 'other', time: 'never' })).toMatchObject({
      level: 'info',
      msg: 'done',
      service: 'demo',
      level_: 'error',
    });
  });

  test('carries trace and a well-formed request id, and drops any other', () => {
    const trace = newSpan();
    const [good, bad] = [`req-1`, `${MARK}\n{"level":"error"}`].map(
      (id) => JSON.parse(logged((log) => withTrace(log, trace, id).info({}, 'x'))) as Record<string, unknown>,
    );
    expect(good).toMatchObject({ traceId: trace.traceId, spanId: trace.spanId, requestId: 'req-1' });
    expect(bad).not.toHaveProperty('requestId');
  });

  test('for a terminal names time, level, service, message, fields and failure', () => {
    const text = logged((log) => log.warn({ state: 'PARKED', err: new DatabaseError(MARK) }, 'gave up'), true);
    expect(text).toMatch(/^[\d:.]{12} {2}WARN {3}demo {2}gave up {2}state=PARKED {2}23505\n {4}at /);
    expect(text).not.toContain(MARK);
  });
});

describe('personal data', () => {
  test.each([
    'name',
    'vorname',
    'lastName',
    'applicantName',
    'Familienname',
    'address',
    'homeAddress',
    'strasse',
    'plz',
    'email',
    'e_mail',
    'E-Mail',
    'fileName',
    'file_name',
    'dateiname',
    'originalFileName',
    'ownerName',
    'iban',
    'payerIban',
    'telefon',
    'dateOfBirth',
    'geburtsdatum',
    'betreff',
    'fachdaten',
    'applicant',
    'body',
    'xml',
    'clientIp',
    'params',
    'detail',
    'places',
  ])('under the key %s never appears, at any depth, in a child or in a list', (key) => {
    const text = logged((log) => {
      log.info({ [key]: MARK }, 'flat');
      log.info({ outer: { middle: [{ [key]: { inner: MARK } }] } } as unknown as LogFields, 'deep');
      log.info({ map: new Map([[key, MARK]]) } as unknown as LogFields, 'map');
      log.child({ [key]: MARK }).info({}, 'child');
    });
    expect(text).not.toContain(MARK);
    expect(text.match(/\[redacted\]/g)).toHaveLength(4);
  });

  test('that can be told by its form never appears under any key nor in the message', () => {
    const secrets = [
      'ozg_01h9xk_S3cr3tPart',
      'Bearer abcdef0123456789',
      'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
      'postgres://hub:t0p@ss@db.example.org/hub',
      'host=db password=hunter22',
      '{"password":"hunter22"}',
      'zoe.müller@example.org',
      'DE89 3704 0044 0532 0130 00',
      'DE89370400440532013000',
      'Key (name)=(Zoë) already exists',
    ];
    const text = logged((log) => {
      for (const secret of secrets) {
        log.info({ note: secret, nested: { any: [secret] } } as unknown as LogFields, `saw ${secret} today`);
      }
    });
    for (const part of ['S3cr3tPart', 'abcdef0123', 'eyJz', 't0p', 'ss@db', 'hunter22', 'zoe.', '3704', 'Zoë']) {
      expect(text).not.toContain(part);
    }
  });

  test('does not cost the ids, states and measures an operator needs', () => {
    const fields = {
      submissionId: '0198c0de-7a55-7000-8000-0123456789ab',
      tenant: 'fulda-demo',
      key: 'fulda-demo:0198c0de',
      sha256: 'a'.repeat(64),
      url: 'http://127.0.0.1:8080/civento/v1/applications',
      database: 'postgres://127.0.0.1:5432/hub',
      schema: 'civento_intake',
      serviceName: 'dms-export',
      topic: 'submission.accepted.v1',
      packageName: '0198c0de_SGO.Ablegen.0605.zip',
      bodyBytes: 41_943_040,
      xmlWorkers: 1,
      aktenzeichen: '4-71-2026/0042',
      at: '2026-08-21T08:15:30.123Z',
    };
    expect(line(fields)).toMatchObject(fields);
  });

  test('as bytes is written as a length only', () => {
    expect(line({ content2: Buffer.from(MARK), chunk: Buffer.from('abc') })).toMatchObject({ chunk: '[3 bytes]' });
  });

  test('in endless or circular fields ends somewhere', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(JSON.stringify(line({ circular, long: 'x'.repeat(100_000) })).length).toBeLessThan(5_000);
  });
});

describe('an error', () => {
  test('of PostgreSQL shows code, severity and routine, never the row it quotes', () => {
    const err = new DatabaseError(`invalid input syntax for type integer: "${MARK}"`);
    const written = line({ err });
    expect(written['err']).toMatchObject({
      type: 'DatabaseError',
      code: '23505',
      severity: 'ERROR',
      routine: '_bt_check_unique',
      table: 'submission',
      stack: expect.stringContaining('logger.test.ts'),
    });
    expect(JSON.stringify(written)).not.toContain(MARK);
  });

  test('of the hub shows code, class and message, the number of places and no place', () => {
    const definition = { class: 'never', status: 422, title: 'Not valid.', action: 'Correct it.' } as const;
    const error = new HubError('HUB_XML_INVALID', definition, {
      places: [{ path: '/Antrag[1]', message: `'${MARK}' is not valid` }],
      cause: new SyntaxError(`Unexpected token in "${MARK}"`, { cause: `plain ${MARK}` }),
    });
    const written = line({ error });
    expect(written['error']).toMatchObject({
      type: 'HubError',
      code: 'HUB_XML_INVALID',
      class: 'never',
      message: 'Not valid.',
      places: 1,
      cause: { type: 'SyntaxError', cause: { type: 'string' } },
    });
    expect(JSON.stringify(written)).not.toContain(MARK);
  });

  test('made of several names each of them', () => {
    const refused = Object.assign(new Error(`connect ${MARK}`), { code: 'ECONNREFUSED', syscall: 'connect' });
    expect(line({ err: new AggregateError([refused, refused], MARK) })['err']).toMatchObject({
      type: 'AggregateError',
      errors: [{ code: 'ECONNREFUSED', syscall: 'connect' }, { code: 'ECONNREFUSED' }],
    });
  });

  test('whose message spans lines or poses as a stack frame leaks neither', () => {
    const err = new Error(`first\n    at ${MARK}\n${MARK}`);
    expect(JSON.stringify(line({ err }))).not.toContain(MARK);
  });
});
