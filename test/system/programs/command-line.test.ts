import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeCmis, type TestDatabase, applicationRequest, testDatabase } from '@ozg-hub/testing';
import { type Json, type Settings, runCommand, startCommand } from './command.ts';

const VORGANG = 'CIV-2026-000123';

let folder: string;
let database: TestDatabase;
let hub: ChildProcess;
let url: string;
let settings: Settings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  database = await testDatabase();
  settings = {
    HUB_DATABASE_URL: database.url,
    HUB_DATA_DIR: join(folder, 'data'),
    HUB_HTTP_PORT: '0',
    HUB_XML_WORKERS: '1',
  };
  hub = startCommand(['start', '--json'], settings, folder);
  ({ url } = JSON.parse(await firstLine(hub)));
}, 60_000);
afterAll(async () => {
  await stop(hub);
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function firstLine(process: ChildProcess): Promise<string> {
  let read = '';
  process.stderr!.resume();
  for await (const chunk of process.stdout!.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    read += chunk.toString();
    if (read.includes('\n')) break;
  }
  process.stdout!.resume();
  return read.slice(0, read.indexOf('\n'));
}

async function stop(process: ChildProcess): Promise<number | null> {
  if (process.exitCode !== null) return process.exitCode;
  process.kill('SIGTERM');
  const [code] = (await once(process, 'exit')) as [number | null];
  return code;
}

/** Runs a command to its end. */
const run = (args: readonly string[], environment: Settings = settings) => runCommand(args, environment, folder);

/** Asks the running hub itself, as its operator. */
async function ask(path: string): Promise<Json> {
  const token = await readFile(join(folder, 'data', 'operator.token'), 'utf8');
  return (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).json();
}

describe('with a hub that runs', () => {
  let submission: string;
  let delivery: string;

  test('keys are created for a sender, who uses them at once; listed without secrets; revoked', async () => {
    const { code, stdout, stderr } = await run([
      'keys',
      'create',
      '--name',
      'civento',
      '--scopes',
      'submit',
      '--tenants',
      'musterstadt',
    ]);
    expect([code, stderr, stdout]).toEqual([0, '', expect.stringMatching(/^ozg_[a-z0-9]{12}_[0-9a-f]{64}\n$/)]);
    const key = stdout.trim();
    const request = await applicationRequest(
      {
        organisationseinheit: '00.00.MUS.01000002',
        prozessschluessel: 'AnmeldungHund',
        vorgang: VORGANG,
        applicant: { kind: 'natuerlich', familienname: 'Mustermann' },
      },
      [],
    );
    const push = () =>
      fetch(`${url}/civento/v1/applications`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/xml' },
        body: request.xml,
      });
    const accepted = await push();
    expect(accepted.status).toBe(202);
    submission = ((await accepted.json()) as { id: string }).id;

    const list = await run(['keys', 'list']);
    expect(list.stdout).toMatch(/civento +submit +musterstadt/);
    expect(list.stdout).not.toContain(key.slice(-64));
    const id = key.split('_')[1]!;
    expect((await run(['keys', 'revoke', id, '--json'])).json()).toEqual({ revoked: id });
    expect((await push()).status).toBe(401);
    const unknown = await run(['keys', 'revoke', 'nobody']);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/HUB_KEY_UNKNOWN: .*\nWhat to do: /)]);
  }, 60_000);

  test('status finds an application by its case and by its id', async () => {
    const byCase = await run(['status', VORGANG, '--json']);
    expect([byCase.code, byCase.json().submissions.map(({ id }: Json) => id)]).toEqual([0, [submission]]);
    const byId = await run(['status', submission]);
    expect(byId.stdout).toContain(`Vorgang ${VORGANG} · musterstadt`);
    const none = await run(['status', 'CIV-none']);
    expect([none.code, none.stdout]).toEqual([1, 'There is no such submission.\n']);
  }, 60_000);

  test('deliveries are listed by filter, and shown one by one', async () => {
    await until(async () => {
      const { submissions } = await ask(`/civento-intake/ops/v1/submissions?q=${VORGANG}`);
      return submissions[0].deliveries[0]?.state === 'AWAITING_RECEIPT';
    });
    const filtered = ['deliveries', '--state', 'awaiting_receipt', '--tenant', 'musterstadt', '--json'];
    delivery = (await run(filtered)).json().deliveries[0].id;
    expect((await run(['deliveries', '--overdue'])).stdout).toBe('There is no such delivery.\n');
    const one = await run(['deliveries', delivery]);
    expect(one.stdout).toContain('AWAITING_RECEIPT');
    expect(one.stdout).toContain('package, hand-over');
    const wrong = await run(['deliveries', '--state', 'lost']);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('state')]);
  }, 120_000);

  test('what may have taken effect is repeated only with a reason, and settled by a person', async () => {
    const refused = await run(['replay', delivery, '--json']);
    expect([refused.code, refused.json().error.code]).toEqual([1, 'HUB_DELIVERY_REASON_REQUIRED']);
    const many = await run(['replay', '--all-matching', '--state', 'awaiting_receipt', '--reason', 'lost', '--json']);
    const [replay] = many.json().replays;
    expect([many.code, replay.state, replay.refusals]).toEqual([
      0,
      'DONE',
      [{ code: 'HUB_DELIVERY_PROBE_REQUIRED', count: 1 }],
    ]);
    const [shown, listed, ended] = await Promise.all([
      run(['replays', 'show', replay.id, '--refused']),
      run(['replays', 'list', '--state', 'done']),
      run(['replays', 'resume', replay.id, '--json']),
    ]);
    expect(shown.stdout).toMatch(
      new RegExp(`DONE: 0 of 1 queued again, 1 left alone[^]*${delivery} +musterstadt/eakte`),
    );
    expect(listed.stdout).toContain(replay.id);
    expect([ended.code, ended.json().error.code]).toEqual([1, 'HUB_REPLAY_ENDED']);
    const unfinished = await run(['erase', submission, '--json']);
    expect(unfinished.json().error.code).toBe('HUB_SUBMISSION_NOT_TERMINAL');
    const settled = await run(['settle', delivery, '--reason', 'seen in the DMS', '--aktenzeichen', '22-1/2026']);
    expect([settled.code, settled.stdout]).toEqual([0, `${delivery} is CONFIRMED.\n`]);
    await until(async () => {
      const { submissions } = await ask(`/civento-intake/ops/v1/submissions?q=${submission}`);
      return submissions[0].state === 'COMPLETED';
    });
  }, 120_000);

  test('a case is shown and linked to its Vorgang; an entry is ordered once, waits for a person and goes on', async () => {
    const unfiled = await run(['cases', 'show', VORGANG]);
    expect([unfiled.code, unfiled.stdout]).toEqual([0, expect.stringContaining('The hub does not know its Vorgang')]);
    const entry = ['cases', 'entry', submission, '--text', 'Bescheid zugestellt', '--order-id', 'z-1', '--json'];
    const ordered = (await run(entry)).json();
    expect((await run(entry)).json()).toMatchObject({ delivery: ordered.delivery, created: false });
    const parked = async () => (await ask(`/dms-export/ops/v1/deliveries/${ordered.delivery}`)).delivery;
    await until(async () => (await parked()).code === 'HUB_DMS_CASE_UNKNOWN');
    const objectId = '11111111-2222-4333-8444-000000000001';
    const linked = await run(['cases', 'link', VORGANG, '--object-id', objectId]);
    expect([linked.code, linked.stdout]).toEqual([0, `${VORGANG} is ${objectId} in musterstadt/eakte.\n`]);
    expect((await run(['cases', 'show', VORGANG])).stdout).toContain(`Vorgang ${objectId} · Aktenzeichen 22-1/2026`);
    expect((await run(['replay', ordered.delivery])).code).toBe(0);
    await until(async () => (await parked()).state === 'AWAITING_RECEIPT');
    expect((await run(['settle', ordered.delivery, '--reason', 'seen in the DMS'])).code).toBe(0);
    const none = await run(['cases', 'close', 'CIV-none', '--json']);
    expect([none.code, none.json().error.code]).toEqual([1, 'HUB_DMS_CASE_NOT_FOUND']);
    expect((await run(['cases', 'entry', VORGANG])).code).toBe(2);
  }, 120_000);

  test('a target is paused and resumed', async () => {
    expect((await run(['targets', 'pause', 'musterstadt/eakte', '--reason', 'move of the DMS'])).code).toBe(0);
    expect((await run(['targets'])).stdout).toMatch(/musterstadt\/eakte +paused +move of the DMS/);
    const doctor = await run(['doctor']);
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining('paused (move of the DMS)')]);
    expect((await run(['targets', 'resume', 'musterstadt/eakte'])).stdout).toBe('musterstadt/eakte is open again.\n');
    expect((await run(['targets', 'pause', 'musterstadt', '--reason', 'abc'])).code).toBe(2);
  }, 60_000);

  test('keys are rotated, contents erased, and the trail stays whole', async () => {
    const rotated = await run(['vault', 'rotate', '--drop-retired', '30']);
    expect([rotated.code, rotated.stdout]).toEqual([
      0,
      expect.stringMatching(/wraps 1 tenant keys and 1 data keys now/),
    ]);
    const erased = await run(['erase', submission]);
    expect([erased.code, erased.stdout]).toEqual([0, 'Erased, also in every copy of the data taken before.\n']);
    const { code, json } = await run(['trail', 'verify', '--json']);
    expect([code, json()]).toEqual([0, expect.objectContaining({ ok: true })]);
  }, 60_000);

  test('messages that could not be handled are listed and shown without their contents, and retried', async () => {
    const store = database.database.open('dms_export', { maxConnections: 1 });
    const id = '0198c0de-0000-7000-8000-000000000001';
    await store.query(
      `INSERT INTO parked_message (id, consumer, topic, partition, position, key, headers, value, code, attempts)
       VALUES ($1, 'dms-export', 'submission.accepted.v1', 0, '7', 'Mustermann', '{"x": "Mustermann"}', 'Mustermann', 'NO', 3)`,
      [id],
    );
    const list = await run(['messages', 'parked', 'list']);
    expect([list.code, list.stdout]).toEqual([1, expect.stringMatching(/dms-export +submission\.accepted +– +NO +10/)]);
    const show = await run(['messages', 'parked', 'show', id]);
    expect([show.code, show.stdout]).toEqual([0, expect.stringContaining('position 7 · 10 bytes, sha-256 ')]);
    const retry = await run(['messages', 'parked', 'retry', id, '--json']);
    expect([retry.code, retry.json().error.code]).toEqual([1, 'HUB_BUS_RETRY_FAILED']);
    expect(`${list.stdout}${show.stdout}${retry.stdout}`).not.toContain('Mustermann');
    await store.query('UPDATE parked_message SET resolved_at = now()');
    await store.close();
    const none = await run(['messages', 'parked', 'list', '--json']);
    expect([none.code, none.json()]).toEqual([0, { messages: [] }]);
  }, 60_000);

  test('what was published since a time is published again, by every service that publishes', async () => {
    const { stdout, code } = await run([
      'messages',
      'republish',
      '--since',
      '2026-01-01T00:00:00Z',
      '--reason',
      'test',
    ]);
    expect(code).toBe(0);
    for (const service of ['civento-intake', 'dms-export']) {
      expect(stdout).toMatch(new RegExp(`^${service} published [1-9]\\d* events again\\.$`, 'm'));
    }
    const one = ['messages', 'republish', '--service', 'dms-export', '--reason', 'test', '--json'];
    const none = await run([...one, '--since', '2126-01-01T00:00:00Z']);
    expect([none.code, none.json()]).toEqual([0, { services: [{ service: 'dms-export', events: 0 }] }]);
    const wrong = await run([...one, '--since', 'yesterday']);
    expect([wrong.code, wrong.json().error.code]).toEqual([1, 'HUB_HTTP_BAD_REQUEST']);
  }, 60_000);

  test('a directory that did not change stays as it is when it is read again', async () => {
    const { code, stdout } = await run(['directory', 'reload']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Nothing changed: version sha256-/)]);
  });

  test('doctor says what is configured and finds nothing wrong', async () => {
    const { code, json } = await run(['doctor', '--json']);
    expect([code, json().ok]).toEqual([0, true]);
    const subjects = json().findings.map(({ subject }: Json) => subject);
    for (const subject of [
      'database',
      'directory',
      'vault',
      'data directory',
      'outbox dms_export',
      'musterstadt/eakte',
    ])
      expect(subjects).toContain(subject);
  });

  test('it can be asked from elsewhere, with its address and a key', async () => {
    const { stdout } = await run(['keys', 'create', '--name', 'reader', '--scopes', 'read']);
    const elsewhere = { HUB_DATA_DIR: join(folder, 'elsewhere'), HUB_URL: `${url}/`, HUB_API_KEY: stdout.trim() };
    expect((await run(['status', VORGANG], elsewhere)).code).toBe(0);
    const refused = await run(['keys', 'list', '--json'], elsewhere);
    expect([refused.code, refused.json().error.code]).toEqual([1, 'HUB_KEY_SCOPE']);
    const { HUB_API_KEY: _, ...without } = elsewhere;
    expect((await run(['status', VORGANG], without)).stderr).toContain('HUB_API_KEY is not');
  }, 60_000);
});

