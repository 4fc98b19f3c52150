import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Store } from '@ozg-hub/store';
import { type ApplicationSpec, applicationRequest, buildApplication, multipartBody } from '@ozg-hub/testing';
import { antragsdokument, dog, file, goodRequest } from './applications.ts';
import { type Cut, type DatabaseProxy, databaseProxy } from './database-proxy.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

let hub: RunningHub;
let proxy: DatabaseProxy;
let intake: Store;
beforeAll(async () => {
  hub = await startHub({
    environment: { HUB_INTAKE_COMMIT_SECONDS: '3' },
    databaseUrl: async (url) => (proxy = await databaseProxy(url)).url,
  });
  intake = hub.database.database.open('civento_intake', { maxConnections: 2 });
});
afterAll(async () => {
  await hub?.stop();
  await proxy?.close();
});

const large = (letter = 'a') => file('plan', Buffer.from(`%PDF-1.7\n${letter.repeat(200_000)}`));
const pushXml = (spec: Partial<ApplicationSpec>, key?: string) =>
  hub.push(buildApplication(dog(spec)), key === undefined ? {} : { headers: { 'idempotency-key': key } });
const pushLarge = async (vorgang: string, letter?: string) =>
  hub.push((await applicationRequest(dog({ vorgang }), [large(letter)])).body());

const told = ({ status, json }: Answer) => [status, json.id ?? json.code];

async function rowsOf(vorgang: string): Promise<{ submissions: string[]; events: number }> {
  const submissions = await intake.query<{ id: string }>('SELECT id FROM submission WHERE vorgang = $1', [vorgang]);
  const events = await intake.query(`SELECT 1 FROM outbox WHERE convert_from(value, 'UTF8') LIKE $1`, [
    `%"${vorgang}"%`,
  ]);
  return { submissions: submissions.map(({ id }) => id), events: events.length };
}

describe('an application', () => {
  test('is new once and the same ever after', async () => {
    const request = await goodRequest('V-1');
    const first = await hub.push(request.body());
    expect(first.status).toBe(202);
    const location = `/civento/v1/applications/${first.json.id}`;
    expect(first.headers.get('location')).toBe(location);
    expect((await hub.request('GET', location)).json).toMatchObject({ id: first.json.id, vorgang: 'V-1' });

    const second = await hub.push(request.body());
    expect(told(second)).toEqual([200, first.json.id]);
    expect(second.headers.get('location')).toBe(location);
    expect(await rowsOf('V-1')).toEqual({ submissions: [first.json.id], events: 1 });
  });

  test('is the same in another form of the same XML, and with its files in another order', async () => {
    const files = [await antragsdokument(), large()];
    const { xml } = await applicationRequest(dog({ vorgang: 'V-2' }), files);
    const parts = files.map(({ part, content }) => ({ name: part, fileName: 'x', content }));
    const first = await hub.push(multipartBody([{ name: 'application', content: xml }, ...parts]));
    expect(first.status).toBe(202);
    const rewritten = xml
      .replace(/^<\?xml[^>]*\?>/, '\ufeff<!-- by another program -->\n')
      .replace(/<Objekt Name="Hund">/, "<Objekt\n   Name =  'Hund' >")
      .replace(/<\/([A-Za-z]+)>/g, '</$1 >')
      .concat('\n\n<!-- end -->\n');
    expect(rewritten).not.toBe(xml);
    const again = await hub.push(multipartBody([{ name: 'application', content: rewritten }, ...parts.toReversed()]));
    expect(told(again)).toEqual([200, first.json.id]);
  });

  test('with other content under the same key is refused, be it the XML or a file', async () => {
    const { xml } = await applicationRequest(dog({ vorgang: 'V-3' }), []);
    expect((await hub.push(xml)).status).toBe(202);
    expect(told(await hub.push(xml.replace('Bello', 'Waldi')))).toEqual([409, 'HUB_INTAKE_CONTENT_DIFFERS']);

    const unhashed = buildApplication(
      dog({ vorgang: 'V-4', anlagen: [{ part: 'plan', role: 'Anlage', fileName: 'p' }] }),
    );
    const withFile = (letter: string) =>
      hub.push(
        multipartBody([
          { name: 'application', content: unhashed },
          { name: 'plan', content: large(letter).content },
        ]),
      );
    expect((await withFile('a')).status).toBe(202);
    expect(told(await withFile('b'))).toEqual([409, 'HUB_INTAKE_CONTENT_DIFFERS']);
    expect((await withFile('a')).status).toBe(200);
    expect((await rowsOf('V-4')).submissions).toHaveLength(1);
  });

  test('with a higher number, of another unit or process is another one', async () => {
    const answers = [
      await pushXml({ vorgang: 'V-5' }),
      await pushXml({ vorgang: 'V-5', laufendeNummer: 2, art: 'KORREKTUR' }),
      await pushXml({ vorgang: 'V-5', organisationseinheit: '00.00.MUS.01000001' }),
      await pushXml({ vorgang: 'V-5', organisationseinheit: '00.00.BSP.02000001' }),
      await pushXml({ vorgang: 'V-5', prozessschluessel: 'AnmeldungHundEilig' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(5);
  });
});

describe('the Idempotency-Key', () => {
  test('stands for the application where there is no Vorgang', async () => {
    const first = await pushXml({}, 'key-1');
    expect(first.status).toBe(202);
    expect(told(await pushXml({}, 'key-1'))).toEqual([200, first.json.id]);
    expect((await pushXml({}, 'key-2')).status).toBe(202);
    expect(told(await pushXml({ prozessschluessel: 'AnmeldungHundX' }, 'key-1'))).toEqual([
      409,
      'HUB_INTAKE_CONTENT_DIFFERS',
    ]);
  });

  test('beside a Vorgang is a second key: either finds the application', async () => {
    const first = await pushXml({ vorgang: 'V-6' }, 'key-6');
    expect(first.status).toBe(202);
    expect(told(await pushXml({ vorgang: 'V-6' }))).toEqual([200, first.json.id]);
    expect(told(await pushXml({ vorgang: 'V-6' }, 'key-6'))).toEqual([200, first.json.id]);
    expect(told(await pushXml({ vorgang: 'V-6b' }, 'key-6'))).toEqual([409, 'HUB_INTAKE_CONTENT_DIFFERS']);
  });

  test('and the Vorgang of two different applications are refused', async () => {
    await pushXml({ vorgang: 'V-7' }, 'key-7');
    await pushXml({ vorgang: 'V-8' }, 'key-8');
    expect(told(await pushXml({ vorgang: 'V-7' }, 'key-8'))).toEqual([409, 'HUB_INTAKE_KEYS_DISAGREE']);
  });

  test('belongs to one municipality: another may use the same', async () => {
    const [here, there] = [
      await pushXml({}, 'key-9'),
      await pushXml({ organisationseinheit: '00.00.BSP.02000001' }, 'key-9'),
    ];
    expect([here.status, there.status]).toEqual([202, 202]);
  });
});

describe('simultaneous firsts', () => {
  test('are one application, whichever comes first', async () => {
    const small = (vorgang: string) => pushXml({ vorgang });
    for (let round = 0; round < 25; round++) {
      const vorgang = `V-pair-${round}`;
      const send = round % 2 === 0 ? small : pushLarge;
      const answers = await Promise.all([send(vorgang), send(vorgang)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 202]);
      expect(answers[0]!.json.id).toBe(answers[1]!.json.id);
      expect(await rowsOf(vorgang)).toEqual({ submissions: [answers[0]!.json.id], events: 1 });
    }
  });

  test('of different content: one is taken, the other told so', async () => {
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(['a', 'b'].map((letter) => pushLarge(`V-differ-${round}`, letter)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409]);
    }
  });

  test('twenty of the same are one', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => pushLarge('V-twenty')));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([...Array.from({ length: 19 }, () => 200), 202]);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  });

  test('leave no file of those that came too late', async () => {
    const [{ files } = { files: 0 }] = await intake.query<{ files: number }>(
      'SELECT count(*) AS files FROM vault.object WHERE file IS NOT NULL',
    );
    expect((await hub.stored()).files).toHaveLength(files);
  });

  test('while another process holds the key: 503 after the deadline, and the repetition finds what was stored', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const holding = intake
      .tx(async (tx) => {
        await tx.query(
          `INSERT INTO submission (id, tenant, leistung, blueprint, directory_version, source, organisationseinheit,
             prozessschluessel, vorgang, art, laufende_nummer, content_hash, envelope_ref, expects, traceparent, key_id,
             accepted_at)
           VALUES (gen_random_uuid(), 'musterstadt', '99999002101000', 'x@1', 'x', 'civento', '00.00.MUS.01000002',
             'AnmeldungHund', 'V-held', 'ERSTANTRAG', 1, 'x', gen_random_uuid(), '{}', 'x', 'x', now())`,
        );
        await held;
        throw new Error('rolled back');
      })
      .catch((error: Error) => error.message);
    const before = (await hub.stored()).files.length;
    const late = await pushLarge('V-held');
    expect(told(late)).toEqual([503, 'HUB_INTAKE_BUSY']);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    release();
    expect(await holding).toBe('rolled back');
    while ((await rowsOf('V-held')).submissions.length === 0) await pause(10);
    const { submissions } = await rowsOf('V-held');
    expect(told(await pushLarge('V-held'))).toEqual([200, submissions[0]]);
    expect((await hub.stored()).files).toHaveLength(before + 1);
  });
});

