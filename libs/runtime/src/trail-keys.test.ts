import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { trailKeys } from './trail-keys.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'trail-keys-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the key of the trail', () => {
  test('is made once and whole, however many ask for it at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 16 }, () => trailKeys(folder)));
    expect(new Set(made.map(({ signer }) => signer.keyId)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['trail-signing.pem']);
    expect((await stat(join(folder, 'trail-signing.pem'))).mode & 0o077).toBe(0);
  });

  test('is the same after a restart', async () => {
    const { signer } = await trailKeys(folder);
    const { verifier } = await trailKeys(folder);
    expect(verifier.verify(signer.keyId, 'text', signer.sign('text'))).toBe(true);
  });
});