describe('without a hub', () => {
  beforeAll(async () => expect(await stop(hub)).toBe(0), 60_000);

  test('commands that read answer all the same', async () => {
    const doctor = await run(['doctor']);
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('no hub runs on this data directory')]);
    expect((await run(['status', VORGANG, '--json'])).json().submissions).toHaveLength(1);
  }, 60_000);

  test('commands that change something say how to start one', async () => {
    const { code, stdout, stderr } = await run(['keys', 'create', '--name', 'x', '--scopes', 'read']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /HUB_NOT_RUNNING: No hub runs on this data directory\.\nWhat to do: Start it with "npm start"/,
    );
    const { json } = await run(['replay', '--all-matching', '--reason', 'mended', '--json']);
    expect(json().error).toMatchObject({ code: 'HUB_NOT_RUNNING', action: expect.stringContaining('npm start') });
  }, 60_000);

  test('one that does not answer is told from one that was killed', async () => {
    const remote = { ...settings, HUB_URL: 'http://127.0.0.1:9', HUB_API_KEY: 'ozg_x' };
    expect((await run(['doctor'], remote)).stderr).toContain(
      'HUB_UNREACHABLE: The hub at http://127.0.0.1:9 does not answer.',
    );
    await writeFile(join(folder, 'data', 'hub.json'), JSON.stringify({ url: 'http://127.0.0.1:9', pid: 1 }));
    expect((await run(['targets', 'resume', 'a/b'])).stderr).toContain('HUB_NOT_RUNNING');
  }, 60_000);
});

