import { Readable } from 'node:stream';
import type { Anlage } from '@ozg-hub/civento';
import { type ErrorPlace, isHubError } from '@ozg-hub/core';
import type { SubmissionDocument } from '@ozg-hub/submission';
import type { SealedObject, SubmissionVault } from '@ozg-hub/vault';
import { FormatWatcher, allowedTypes, mediaTypeOf, sampleOf } from './document-type.ts';
import { intakeErrors } from './errors.ts';
import type { Holding } from './memory-budget.ts';
import type { Part } from './multipart.ts';

/** What a file costs in memory until its application is stored: a small one waits there, a large one has buffers. */
const HELD_BYTES = 65_536;
/** Part names as Anlagen may have them; only such are repeated in an answer. */
const TECHNICAL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export interface DocumentReceiverOptions {
  readonly vault: SubmissionVault;
  /** What the application announces; part names are unique. */
  readonly anlagen: readonly Anlage[];
  /** Of one file. */
  readonly maxBytes: number;
  /** Most files that come as parts. */
  readonly mostParts: number;
  readonly memory: Holding;
}

/** Takes the announced files of one application into the vault, each checked while it streams. */
export class DocumentReceiver {
  readonly #received = new Map<string, SubmissionDocument>();
  #parts = 0;

  constructor(private readonly options: DocumentReceiverOptions) {}

  /** Files that came inside the XML. */
  async receiveInline(): Promise<void> {
    for (const anlage of this.options.anlagen) {
      if (anlage.inline) await this.#take(anlage, Readable.from([anlage.inline], { objectMode: false }));
    }
  }

  /**
   * @throws HUB_INTAKE_TOO_MANY_PARTS, HUB_INTAKE_FILE_NOT_ANNOUNCED, HUB_INTAKE_PROOF_PLACE, HUB_INTAKE_PART_TWICE, HUB_INTAKE_FILE_EMPTY, HUB_INTAKE_FILE_TYPE,
   *   HUB_INTAKE_TOO_LARGE, HUB_INTAKE_HASH_MISMATCH, HUB_INTAKE_BUSY, HUB_VAULT_FULL, HUB_VAULT_UNAVAILABLE
   */
  async receive({ name, content }: Part): Promise<void> {
    this.#parts += 1;
    if (this.#parts > this.options.mostParts) throw intakeErrors.HUB_INTAKE_TOO_MANY_PARTS();
    const field = TECHNICAL_NAME.test(name) ? name : `file ${this.#parts}`;
    if (name === 'application' || this.#received.has(name))
      throw intakeErrors.HUB_INTAKE_PART_TWICE({ places: [{ field, message: 'was there before' }] });
    if (name === 'identity-proof') throw intakeErrors.HUB_INTAKE_PROOF_PLACE();
    const anlage = this.options.anlagen.find(({ part }) => part === name);
    if (!anlage)
      throw intakeErrors.HUB_INTAKE_FILE_NOT_ANNOUNCED({ places: [{ field, message: 'is not among the Anlagen' }] });
    await this.#take(anlage, content);
  }

  /** All documents in the order in which they were announced. @throws HUB_INTAKE_FILE_MISSING naming the parts */
  complete(): SubmissionDocument[] {
    const { anlagen } = this.options;
    const missing = anlagen.filter(({ part }) => !this.#received.has(part));
    if (missing.length > 0) {
      throw intakeErrors.HUB_INTAKE_FILE_MISSING({
        places: missing.map(({ part }) => ({ field: part, message: 'was announced, not sent' })),
      });
    }
    return anlagen.map(({ part }) => this.#received.get(part)!);
  }

  async #take(anlage: Anlage, stream: AsyncIterable<Buffer>): Promise<void> {
    const { part, role, title, fileName } = anlage;
    const at = (message: string): { places: ErrorPlace[] } => ({ places: [{ field: part, message }] });
    const { sample, content } = await sampleOf(stream);
    if (sample.length === 0) throw intakeErrors.HUB_INTAKE_FILE_EMPTY(at('has no content'));
    const mediaType = await mediaTypeOf(sample);
    if (!mediaType || !allowedTypes.has(mediaType))
      throw intakeErrors.HUB_INTAKE_FILE_TYPE(at(`content is ${mediaType ?? 'of no known type'}`));
    this.options.memory.add(HELD_BYTES);
    const watcher = new FormatWatcher(sample);
    const { objectId, size, sha256 } = await this.#seal(anlage, mediaType, watcher.watch(content));
    if ((anlage.sha256 ?? sha256) !== sha256 || (anlage.size ?? size) !== size)
      throw intakeErrors.HUB_INTAKE_HASH_MISMATCH(at('is not what was announced'));
    this.#received.set(part, {
      ref: objectId,
      role,
      part,
      ...(title ? { title } : {}),
      fileName,
      mediaType,
      ...(watcher.format ? { format: watcher.format } : {}),
      size,
      sha256,
      scan: 'NOT_SCANNED',
    });
  }

  async #seal({ part, fileName }: Anlage, mediaType: string, content: AsyncIterable<Buffer>): Promise<SealedObject> {
    const { vault, maxBytes } = this.options;
    try {
      const stream = Readable.from(content, { objectMode: false });
      return await vault.write(stream, { kind: 'document', mediaType, fileName }, { maxBytes });
    } catch (error) {
      if (!isHubError(error, 'HUB_VAULT_TOO_LARGE')) throw error;
      throw intakeErrors.HUB_INTAKE_TOO_LARGE({
        detail: 'A file is too large.',
        places: [{ field: part, message: `is larger than ${maxBytes} bytes` }],
      });
    }
  }
}
