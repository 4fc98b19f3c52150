import { randomBytes } from 'node:crypto';
import { newId } from '@ozg-hub/core';
import { vaultErrors } from './errors.ts';
import { KeyTree } from './key-tree.ts';

/**
 * `current` wraps what is new; `retiring` waits until a rotation has wrapped everything under the current one;
 * `retired` opens backups from before the rotation, until it is dropped.
 */
export type MasterKeyState = 'current' | 'retiring' | 'retired';

/** A master key: the secret that wraps tenant keys, and the tree with one leaf for each submission. */
export interface MasterKey {
  readonly id: string;
  readonly state: MasterKeyState;
  readonly createdAt: Date;
  readonly retiredAt?: Date | undefined;
  readonly secret: Buffer;
  readonly tree: KeyTree;
}

/** What a keyring file holds. */
export interface KeyringContent {
  /** Counts the changes; a smaller one than the database remembers means that an old copy was put back. */
  readonly generation: number;
  /** No leaf from here on was ever forgotten. */
  readonly leafFloor: number;
  /** Exactly one is `current`. */
  readonly masters: readonly MasterKey[];
}

const FORMAT = 'ozg-hub keyring 1';

export function newMasterKey(now: Date): MasterKey {
  return {
    id: newId(now),
    state: 'current',
    createdAt: now,
    secret: randomBytes(32),
    tree: KeyTree.fromRoot(randomBytes(32)),
  };
}

export function newKeyring(now: Date): KeyringContent {
  return { generation: 1, leafFloor: 0, masters: [newMasterKey(now)] };
}

export function writeKeyring(content: KeyringContent): string {
  return JSON.stringify(
    {
      format: FORMAT,
      generation: content.generation,
      leafFloor: content.leafFloor,
      masters: content.masters.map((master) => ({
        id: master.id,
        state: master.state,
        createdAt: master.createdAt.toISOString(),
        retiredAt: master.retiredAt?.toISOString(),
        secret: master.secret.toString('base64'),
        tree: master.tree.toBuffer().toString('base64'),
      })),
    },
    undefined,
    1,
  );
}

/** @throws HUB_VAULT_KEYRING_UNREADABLE naming what is wrong, never a key */
export function readKeyring(text: string): KeyringContent {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw unreadable('is not JSON');
  }
  if (json?.['format'] !== FORMAT) throw unreadable(`has another format than "${FORMAT}"`);
  const { generation, leafFloor, masters } = json;
  if (!Number.isInteger(generation) || !Number.isInteger(leafFloor) || !Array.isArray(masters)) {
    throw unreadable('lacks generation, leafFloor or masters');
  }
  const read = masters.map((master, n) => readMaster(master as Record<string, unknown>, n));
  if (read.filter((master) => master.state === 'current').length !== 1) {
    throw unreadable('has not exactly one master key in the state "current"');
  }
  if (new Set(read.map((master) => master.id)).size !== read.length) throw unreadable('names a master key twice');
  return { generation: generation as number, leafFloor: leafFloor as number, masters: read };
}

function readMaster(json: Record<string, unknown>, position: number): MasterKey {
  const { id, state, createdAt, retiredAt, secret, tree } = json ?? {};
  const key = typeof secret === 'string' ? Buffer.from(secret, 'base64') : Buffer.alloc(0);
  if (
    typeof id !== 'string' ||
    id.length === 0 ||
    typeof createdAt !== 'string' ||
    !(state === 'current' || state === 'retiring' || state === 'retired') ||
    typeof tree !== 'string' ||
    key.length !== 32
  ) {
    throw unreadable(`has a damaged master key at position ${position + 1}`);
  }
  try {
    return {
      id,
      state,
      createdAt: new Date(createdAt),
      retiredAt: typeof retiredAt === 'string' ? new Date(retiredAt) : undefined,
      secret: key,
      tree: KeyTree.fromBuffer(Buffer.from(tree, 'base64')),
    };
  } catch (cause) {
    throw unreadable(`has a damaged key tree in the master key at position ${position + 1}`, cause);
  }
}

function unreadable(what: string, cause?: unknown) {
  return vaultErrors.HUB_VAULT_KEYRING_UNREADABLE({ detail: `The keyring ${what}.`, cause });
}