describe('a connection cut during COMMIT', () => {
  const cutDuring = async (vorgang: string, cuts: readonly Cut[]) => {
    const cut = proxy.cut(vorgang, cuts);
    const answer = await pushLarge(vorgang);
    await cut;
    return answer;
  };

  test.each<[Cut]>([['before COMMIT'], ['after COMMIT']])(
    '%s is settled: 202, one submission, one event',
    async (cut) => {
      const vorgang = `V-cut-${cut.slice(0, 5)}`;
      const answer = await cutDuring(vorgang, [cut]);
      expect(answer.status).toBe(202);
      expect(await rowsOf(vorgang)).toEqual({ submissions: [answer.json.id], events: 1 });
      expect(told(await pushLarge(vorgang))).toEqual([200, answer.json.id]);
    },
  );

  test('twice, the outcome is not known, and the repetition gets the id of what was stored', async () => {
    const before = (await hub.stored()).files.length;
    const answer = await cutDuring('V-cut-twice', ['after COMMIT', 'after COMMIT']);
    expect(told(answer)).toEqual([503, 'HUB_INTAKE_OUTCOME_UNKNOWN']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const { submissions } = await rowsOf('V-cut-twice');
    expect(submissions).toHaveLength(1);
    expect(told(await pushLarge('V-cut-twice'))).toEqual([200, submissions[0]]);
    expect((await hub.stored()).files).toHaveLength(before + 1);
  });

  test('twice without effect, the outcome is not known, and the repetition is new', async () => {
    const answer = await cutDuring('V-cut-lost', ['before COMMIT', 'before COMMIT']);
    expect(told(answer)).toEqual([503, 'HUB_INTAKE_OUTCOME_UNKNOWN']);
    expect((await rowsOf('V-cut-lost')).submissions).toEqual([]);
    expect((await pushLarge('V-cut-lost')).status).toBe(202);
    expect((await rowsOf('V-cut-lost')).submissions).toHaveLength(1);
  });
});
