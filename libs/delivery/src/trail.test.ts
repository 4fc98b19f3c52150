import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Logger, silentLogger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { trailMigrations } from './migrations.ts';
import { Sealer } from './sealer.ts';
import { type AuditRow, Trail } from './trail.ts';
import { createTrailKey, ed25519Signer, ed25519Verifier } from './trail-signer.port.ts';
import { verifyTrail } from './verify-trail.ts';

let database: TestDatabase;
let store: Store;
let folder: string;
let checkpointFile: string;
let sealer: Sealer;
const key = createTrailKey();
const keys = ed25519Verifier([key.publicKey]);
const trail = new Trail();

beforeAll(async () => {
  database = await testDatabase([{ schema: 'sample', sets: [trailMigrations] }]);
  store = database.database.open('sample');
  folder = await mkdtemp(join(tmpdir(), 'trail-'));
}, 60_000);
afterAll(async () => {
  await sealer.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

const row = (tenant: string, n: number): AuditRow => ({
  tenant,
  kind: 'delivery.sent',
  subject: { delivery: `d-${n}` },
  actor: 'sample',
  state: 'DELIVERED',
  details: { n },
});
const write = async (tenant: string, count: number) =>
  await store.tx((tx) =>
    trail.append(
      tx,
      Array.from({ length: count }, (_, n) => row(tenant, n)),
    ),
  );
const verify = async () => await verifyTrail(store, { keys, checkpointFile, patienceSeconds: 0 });
const kinds = async () => (await verify()).problems.map(({ kind }) => kind);

function newSealer(logger: Logger = silentLogger, over: Store = store): Sealer {
  return new Sealer({
    store: over,
    service: 'sample',
    signer: ed25519Signer(key.privateKey),
    checkpointFile,
    logger,
  });
}

beforeEach(async () => {
  await sealer?.stop();
  await store.query('TRUNCATE audit, audit_checkpoint RESTART IDENTITY');
  checkpointFile = join(folder, `${expect.getState().currentTestName!.length}-${Math.random()}.jsonl`);
  sealer = newSealer();
  await write('musterstadt', 5);
  await write('anderswo', 3);
  await sealer.sealNow();
  await write('musterstadt', 4);
  await sealer.sealNow();
});

describe('sealing', () => {
  test('an untouched trail verifies', async () => {
    expect(await verify()).toEqual({ ok: true, rows: 12, tenants: 2, checkpoints: 2, problems: [] });
  });

  test('a transaction that commits late is sealed later, not skipped', async () => {
    let commit = (): void => undefined;
    let written = (): void => undefined;
    const hasWritten = new Promise<void>((resolve) => (written = resolve));
    const late = store.tx(async (tx) => {
      await trail.append(tx, [row('musterstadt', 100)]);
      written();
      await new Promise<void>((resolve) => (commit = resolve));
    });
    await hasWritten;
    await write('musterstadt', 2);
    expect(await sealer.sealNow()).toBe(2);
    commit();
    await late;
    expect(await sealer.sealNow()).toBe(1);
    expect(await verify()).toMatchObject({ ok: true, rows: 15 });
  });

  test('one process seals at a time, the next takes over', async () => {
    const second = newSealer();
    expect(await second.sealNow()).toBeUndefined();
    await sealer.stop();
    await write('musterstadt', 1);
    expect(await second.sealNow()).toBe(1);
    await second.stop();
    expect(await verify()).toMatchObject({ ok: true, checkpoints: 3 });
  });

  test('a commit that was not answered leaves no gap in the checkpoint file', async () => {
    await sealer.stop();
    let isCut = false;
    const cut: Store = {
      schema: store.schema,
      query: (text, params) => store.query(text, params),
      listen: (channel, wake) => store.listen(channel, wake),
      lock: (name) => store.lock(name),
      close: async () => undefined,
      tx: async (work) => {
        const result = await store.tx(work);
        if (isCut) throw new Error('the connection was cut during COMMIT');
        return result;
      },
    };
    sealer = newSealer(silentLogger, cut);
    await sealer.sealNow();
    isCut = true;
    await write('musterstadt', 2);
    await expect(sealer.sealNow()).rejects.toThrow('cut during COMMIT');
    isCut = false;
    await write('musterstadt', 1);
    expect(await sealer.sealNow()).toBe(1);
    expect(await verify()).toMatchObject({ ok: true, rows: 15, checkpoints: 4 });
  });

  test('a process that slept past its lock, in the middle of sealing, writes nothing beside the one that took over', async () => {
    await sealer.stop();
    const held = { lost: new AbortController().signal, release: async () => undefined };
    let sleep = async (): Promise<void> => undefined;
    const sleepy: Store = {
      schema: store.schema,
      query: (text, params) => store.query(text, params),
      listen: (channel, wake) => store.listen(channel, wake),
      lock: async () => held,
      close: async () => undefined,
      tx: (work) =>
        store.tx((tx) =>
          work({
            schema: tx.schema,
            notify: (channel) => tx.notify(channel),
            afterCommit: (run) => tx.afterCommit(run),
            allowStatements: (milliseconds) => tx.allowStatements(milliseconds),
            query: async (text, params) => {
              // It has read rows and heads.
              if (text.includes('UPDATE audit')) await sleep();
              return await tx.query(text, params);
            },
          }),
        ),
    };
    const sleeper = newSealer(silentLogger, sleepy);
    const next = newSealer();
    await write('musterstadt', 3);
    sleep = async () => {
      sleep = async () => undefined;
      await write('musterstadt', 2);
      expect(await next.sealNow()).toBe(5);
    };
    await expect(sleeper.sealNow()).rejects.toMatchObject({ code: 'HUB_TRAIL_OVERTAKEN', class: 'later' });
    expect(await verify()).toMatchObject({ ok: true, rows: 17, checkpoints: 3 });
    await write('musterstadt', 1);
    await next.stop();
    expect(await verify()).toMatchObject({ ok: true, rows: 18, checkpoints: 4 });
  });

  test('a checkpoint that a crash kept out of the file, or cut in it, is added at the next start', async () => {
    const lines = (await readFile(checkpointFile, 'utf8')).split('\n');
    await writeFile(checkpointFile, `${lines[0]}\n${lines[1]!.slice(0, 40)}`);
    await sealer.stop();
    sealer = newSealer();
    await write('musterstadt', 1);
    await sealer.sealNow();
    expect(await verify()).toMatchObject({ ok: true, checkpoints: 3 });
  });

  test('a checkpoint file that tells another story is told of once, and sealing goes on', async () => {
    await sealer.stop();
    await writeFile(checkpointFile, `${JSON.stringify({ number: 1, body: '{}', keyId: 'k', signature: 's' })}\n`);
    const told: string[] = [];
    sealer = newSealer({ ...silentLogger, error: (_, message) => void told.push(message) });
    for (let round = 1; round <= 3; round += 1) {
      await write('musterstadt', 1);
      expect(await sealer.sealNow()).toBe(1);
    }
    expect(told).toEqual(['checkpoint file and database differ']);
    expect(await kinds()).toContain('file-differs');
  });

  test('rows that nobody seals are found', async () => {
    await write('musterstadt', 1);
    await store.query(`UPDATE audit SET at = now() - interval '1 minute' WHERE chain_number IS NULL`);
    expect(await kinds()).toEqual(['unsealed']);
  });

  test('texts do not get into the trail', async () => {
    const wordy = { ...row('musterstadt', 1), details: { note: { text: 'x'.repeat(201) } } };
    await expect(store.tx((tx) => trail.append(tx, [wordy]))).rejects.toMatchObject({ code: 'HUB_TRAIL_DETAIL' });
  });
});

describe('tampering is found', () => {
  test.each([
    ['an altered state', `UPDATE audit SET state = 'CANCELLED' WHERE tenant = 'musterstadt' AND chain_number = 3`],
    ['an altered actor', `UPDATE audit SET actor = 'nobody' WHERE tenant = 'anderswo' AND chain_number = 1`],
    [
      'an altered time',
      `UPDATE audit SET at = at - interval '1 microsecond' WHERE tenant = 'musterstadt' AND chain_number = 9`,
    ],
    ['altered details', `UPDATE audit SET details = '{"n": 7}' WHERE tenant = 'musterstadt' AND chain_number = 2`],
    ['an altered hash', `UPDATE audit SET chain_hash = sha256('x') WHERE tenant = 'musterstadt' AND chain_number = 5`],
  ])('%s', async (_, tamper) => {
    await store.query(tamper);
    expect(await kinds()).toContain('row-altered');
  });

  test.each([
    ['from the middle', `DELETE FROM audit WHERE tenant = 'musterstadt' AND chain_number = 4`],
    ['from the end', `DELETE FROM audit WHERE tenant = 'musterstadt' AND chain_number = 9`],
    ['a whole municipality', `DELETE FROM audit WHERE tenant = 'anderswo'`],
  ])('rows removed %s', async (_, tamper) => {
    await store.query(tamper);
    expect(await kinds()).toContain('row-missing');
  });

  test('a row moved out of the chain', async () => {
    await store.query(
      `UPDATE audit SET chain_number = NULL, chain_hash = NULL WHERE tenant = 'musterstadt' AND chain_number = 4`,
    );
    expect(await kinds()).toEqual(expect.arrayContaining(['row-missing']));
  });

  test('a row inserted at the end of a chain', async () => {
    await store.query(`INSERT INTO audit (id, tenant, kind, subject, actor, chain_number, chain_hash)
      VALUES (gen_random_uuid(), 'anderswo', 'delivery.sent', '{}', 'nobody', 4, sha256('x'))`);
    expect(await kinds()).toEqual(['row-alien']);
  });

  test('a row inserted into a chain, the rest renumbered', async () => {
    await store.query(
      `UPDATE audit SET chain_number = chain_number + 1000 WHERE tenant = 'anderswo' AND chain_number > 1`,
    );
    await store.query(
      `UPDATE audit SET chain_number = chain_number - 999 WHERE tenant = 'anderswo' AND chain_number > 1000`,
    );
    await store.query(`INSERT INTO audit (id, tenant, kind, subject, actor, chain_number, chain_hash)
      VALUES (gen_random_uuid(), 'anderswo', 'delivery.sent', '{}', 'nobody', 2, sha256('x'))`);
    expect(await kinds()).toEqual(expect.arrayContaining(['row-altered', 'row-alien']));
  });

  test('a history rewritten with fitting hashes and sealed on', async () => {
    await store.query(`DELETE FROM audit WHERE tenant = 'musterstadt'`);
    await store.query(`DELETE FROM audit_checkpoint WHERE number = 2`);
    await sealer.stop();
    sealer = newSealer();
    await write('musterstadt', 9);
    await sealer.sealNow();
    expect(await kinds()).toEqual(expect.arrayContaining(['row-altered', 'file-differs']));
  });

  test.each([
    [
      'altered',
      `UPDATE audit_checkpoint SET body = replace(body, '"count":5', '"count":4') WHERE number = 1`,
      'checkpoint-signature',
    ],
    ['removed', `DELETE FROM audit_checkpoint WHERE number = 1`, 'checkpoint-missing'],
    ['removed at the end', `DELETE FROM audit_checkpoint WHERE number = 2`, 'checkpoint-missing'],
    [
      'signed by a stranger',
      `UPDATE audit_checkpoint SET key_id = 'stranger' WHERE number = 2`,
      'checkpoint-key-unknown',
    ],
  ])('a checkpoint %s', async (_, tamper, kind) => {
    await store.query(tamper);
    expect(await kinds()).toContain(kind);
  });

  test('a shortened checkpoint file', async () => {
    const lines = (await readFile(checkpointFile, 'utf8')).split('\n');
    await writeFile(checkpointFile, `${lines[0]}\n`);
    expect(await kinds()).toEqual(['file-misses']);
  });
});
