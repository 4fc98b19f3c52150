import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Signs checkpoints of the trail and checks them again. */
export interface TrailSigner {
  readonly keyId: string;
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

/** The Ed25519 key of the trail in the keys folder; made on first use, mode 0600. */
export async function trailSigner(keysDir: string): Promise<TrailSigner> {
  const path = join(keysDir, 'trail-signing.pem');
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  const privateKey = createPrivateKey(await readOrCreate(path));
  const publicKey: KeyObject = createPublicKey(privateKey);
  return {
    keyId: publicKey.export({ format: 'jwk' }).x!.slice(0, 16),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    verify: (text, signature) => verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64')),
  };
}

async function readOrCreate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(pem);
    await file.sync();
    await file.close();
    return pem;
  } catch (error) {
    // Another process of the hub made it in between.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFile(path, 'utf8');
    throw error;
  }
}
