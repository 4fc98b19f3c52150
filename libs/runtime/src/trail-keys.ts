import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(privateKey);
    await file.sync();
    await file.close();
    return privateKey;
  } catch (error) {
    // Another process of the hub made it in between.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFile(path, 'utf8');
    throw error;
  }
}
