import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { vaultErrors } from './errors.ts';
import { HubSecrets } from './hub-secrets.ts';
import type { TenantKeys } from './tenant-keys.ts';

/** Keys of the hub itself, by version; the rotation of the real ones is tested with them. */
function secretsWith(keys: Map<number, Buffer>): HubSecrets {
  const version = async (_: string, wanted: number) => {
    const key = keys.get(wanted);
    if (!key) throw vaultErrors.HUB_VAULT_CORRUPT();
    return { version: wanted, key };
  };
  const newest = (owner: string) => version(owner, Math.max(...keys.keys()));
  return new HubSecrets({ newest, version } as unknown as TenantKeys);
}

const corrupt = { code: 'HUB_VAULT_CORRUPT' };

describe('a secret of the hub', () => {
  const keys = new Map([[1, randomBytes(32)]]);
  const secret = Buffer.from('a private key');

  test('is opened by every process with the same keys, also after a younger key came', async () => {
    const sealed = await secretsWith(keys).seal('signing key 1', secret);
    expect(sealed.includes(secret)).toBe(false);
    const later = secretsWith(new Map([...keys, [2, randomBytes(32)]]));
    expect(await later.open('signing key 1', sealed)).toEqual(secret);
    expect((await later.seal('signing key 1', secret)).readUInt32BE(0)).toBe(2);
  });

  test('is opened for its purpose only, and not with a bit changed or bytes missing', async () => {
    const secrets = secretsWith(keys);
    const sealed = await secrets.seal('signing key 1', secret);
    await expect(secrets.open('signing key 2', sealed)).rejects.toMatchObject(corrupt);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      await expect(secrets.open('signing key 1', changed)).rejects.toMatchObject(corrupt);
      await expect(secrets.open('signing key 1', sealed.subarray(0, at))).rejects.toMatchObject(corrupt);
    }
  });

  test('has a key of its own for each purpose and version', async () => {
    const secrets = secretsWith(new Map([...keys, [2, randomBytes(32)]]));
    const made = await Promise.all([secrets.key('a'), secrets.key('b'), secrets.key('a', 1)]);
    expect(new Set(made.map(({ key }) => key.toString('hex'))).size).toBe(3);
    expect(made.map(({ version }) => version)).toEqual([2, 2, 1]);
    expect(await secrets.key('a')).toEqual(made[0]);
  });
});
