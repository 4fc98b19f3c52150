import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { newId } from '@ozg-hub/core';
import { KeyTree } from './key-tree.ts';
import { unwrapDataKey, unwrapTenantKey, wrapDataKey, wrapTenantKey } from './key-wrap.ts';
import { newMasterKey } from './keyring-format.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const master = newMasterKey(new Date(0));
const tenantKey = randomBytes(32);
const dataKey = randomBytes(32);
const place = { submissionId: newId(), tenant: 'musterstadt', leaf: 41 };

describe('a wrapped data key', () => {
  const wrapped = wrapDataKey(dataKey, place, tenantKey, master);

  test('opens with tenant key, leaf and place together', () => {
    expect(unwrapDataKey(wrapped, place, tenantKey, master)).toEqual(dataKey);
  });

  test('needs the key of its leaf: whoever has all but the tree has nothing', () => {
    const otherTree = { ...master, tree: KeyTree.fromRoot(randomBytes(32)) };
    expect(() => unwrapDataKey(wrapped, place, tenantKey, otherTree)).toThrow(code('HUB_VAULT_CORRUPT'));
    const forgotten = { ...master, tree: master.tree.without([41]) };
    expect(() => unwrapDataKey(wrapped, place, tenantKey, forgotten)).toThrow(code('HUB_VAULT_ERASED'));
    expect(() => unwrapDataKey(wrapped, { ...place, leaf: 42 }, tenantKey, forgotten)).toThrow(
      code('HUB_VAULT_CORRUPT'),
    );
  });

  test('needs the key of its tenant, and stays with tenant and submission', () => {
    expect(() => unwrapDataKey(wrapped, place, randomBytes(32), master)).toThrow(code('HUB_VAULT_CORRUPT'));
    for (const other of [{ tenant: 'nachbarstadt' }, { submissionId: newId() }]) {
      expect(() => unwrapDataKey(wrapped, { ...place, ...other }, tenantKey, master)).toThrow(
        code('HUB_VAULT_CORRUPT'),
      );
    }
  });
});

describe('a wrapped tenant key', () => {
  const wrapped = wrapTenantKey(tenantKey, 'musterstadt', 1, master);

  test('stays with master key, tenant and version', () => {
    expect(unwrapTenantKey(wrapped, 'musterstadt', 1, master)).toEqual(tenantKey);
    for (const open of [
      () => unwrapTenantKey(wrapped, 'musterstadt', 2, master),
      () => unwrapTenantKey(wrapped, 'nachbarstadt', 1, master),
      () => unwrapTenantKey(wrapped, 'musterstadt', 1, newMasterKey(new Date(0))),
      () => unwrapTenantKey(Buffer.alloc(3), 'musterstadt', 1, master),
    ]) {
      expect(open).toThrow(code('HUB_VAULT_CORRUPT'));
    }
  });
});
