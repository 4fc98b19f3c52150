import { createHmac } from 'node:crypto';

/** Levels below the root: 2^32 leaves. */
export const TREE_DEPTH = 32;
export const LEAF_COUNT = 2 ** TREE_DEPTH;
const KEY_BYTES = 32;
const NODE_BYTES = 1 + 4 + KEY_BYTES;
const LEFT = Buffer.from('ozg-hub key tree 0');
const RIGHT = Buffer.from('ozg-hub key tree 1');

/** A key from which all leaves below it follow; `index` counts the nodes of its level from the left. */
interface TreeNode {
  readonly level: number;
  readonly index: number;
  readonly key: Buffer;
}

/**
 * A binary tree of keys (Goldreich, Goldwasser, Micali) that can forget single leaves: child = HMAC-SHA256(parent, side).
 * It holds the keys of those nodes only from which no forgotten leaf follows, so whoever has the tree can derive every
 * other leaf key, and nobody the forgotten ones. A subtree that is forgotten completely costs nothing.
 * Values are immutable; {@link without} gives a new tree.
 */
export class KeyTree {
  /** Sorted by the leaves they cover; no two overlap. */
  readonly #nodes: readonly TreeNode[];
  /** Keys on the way to the leaf derived last, by level: the next leaf costs two steps on average. */
  readonly #path: (Buffer | undefined)[] = Array.from({ length: TREE_DEPTH + 1 });
  #pathLeaf = 0;

  private constructor(nodes: readonly TreeNode[]) {
    this.#nodes = nodes;
  }

  /** @param root 32 random bytes */
  static fromRoot(root: Buffer): KeyTree {
    return new KeyTree([{ level: 0, index: 0, key: root }]);
  }

  /** Reads what {@link toBuffer} wrote. @throws RangeError where the bytes are no tree */
  static fromBuffer(bytes: Buffer): KeyTree {
    if (bytes.length % NODE_BYTES !== 0) throw new RangeError('The length is not that of a key tree.');
    const nodes: TreeNode[] = [];
    let end = 0;
    for (let at = 0; at < bytes.length; at += NODE_BYTES) {
      const node = {
        level: bytes.readUInt8(at),
        index: bytes.readUInt32BE(at + 1),
        key: Buffer.from(bytes.subarray(at + 5, at + NODE_BYTES)),
      };
      if (node.level > TREE_DEPTH || node.index >= 2 ** node.level || firstLeaf(node) < end) {
        throw new RangeError('The nodes of the key tree are out of order.');
      }
      end = firstLeaf(node) + width(node);
      nodes.push(node);
    }
    return new KeyTree(nodes);
  }

  /** One node after the other, 37 bytes each: level, index, key. */
  toBuffer(): Buffer {
    const bytes = Buffer.alloc(this.#nodes.length * NODE_BYTES);
    this.#nodes.forEach((node, n) => {
      bytes.writeUInt8(node.level, n * NODE_BYTES);
      bytes.writeUInt32BE(node.index, n * NODE_BYTES + 1);
      node.key.copy(bytes, n * NODE_BYTES + 5);
    });
    return bytes;
  }

  /** Nodes held; grows with scattered forgotten leaves, by 32 each at most. */
  get size(): number {
    return this.#nodes.length;
  }

  /** True where the key of this leaf can still be derived. */
  has(leaf: number): boolean {
    return this.#covering(leaf) !== undefined;
  }

  /** The 32-byte key of a leaf, or undefined where it was forgotten. Cheap for leaves near the one asked for last. */
  leafKey(leaf: number): Buffer | undefined {
    const node = this.#covering(leaf);
    if (!node) return undefined;
    let level = node.level;
    const shared = Math.clz32(this.#pathLeaf ^ leaf);
    if (shared > level && this.#path[shared]) level = shared;
    else this.#path[level] = node.key;
    let key = this.#path[level]!;
    for (; level < TREE_DEPTH; level++) {
      key = child(key, (leaf >>> (TREE_DEPTH - 1 - level)) & 1);
      this.#path[level + 1] = key;
    }
    this.#pathLeaf = leaf;
    return key;
  }

  /** The tree that no longer knows these leaves; leaves forgotten before are ignored. */
  without(leaves: readonly number[]): KeyTree {
    const sorted = [...new Set(leaves)].toSorted((a, b) => a - b);
    if (sorted.some((leaf) => !Number.isInteger(leaf) || leaf < 0 || leaf >= LEAF_COUNT)) {
      throw new RangeError('A leaf number is not a 32-bit number.');
    }
    const kept: TreeNode[] = [];
    let next = 0;
    for (const node of this.#nodes) {
      while (next < sorted.length && sorted[next]! < firstLeaf(node)) next++;
      const from = next;
      while (next < sorted.length && sorted[next]! < firstLeaf(node) + width(node)) next++;
      keepAround(node, sorted, from, next, kept);
    }
    return new KeyTree(kept);
  }

  #covering(leaf: number): TreeNode | undefined {
    let low = 0;
    let high = this.#nodes.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const node = this.#nodes[middle]!;
      if (leaf < firstLeaf(node)) high = middle - 1;
      else if (leaf >= firstLeaf(node) + width(node)) low = middle + 1;
      else return node;
    }
    return undefined;
  }
}

/** Adds to `kept` what remains of `node` when the leaves `sorted[from..to)`, all below it, are taken out. */
function keepAround(node: TreeNode, sorted: readonly number[], from: number, to: number, kept: TreeNode[]): void {
  if (from === to) {
    kept.push(node);
    return;
  }
  if (to - from === width(node)) return;
  const middle = firstLeaf(node) + width(node) / 2;
  let split = from;
  while (split < to && sorted[split]! < middle) split++;
  for (const side of [0, 1] as const) {
    const half = { level: node.level + 1, index: node.index * 2 + side, key: child(node.key, side) };
    if (side === 0) keepAround(half, sorted, from, split, kept);
    else keepAround(half, sorted, split, to, kept);
  }
}

function child(key: Buffer, side: number): Buffer {
  return createHmac('sha256', key)
    .update(side === 0 ? LEFT : RIGHT)
    .digest();
}

function width(node: { readonly level: number }): number {
  return 2 ** (TREE_DEPTH - node.level);
}

function firstLeaf(node: { readonly level: number; readonly index: number }): number {
  return node.index * width(node);
}