describe('called wrongly', () => {
  test('a command ends with exit code 2 and a hint', async () => {
    const calls: readonly (readonly [readonly string[], string])[] = [
      [['nonsense'], 'unknown command'],
      [['status'], 'missing required argument'],
      [['replay'], 'Name one delivery'],
      [['replay', '--all-matching'], '--reason'],
      [['cancel', 'x'], '--reason'],
      [['vault', 'rotate', '--drop-retired', 'soon'], 'a number of days'],
    ];
    const answers = await Promise.all(calls.map(([args]) => run(args)));
    expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual(
      calls.map(([, hint]) => [2, expect.stringContaining(hint)]),
    );
  }, 60_000);

  test('with settings that are wrong: which, and never their values', async () => {
    const { code, stderr } = await run(['doctor'], { ...settings, HUB_HTTP_PORT: 'geheim', HUB_TYPO: 'x' });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/HUB_CONFIG_INVALID/)]);
    expect(stderr).toMatch(/HUB_HTTP_PORT[\s\S]*HUB_TYPO|HUB_TYPO[\s\S]*HUB_HTTP_PORT/);
    expect(stderr).not.toMatch(/geheim| {4}at /);
  });
});

describe('directory check', () => {
  test('finds the directory of the project right', async () => {
    const { code, json } = await run(['directory', 'check', '--json']);
    expect([code, json().ok]).toEqual([0, true]);
  });

  test('names file and line of what is wrong', async () => {
    const path = join(folder, 'directory');
    await cp(fileURLToPath(new URL('../../../deploy/directory', import.meta.url)), path, { recursive: true });
    const file = join(path, 'tenants', 'musterstadt.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('kind: xdomea', 'kind: xdomea-folder'));
    const { code, stdout } = await run(['directory', 'check', path]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/error +tenants\/musterstadt\.yaml:\d+ .*xdomea-folder/)]);
    expect(stdout).toContain('The directory would be refused.');
  });

  test('with --connect asks the systems: every Leistung of the project fits; what does not is named', async () => {
    const repository = new FakeCmis({ credentials: { user: 'ozg-hub', password: 'geheim' } });
    await repository.start();
    try {
      const known = { MUEHLFELDEN_CMIS_URL: repository.url('browser'), MUEHLFELDEN_CMIS_PASSWORD: 'geheim' };
      const right = await run(['directory', 'check', '--connect', '--json'], { ...settings, ...known });
      expect([right.code, right.json()]).toMatchObject([0, { ok: true, asked: 1 }]);
      // Those that go into plain folders.
      for (const { severity, message } of right.json().findings) {
        expect([severity, message]).toEqual(['warning', expect.stringContaining('no Aktenzeichen')]);
      }
      const locked = { ...settings, ...known, MUEHLFELDEN_CMIS_PASSWORD: 'falsch' };
      const { code, stdout } = await run(['directory', 'check', '--connect'], locked);
      expect(stdout).toMatch(/error +tenants\/muehlfelden\.yaml:\d+ .*HUB_CMIS_UNAUTHENTICATED/);
      expect([code, stdout.trimEnd().endsWith('does not fit a system.')]).toEqual([1, true]);
    } finally {
      await repository.stop();
    }
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
