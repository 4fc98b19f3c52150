import { type CipherGCM, createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { vaultErrors } from './errors.ts';

/*
 * Object format v1
 *
 *   header   'OZGV' · version 1 · log2 of the chunk size · 7 bytes nonce prefix · 3 bytes zero · key id · object id
 *   chunks   64 KiB of plaintext each, the last one 0 to 64 KiB: ciphertext · 16 bytes tag
 *
 * HMAC-SHA512(data key, label · object id) gives the key of the object (32 bytes) and its nonce prefix: ids are random and
 * used once, so no key ever meets a nonce twice. AES-256-GCM; nonce = prefix · chunk number (4 bytes) · last (0 or 1);
 * the header is additional data of each chunk. The metadata is one more chunk with number 2^32 - 1 and last = 2.
 */

/** Bytes of plaintext in a chunk. */
export const CHUNK_BYTES = 65_536;
export const HEADER_BYTES = 48;
export const TAG_BYTES = 16;
/** Bytes of a full chunk as stored. */
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

const CIPHER = 'aes-256-gcm';
const OPTIONS = { authTagLength: TAG_BYTES } as const;
const MAGIC = Buffer.from('OZGV\u0001\u0010', 'latin1');
const KEY_BYTES = 32;
const PREFIX_AT = 6;
const PREFIX_BYTES = 7;
const KEY_ID_AT = 16;
const OBJECT_ID_AT = 32;
const META_NUMBER = 0xffff_ffff;
const META_FLAG = 2;
const OBJECT_LABEL = Buffer.from('ozg-hub vault object v1');

/** What an object is sealed with: both ids are UUIDs and part of what is authenticated. */
export interface ObjectKey {
  readonly dataKey: Buffer;
  /** Names the data key: the submission's id. */
  readonly keyId: string;
  readonly objectId: string;
}

/** Bytes of an object as stored, by its size in plaintext. */
export function sealedSize(plainBytes: number): number {
  return HEADER_BYTES + plainBytes + TAG_BYTES * Math.max(1, Math.ceil(plainBytes / CHUNK_BYTES));
}

/** Seals one object, chunk by chunk from the first to the last, and its metadata. */
export class ObjectSealer {
  readonly header: Buffer;
  readonly #key: Buffer;
  readonly #nonce = Buffer.alloc(12);
  #number = 0;

  constructor(key: ObjectKey) {
    const derived = derive(key);
    this.#key = derived.key;
    this.header = header(key, derived.prefix);
    derived.prefix.copy(this.#nonce);
  }

  /** @param pieces together 64 KiB, or up to 64 KiB for the last chunk. Gives ciphertext and tag. */
  chunk(pieces: readonly Buffer[], last: boolean): Buffer[] {
    if (this.#number >= META_NUMBER) throw vaultErrors.HUB_VAULT_TOO_LARGE();
    this.#nonce.writeUInt32BE(this.#number++, PREFIX_BYTES);
    this.#nonce[11] = last ? 1 : 0;
    return sealed(createCipheriv(CIPHER, this.#key, this.#nonce, OPTIONS).setAAD(this.header), pieces);
  }

  /** A whole object of one chunk. */
  single(plain: Buffer): Buffer {
    return Buffer.concat([this.header, ...this.chunk([plain], true)]);
  }

  meta(plain: Buffer): Buffer {
    const cipher = createCipheriv(CIPHER, this.#key, metaNonce(this.#nonce), OPTIONS);
    return Buffer.concat(sealed(cipher.setAAD(this.header), [plain]));
  }
}

/** Opens what {@link ObjectSealer} made. Every difference is HUB_VAULT_CORRUPT; nothing unauthenticated is given out. */
export class ObjectOpener {
  readonly #key: Buffer;
  readonly #header: Buffer;
  readonly #nonce = Buffer.alloc(12);
  #number: number | undefined;

  constructor(key: ObjectKey) {
    const derived = derive(key);
    this.#key = derived.key;
    this.#header = header(key, derived.prefix);
    derived.prefix.copy(this.#nonce);
  }

  /** Takes the first 48 bytes; to be called before {@link chunk}. */
  start(bytes: Buffer): void {
    if (!this.#header.equals(bytes.subarray(0, HEADER_BYTES))) throw vaultErrors.HUB_VAULT_CORRUPT();
    this.#number = 0;
  }

  /** @param stored ciphertext and tag of the next chunk */
  chunk(stored: Buffer, last: boolean): Buffer {
    if (this.#number === undefined) throw new Error('The header of the object was not read.');
    this.#nonce.writeUInt32BE(this.#number++, PREFIX_BYTES);
    this.#nonce[11] = last ? 1 : 0;
    return this.#opened(stored, this.#nonce);
  }

  /** A whole object of one chunk. */
  single(stored: Buffer): Buffer {
    this.start(stored);
    return this.chunk(stored.subarray(HEADER_BYTES), true);
  }

  meta(stored: Buffer): Buffer {
    return this.#opened(stored, metaNonce(this.#nonce));
  }

  #opened(stored: Buffer, nonce: Buffer): Buffer {
    const end = stored.length - TAG_BYTES;
    if (end < 0) throw vaultErrors.HUB_VAULT_CORRUPT();
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, OPTIONS).setAAD(this.#header);
      decipher.setAuthTag(stored.subarray(end));
      const plain = decipher.update(stored.subarray(0, end));
      decipher.final();
      return plain;
    } catch (cause) {
      throw vaultErrors.HUB_VAULT_CORRUPT({ cause });
    }
  }
}

/** The 16 bytes of a UUID. */
export function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function sealed(cipher: CipherGCM, pieces: readonly Buffer[]): Buffer[] {
  const stored = pieces.map((piece) => cipher.update(piece));
  cipher.final();
  stored.push(cipher.getAuthTag());
  return stored;
}

function derive({ dataKey, objectId }: ObjectKey): { key: Buffer; prefix: Buffer } {
  const derived = createHmac('sha512', dataKey).update(OBJECT_LABEL).update(uuidBytes(objectId)).digest();
  return { key: derived.subarray(0, KEY_BYTES), prefix: derived.subarray(KEY_BYTES, KEY_BYTES + PREFIX_BYTES) };
}

function header({ keyId, objectId }: ObjectKey, prefix: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  prefix.copy(bytes, PREFIX_AT);
  uuidBytes(keyId).copy(bytes, KEY_ID_AT);
  uuidBytes(objectId).copy(bytes, OBJECT_ID_AT);
  return bytes;
}

function metaNonce(chunkNonce: Buffer): Buffer {
  const nonce = Buffer.from(chunkNonce);
  nonce.writeUInt32BE(META_NUMBER, PREFIX_BYTES);
  nonce[11] = META_FLAG;
  return nonce;
}
