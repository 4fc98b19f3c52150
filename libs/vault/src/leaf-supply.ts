import type { Keyring } from './keyring.ts';
import type { VaultRepository } from './vault.repository.ts';

/** Leaves that one number of the sequence `vault.leaf_block` stands for. */
export const LEAVES_PER_BLOCK = 32;
const REFILL_BELOW = 12;

/**
 * Numbers of leaves for new submissions, each given out once; taken from the database in blocks, ahead of need.
 * A number below one that the keyring forgot is never given out: after a restored backup the sequence may lag behind.
 */
export class LeafSupply {
  readonly #repository: VaultRepository;
  readonly #keyring: Keyring;
  #leaves: number[] = [];
  #refill: Promise<void> | undefined;

  constructor(repository: VaultRepository, keyring: Keyring) {
    this.#repository = repository;
    this.#keyring = keyring;
  }

  /** A number that is at hand, or undefined. */
  take(): number | undefined {
    const floor = this.#keyring.leafFloor;
    let leaf = this.#leaves.pop();
    while (leaf !== undefined && leaf < floor) leaf = this.#leaves.pop();
    // What a refill ahead of need fails with, the next one without a number at hand throws.
    if (leaf !== undefined && this.#leaves.length < REFILL_BELOW) void this.#more().catch(() => undefined);
    return leaf;
  }

  async next(): Promise<number> {
    for (;;) {
      const leaf = this.take();
      if (leaf !== undefined) return leaf;
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    this.#refill ??= this.#fetch().finally(() => {
      this.#refill = undefined;
    });
    await this.#refill;
  }

  async #fetch(): Promise<void> {
    const floorBlock = Math.floor(this.#keyring.leafFloor / LEAVES_PER_BLOCK);
    let block = await this.#repository.nextLeafBlock(1);
    while (block < floorBlock) block = await this.#repository.nextLeafBlock(Math.min(floorBlock - block, 100_000));
    const first = block * LEAVES_PER_BLOCK;
    // Given out from the end of the list: the new block in ascending order after what is left.
    const fresh = Array.from({ length: LEAVES_PER_BLOCK }, (_, n) => first + LEAVES_PER_BLOCK - 1 - n);
    this.#leaves = [...fresh, ...this.#leaves];
  }
}
