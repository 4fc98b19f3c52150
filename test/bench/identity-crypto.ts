import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A login without all that is around its cryptography. */
export interface BareLogin {
  /** PSS signatures in an answer: of response and assertion (BundID), or of the response (MUK). */
  readonly signatures: number;
  run(): void;
}

const ASSERTION_BYTES = 6_000;
const TOKEN_BYTES = 1_500;
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

/**
 * What a login cannot do without, by node:crypto alone, with keys as long as the hub's: sign the request (PSS), verify each
 * signature of the answer (PSS), unwrap its key (OAEP-256), decrypt (AES-256-GCM), encrypt the identity for the proof
 * (AES-256-GCM), sign id_token and proof (ES256).
 */
export async function bareLogin(keys: string, provider: 'bundid' | 'muk'): Promise<BareLogin> {
  const ours = createPrivateKey(await readFile(join(keys, `${provider}.key`), 'utf8'));
  const certificate = await readFile(join(keys, `${provider}.pem`), 'utf8');
  // As the fakes have them.
  const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const tokens = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const [request, answer, token] = [randomBytes(3_000), randomBytes(ASSERTION_BYTES), randomBytes(TOKEN_BYTES)];
  const [contentKey, nonce] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce);
  const sealed = Buffer.concat([cipher.update(answer), cipher.final()]);
  const tag = cipher.getAuthTag();
  const wrapped = publicEncrypt({ key: certificate, ...OAEP }, contentKey);
  const signature = sign('sha256', answer, { key: theirs.privateKey, ...PSS });
  const signatures = provider === 'bundid' ? 2 : 1;
  const login = () => {
    sign('sha256', request, { key: ours, ...PSS });
    for (let count = 0; count < signatures; count += 1) {
      if (!verify('sha256', answer, { key: theirs.publicKey, ...PSS }, signature)) throw new Error('not verified');
    }
    const key = privateDecrypt({ key: ours, ...OAEP }, wrapped);
    const opened = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(tag);
    Buffer.concat([opened.update(sealed), opened.final()]);
    const inside = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
    Buffer.concat([inside.update(token), inside.final()]);
    for (let count = 0; count < 2; count += 1) sign('sha256', token, { key: tokens, dsaEncoding: 'ieee-p1363' });
  };
  return { signatures, run: login };
}

/** Milliseconds of CPU of one run. */
export function cpuOf(run: () => void, times: number): number {
  const before = process.cpuUsage();
  for (let count = 0; count < times; count += 1) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}
