import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type TrailSigner,
  type TrailVerifier,
  createTrailKey,
  ed25519Signer,
  ed25519Verifier,
} from '@ozg-hub/delivery';

/** Signs checkpoints of the trail and checks them again. */
export interface TrailKeys {
  readonly signer: TrailSigner;
  readonly verifier: TrailVerifier;
}

/** The Ed25519 key of the trail in the keys folder; made on first use, mode 0600. */
export async function trailKeys(keysDir: string): Promise<TrailKeys> {
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  const privateKey = await readOrCreate(join(keysDir, 'trail-signing.pem'));
  return { signer: ed25519Signer(privateKey), verifier: ed25519Verifier([privateKey]) };
}

async function readOrCreate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { privateKey } = createTrailKey();
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, privateKey, { mode: 0o600, flush: true });
    // The name appears with the whole key behind it, and for one of several processes only.
    await link(temporary, path);
    await syncFolder(dirname(path));
    return privateKey;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return await readFile(path, 'utf8');
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
