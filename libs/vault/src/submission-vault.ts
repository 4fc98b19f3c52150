import { createHash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { vaultErrors } from './errors.ts';
import type { DataKeyPlace } from './key-wrap.ts';
import { CHUNK_BYTES, ObjectSealer, sealedSize } from './object-format.ts';
import { type ObjectFile, type ObjectFiles, WriteAhead } from './object-files.ts';

/** What is known about an object besides its bytes; encrypted with it. */
export interface ObjectMeta {
  readonly kind: 'envelope' | 'document' | 'other';
  readonly mediaType?: string;
  readonly fileName?: string;
  readonly [name: string]: string | number | undefined;
}

/** An object that is sealed but not stored before {@link Vault.store} and the commit. */
export interface SealedObject {
  /** Random; says nothing about submission or tenant. */
  readonly objectId: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /** Of the plaintext, hexadecimal. */
  readonly sha256: string;
}

export interface WriteOptions {
  /** Bytes of plaintext; more is HUB_VAULT_TOO_LARGE. */
  readonly maxBytes: number;
}

/** A row of `vault.object` to be; exactly one of `content` and `file`. */
export interface PreparedObject {
  readonly objectId: string;
  readonly meta: Buffer;
  readonly content?: Buffer;
  readonly file?: string;
  readonly storedBytes: number;
}

/** The data key of a submission as this process holds it. */
export interface OpenDataKey {
  readonly place: DataKeyPlace;
  readonly dataKey: Buffer;
  /** For wrapping it. */
  readonly nonce: Buffer;
  readonly tenantKey: { readonly version: number; readonly key: Buffer };
  /** False where the wrapped key is in the database already. */
  readonly isNew: boolean;
}

/** Seals the objects of one submission. Nothing is stored until {@link Vault.store} and the commit of its transaction. */
export class SubmissionVault {
  /** For the vault: key and rows to be stored. */
  readonly key: OpenDataKey;
  readonly prepared: PreparedObject[] = [];
  readonly #files: ObjectFiles;
  readonly #unsynced = new Set<ObjectFile>();
  readonly #names = new Set<string>();
  readonly #writes = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;
  #committed = false;

  constructor(key: OpenDataKey, files: ObjectFiles) {
    this.key = key;
    this.#files = files;
  }

  get submissionId(): string {
    return this.key.place.submissionId;
  }

  get tenant(): string {
    return this.key.place.tenant;
  }

  /**
   * Seals bytes held in memory. More than 64 KiB go to a file: written from now on, so do not change `bytes`;
   * a failure of that is thrown by {@link Vault.synced}.
   */
  seal(bytes: Buffer, meta: ObjectMeta): SealedObject {
    const objectId = randomUUID();
    const object = { objectId, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    const sealer = this.#sealer(objectId);
    if (bytes.length <= CHUNK_BYTES) {
      this.#prepareInline(sealer, bytes, object, meta);
      return object;
    }
    const written = this.#toFile(
      object,
      sealer,
      async (ahead) => {
        let at = 0;
        for (; bytes.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
          await ahead.add(sealer.chunk([bytes.subarray(at, at + CHUNK_BYTES)], false));
        }
        await ahead.add(sealer.chunk([bytes.subarray(at)], true));
        return object;
      },
      meta,
    ).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#writes.add(written);
    return object;
  }

  /**
   * Seals a stream to its end, at the pace of the disk and in bounded memory; up to 64 KiB stay in memory and go to
   * the database. On any error the stream is destroyed and nothing of it is left on disk.
   * @throws HUB_VAULT_TOO_LARGE, HUB_VAULT_FULL, HUB_VAULT_UNAVAILABLE, and what the stream fails with
   */
  async write(stream: Readable, meta: ObjectMeta, options: WriteOptions): Promise<SealedObject> {
    const objectId = randomUUID();
    const sealer = this.#sealer(objectId);
    const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string, void>;
    const chunks = new Chunks(options.maxBytes);
    try {
      while (!chunks.isFull && !chunks.isComplete) await chunks.pull(pieces);
      if (!chunks.isFull) {
        const object = { objectId, ...chunks.total() };
        this.#prepareInline(sealer, Buffer.concat(chunks.rest()), object, meta);
        return object;
      }
      return await this.#toFile(
        { objectId },
        sealer,
        async (ahead) => {
          while (!chunks.isComplete) {
            while (chunks.isFull) await ahead.add(sealer.chunk(chunks.next(), false));
            await chunks.pull(pieces);
          }
          while (chunks.isFull) await ahead.add(sealer.chunk(chunks.next(), false));
          await ahead.add(sealer.chunk(chunks.rest(), true));
          return { objectId, ...chunks.total() };
        },
        meta,
      );
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** Removes the files written for this submission at once; does nothing after the commit. */
  async discard(): Promise<void> {
    await Promise.all(this.#writes);
    if (this.#committed) return;
    for (const file of this.#unsynced) await this.#files.discard(file);
    this.#unsynced.clear();
    for (const name of this.#names) await this.#files.remove(name);
    this.#names.clear();
    this.prepared.length = 0;
  }

  /** See {@link Vault.synced}. */
  async synced(): Promise<void> {
    await Promise.all(this.#writes);
    if (this.#failure) throw this.#failure.error;
    await Promise.all(
      [...this.#unsynced].map(async (file) => {
        await this.#files.sync(file);
        this.#unsynced.delete(file);
      }),
    );
  }

  /** False while a file may still be lost with the machine. */
  get isSynced(): boolean {
    return this.#unsynced.size === 0 && this.#failure === undefined;
  }

  /** For the vault, after the commit: the files belong to rows now. */
  committed(): void {
    this.#committed = true;
  }

  #sealer(objectId: string): ObjectSealer {
    return new ObjectSealer({ dataKey: this.key.dataKey, keyId: this.submissionId, objectId });
  }

  #prepareInline(sealer: ObjectSealer, plain: Buffer, object: SealedObject, meta: ObjectMeta): void {
    const content = sealer.single(plain);
    this.prepared.push({
      objectId: object.objectId,
      meta: sealedMeta(sealer, object, meta),
      content,
      storedBytes: content.length,
    });
  }

  async #toFile(
    { objectId }: { readonly objectId: string },
    sealer: ObjectSealer,
    fill: (ahead: WriteAhead) => Promise<SealedObject>,
    meta: ObjectMeta,
  ): Promise<SealedObject> {
    const file = await this.#files.create(objectId);
    this.#unsynced.add(file);
    this.#names.add(file.name);
    const ahead = new WriteAhead(this.#files, file);
    try {
      await ahead.add([sealer.header]);
      const object = await fill(ahead);
      await ahead.end();
      const storedBytes = sealedSize(object.size);
      this.prepared.push({ objectId, meta: sealedMeta(sealer, object, meta), file: file.name, storedBytes });
      return object;
    } catch (error) {
      await ahead.abandon();
      await this.#files.discard(file);
      this.#unsynced.delete(file);
      this.#names.delete(file.name);
      throw error;
    }
  }
}

/** Takes a stream apart into chunks without copying; the last chunk is known only at the end. */
class Chunks {
  readonly #maxBytes: number;
  readonly #hash = createHash('sha256');
  #size = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  isComplete = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** More than a chunk waits, so the next one is not the last. */
  get isFull(): boolean {
    return this.#waitingBytes > CHUNK_BYTES;
  }

  async pull(pieces: AsyncIterator<Buffer | string, void>): Promise<void> {
    const { value, done } = await pieces.next();
    if (done) {
      this.isComplete = true;
      return;
    }
    const piece = typeof value === 'string' ? Buffer.from(value) : value;
    this.#size += piece.length;
    if (this.#size > this.#maxBytes) throw vaultErrors.HUB_VAULT_TOO_LARGE();
    this.#hash.update(piece);
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
  }

  next(): Buffer[] {
    const chunk: Buffer[] = [];
    let missing = CHUNK_BYTES;
    while (missing > 0) {
      const piece = this.#waiting[0]!;
      if (piece.length <= missing) {
        chunk.push(piece);
        this.#waiting.shift();
        missing -= piece.length;
      } else {
        chunk.push(piece.subarray(0, missing));
        this.#waiting[0] = piece.subarray(missing);
        missing = 0;
      }
    }
    this.#waitingBytes -= CHUNK_BYTES;
    return chunk;
  }

  rest(): Buffer[] {
    return this.#waiting;
  }

  /** Size and hash of all that was pulled; to be called once. */
  total(): { size: number; sha256: string } {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}

function sealedMeta(sealer: ObjectSealer, { size, sha256 }: SealedObject, meta: ObjectMeta): Buffer {
  return sealer.meta(Buffer.from(JSON.stringify({ ...meta, size, sha256 })));
}
