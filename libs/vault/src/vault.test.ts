import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clock, newId, silentLogger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Keyring } from './keyring.ts';
import { type ObjectFile, ObjectFiles } from './object-files.ts';
import { CHUNK_BYTES } from './object-format.ts';
import type { SubmissionVault } from './submission-vault.ts';
import { vaultMigrations } from './vault-migrations.ts';
import { Vault } from './vault.ts';

const MARKER = 'Erika Mustermann, Pfützenstraße';
const DOCUMENT = { kind: 'document', mediaType: 'application/pdf', fileName: `${MARKER}.pdf` } as const;
const code = (name: string) => expect.objectContaining({ code: name });

let database: TestDatabase;
let store: Store;
let folder: string;
let vault: Vault;

const clock: Clock = { now: () => new Date('2026-08-21T10:15:00Z') };
const openKeyring = async () =>
  await Keyring.open({ reference: `file:${folder}/keys/keyring.json`, create: true, outside: join(folder, 'data') });

beforeAll(async () => {
  database = await testDatabase([vaultMigrations]);
  store = database.database.open('vault');
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
beforeEach(async () => {
  await rm(folder ?? '', { recursive: true, force: true });
  await store.query('TRUNCATE vault.object, vault.data_key, vault.tenant_key, vault.erasure');
  folder = await mkdtemp(join(tmpdir(), 'vault-'));
  vault = await openVault();
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function openVault(files?: ObjectFiles): Promise<Vault> {
  const dataDir = join(folder, 'data');
  return new Vault({
    store,
    dataDir,
    keyring: await openKeyring(),
    logger: silentLogger,
    clock,
    ...(files && { files }),
  });
}

async function commit(...submissions: SubmissionVault[]): Promise<void> {
  for (const submission of submissions) await vault.synced(submission);
  await store.tx(async (tx) => await vault.store(tx, submissions));
}

async function filesOnDisk(): Promise<string[]> {
  const entries = await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the vault', () => {
  test.each([0, 1, 5_000, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 1_000_003])(
    'gives back %d bytes with their metadata, sealed from memory or from a stream',
    async (size) => {
      const plain = randomBytes(size);
      const submission = await vault.newSubmission('musterstadt', newId());
      const sealed = submission.seal(plain, DOCUMENT);
      const pieces = [plain.subarray(0, 7), plain.subarray(7, 70_000), plain.subarray(70_000)];
      const written = await submission.write(Readable.from(pieces), DOCUMENT, { maxBytes: size });
      await commit(submission);
      const sha256 = createHash('sha256').update(plain).digest('hex');
      for (const object of [sealed, written]) {
        expect(object).toEqual({ objectId: expect.any(String), size, sha256 });
        const opened = await vault.open(object.objectId, { tenant: 'musterstadt' });
        expect(opened.meta).toEqual({ ...DOCUMENT, size, sha256 });
        expect((await buffer(opened.stream())).equals(plain)).toBe(true);
        expect((await buffer(opened.stream())).equals(plain)).toBe(true);
        const read = await vault.read(object.objectId, { tenant: 'musterstadt' }, { maxBytes: size });
        expect(read.equals(plain)).toBe(true);
      }
      expect(await filesOnDisk()).toHaveLength(size > CHUNK_BYTES ? 2 : 0);
    },
  );

  test('stores many submissions of several tenants in one call', async () => {
    const submissions = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => await vault.newSubmission(`tenant-${n % 3}`, newId())),
    );
    const objects = submissions.map((submission, n) => {
      submission.seal(Buffer.from('other'), { kind: 'other' });
      return submission.seal(Buffer.from(`envelope ${n}`), { kind: 'envelope' });
    });
    await commit(...submissions);
    for (const [n, { objectId }] of objects.entries()) {
      const plain = await vault.read(objectId, { tenant: `tenant-${n % 3}` }, { maxBytes: 100 });
      expect(plain.toString()).toBe(`envelope ${n}`);
    }
    const [row] = await store.query<{ leaves: number }>('SELECT count(DISTINCT leaf) AS leaves FROM vault.data_key');
    expect(row).toEqual({ leaves: 100 });
  });

  test('opens nothing for another tenant, nor after a row was moved to another tenant', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    const { objectId } = submission.seal(Buffer.from(MARKER), DOCUMENT);
    await commit(submission, await vault.newSubmission('nachbarstadt', newId()));
    const scope = { tenant: 'nachbarstadt' };
    await expect(vault.open(objectId, scope)).rejects.toEqual(code('HUB_VAULT_NOT_FOUND'));
    await expect(vault.add('nachbarstadt', submission.submissionId)).rejects.toEqual(code('HUB_VAULT_NOT_FOUND'));
    await expect(vault.open('no-id', scope)).rejects.toEqual(code('HUB_VAULT_NOT_FOUND'));
    await store.query(`UPDATE vault.object SET tenant = 'nachbarstadt'`);
    await expect(vault.open(objectId, scope)).rejects.toEqual(code('HUB_VAULT_NOT_FOUND'));
    await store.query(`UPDATE vault.data_key SET tenant = 'nachbarstadt'`);
    await expect(vault.open(objectId, scope)).rejects.toEqual(code('HUB_VAULT_CORRUPT'));
  });

  test('adds objects to a submission that is stored', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    submission.seal(Buffer.from('first'), DOCUMENT);
    await commit(submission);
    const again = await vault.add('musterstadt', submission.submissionId);
    const { objectId } = again.seal(Buffer.from('second'), DOCUMENT);
    await commit(again);
    const plain = await vault.read(objectId, { tenant: 'musterstadt' }, { maxBytes: 10 });
    expect(plain.toString()).toBe('second');
    await expect(vault.read(objectId, { tenant: 'musterstadt' }, { maxBytes: 5 })).rejects.toEqual(
      code('HUB_VAULT_TOO_LARGE'),
    );
  });

  test('stores nothing when the transaction rolls back, and removes the files on discard', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    const { objectId } = submission.seal(randomBytes(100_000), DOCUMENT);
    await vault.synced(submission);
    expect(await filesOnDisk()).toHaveLength(1);
    await expect(
      store.tx(async (tx) => {
        await vault.store(tx, [submission]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await submission.discard();
    expect(await filesOnDisk()).toEqual([]);
    await expect(vault.open(objectId, { tenant: 'musterstadt' })).rejects.toEqual(code('HUB_VAULT_NOT_FOUND'));
  });

  test('keeps the files when discard comes after the commit', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    const { objectId } = submission.seal(randomBytes(100_000), DOCUMENT);
    await commit(submission);
    await submission.discard();
    expect((await vault.read(objectId, { tenant: 'musterstadt' }, { maxBytes: 100_000 })).length).toBe(100_000);
  });

  test('refuses to store what is not on disk yet', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    await submission.write(Readable.from([randomBytes(100_000)]), DOCUMENT, { maxBytes: 100_000 });
    await expect(store.tx(async (tx) => await vault.store(tx, [submission]))).rejects.toThrow('synced');
    await submission.discard();
  });

  test('leaves nothing behind of a stream that is too long or breaks off', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    const long = Readable.from([randomBytes(100_000), randomBytes(100_000)]);
    await expect(submission.write(long, DOCUMENT, { maxBytes: 199_999 })).rejects.toEqual(code('HUB_VAULT_TOO_LARGE'));
    expect(long.destroyed).toBe(true);
    const cut = new PassThrough();
    cut.write(randomBytes(150_000));
    const writing = submission.write(cut, DOCUMENT, { maxBytes: 1e9 });
    cut.destroy(new Error('the client went away'));
    await expect(writing).rejects.toThrow('went away');
    expect(await filesOnDisk()).toEqual([]);
    expect(submission.prepared).toEqual([]);
  });

  test('writes no plaintext to disk, neither content nor metadata', async () => {
    const text = Buffer.from(`${MARKER} `.repeat(10_000));
    const submission = await vault.newSubmission('musterstadt', newId());
    submission.seal(text, DOCUMENT);
    submission.seal(text.subarray(0, 1_000), DOCUMENT);
    await submission.write(Readable.from([text]), DOCUMENT, { maxBytes: 1e9 });
    await commit(submission);
    const files = await filesOnDisk();
    expect(files).toHaveLength(2);
    for (const file of files) expect((await readFile(file)).includes('Mustermann')).toBe(false);
    const rows = await store.query<{ meta: Buffer; content: Buffer | null }>('SELECT meta, content FROM vault.object');
    for (const { meta, content } of rows) {
      expect(meta.includes('Mustermann')).toBe(false);
      expect(content?.includes('Mustermann') ?? false).toBe(false);
    }
  });

  test('notices a file that was changed, cut, extended or lost before it gives out a wrong byte', async () => {
    const plain = randomBytes(3 * CHUNK_BYTES);
    const submission = await vault.newSubmission('musterstadt', newId());
    const { objectId } = submission.seal(plain, DOCUMENT);
    await commit(submission);
    const [path] = (await filesOnDisk()) as [string];
    const stored = await readFile(path);
    const received = async () => {
      const parts: Buffer[] = [];
      const opened = await vault.open(objectId, { tenant: 'musterstadt' });
      try {
        for await (const part of opened.stream()) parts.push(part as Buffer);
        return { bytes: Buffer.concat(parts), error: undefined };
      } catch (error) {
        return { bytes: Buffer.concat(parts), error };
      }
    };
    for (const damaged of [
      stored.map((byte, at) => (at === 150_000 ? byte ^ 1 : byte)),
      stored.subarray(0, 48 + 2 * 65_552),
      Buffer.concat([stored, Buffer.alloc(1)]),
      Buffer.alloc(0),
    ]) {
      await writeFile(path, damaged);
      const { bytes, error } = await received();
      expect(error).toEqual(code('HUB_VAULT_CORRUPT'));
      expect(plain.subarray(0, bytes.length).equals(bytes)).toBe(true);
    }
    await rm(path);
    expect((await received()).error).toEqual(code('HUB_VAULT_CORRUPT'));
  });

  test('notices changed rows', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    const one = submission.seal(Buffer.from('content of the one'), DOCUMENT);
    const two = submission.seal(Buffer.from('content of the two'), DOCUMENT);
    await commit(submission);
    await store.query(
      `UPDATE vault.object SET content = (SELECT content FROM vault.object WHERE object_id = $1) WHERE object_id = $2`,
      [one.objectId, two.objectId],
    );
    const scope = { tenant: 'musterstadt' };
    await expect(vault.read(two.objectId, scope, { maxBytes: 100 })).rejects.toEqual(code('HUB_VAULT_CORRUPT'));
    await store.query(`UPDATE vault.object SET file = '../../../etc/passwd', content = NULL WHERE object_id = $1`, [
      two.objectId,
    ]);
    await expect(vault.read(two.objectId, scope, { maxBytes: 100 })).rejects.toEqual(code('HUB_VAULT_CORRUPT'));
  });

  test('answers a full disk with HUB_VAULT_FULL, removes the partial file and goes on when there is room', async () => {
    const full = new FullDisk(join(folder, 'data'), clock);
    vault = await openVault(full);
    const submission = await vault.newSubmission('musterstadt', newId());
    const stream = Readable.from(Array.from({ length: 40 }, () => randomBytes(CHUNK_BYTES)));
    await expect(submission.write(stream, DOCUMENT, { maxBytes: 1e9 })).rejects.toEqual(code('HUB_VAULT_FULL'));
    submission.seal(randomBytes(100_000), DOCUMENT);
    await expect(vault.synced(submission)).rejects.toEqual(code('HUB_VAULT_FULL'));
    await submission.discard();
    expect(await filesOnDisk()).toEqual([]);
    full.isFull = false;
    const next = await vault.newSubmission('musterstadt', newId());
    next.seal(randomBytes(100_000), DOCUMENT);
    await commit(next);
    expect(await filesOnDisk()).toHaveLength(1);
  });

  test('sweeps files that no object refers to once they are old, and no others', async () => {
    const kept = await vault.newSubmission('musterstadt', newId());
    const { objectId } = kept.seal(randomBytes(100_000), DOCUMENT);
    await commit(kept);
    const [keptPath] = (await filesOnDisk()) as [string];
    const lost = await vault.newSubmission('musterstadt', newId());
    lost.seal(randomBytes(100_000), DOCUMENT);
    await vault.synced(lost);
    const young = await vault.newSubmission('musterstadt', newId());
    const [lostPath] = (await filesOnDisk()).filter((path) => path !== keptPath) as [string];
    young.seal(randomBytes(100_000), DOCUMENT);
    await vault.synced(young);
    const [youngPath] = (await filesOnDisk()).filter((path) => path !== keptPath && path !== lostPath) as [string];
    for (const path of [keptPath, lostPath]) await utimes(path, 0, new Date('2026-08-20T10:00:00Z'));
    await utimes(youngPath, 0, new Date('2026-08-21T10:00:00Z'));
    expect(await vault.sweepOrphans(24 * 3_600_000)).toBe(1);
    expect(new Set(await filesOnDisk())).toEqual(new Set([keptPath, youngPath]));
    expect(await vault.read(objectId, { tenant: 'musterstadt' }, { maxBytes: 1e6 })).toHaveLength(100_000);
  });

  test('closes the file when the reader leaves half way', async () => {
    const submission = await vault.newSubmission('musterstadt', newId());
    const { objectId } = submission.seal(randomBytes(40 * CHUNK_BYTES), DOCUMENT);
    await commit(submission);
    const files = new CountingFiles(join(folder, 'data'), clock);
    const stream = (await (await openVault(files)).open(objectId, { tenant: 'musterstadt' })).stream();
    for await (const part of stream) {
      expect((part as Buffer).length).toBeGreaterThan(0);
      break;
    }
    if (!stream.closed) await new Promise((closed) => stream.once('close', closed));
    expect(files).toMatchObject({ opened: 1, ended: 1 });
    expect(files.chunks).toBeLessThan(10);
  });
});

/** Every new file is `/dev/full`: the system itself says that there is no space. */
class FullDisk extends ObjectFiles {
  isFull = true;

  override async create(objectId: string): Promise<ObjectFile> {
    const file = await super.create(objectId);
    if (!this.isFull) return file;
    await file.handle.close();
    return { ...file, handle: await open('/dev/full', 'w') };
  }
}

/** Counts reads begun, chunks given out and reads that came to an end. */
class CountingFiles extends ObjectFiles {
  opened = 0;
  chunks = 0;
  ended = 0;

  override async *read(...parameters: Parameters<ObjectFiles['read']>): ReturnType<ObjectFiles['read']> {
    this.opened++;
    try {
      for await (const chunk of super.read(...parameters)) {
        this.chunks++;
        yield chunk;
      }
    } finally {
      this.ended++;
    }
  }
}
