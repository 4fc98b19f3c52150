import { Readable, Transform } from 'node:stream';
import type { Anlage } from '@ozg-hub/civento';
import type { SubmissionDocument } from '@ozg-hub/submission';
import type { SubmissionVault } from '@ozg-hub/vault';
import { FormatWatcher, allowedTypes, mediaTypeOf, sampleOf } from './document-type.ts';
import { intakeErrors } from './errors.ts';
import type { Part } from './multipart.ts';

export type ReceivedDocument = SubmissionDocument;

/** Takes the announced files of one application into the vault, each checked while it streams. */
export class DocumentReceiver {
  readonly #announced: ReadonlyMap<string, Anlage>;
  readonly #received = new Map<string, ReceivedDocument>();

  constructor(
    private readonly vault: SubmissionVault,
    private readonly anlagen: readonly Anlage[],
    private readonly maxBytes: number,
  ) {
    this.#announced = new Map(anlagen.map((anlage) => [anlage.part, anlage]));
    if (this.#announced.size < anlagen.length)
      throw intakeErrors.HUB_INTAKE_PART_TWICE({ detail: 'Anlagen announces a part twice.' });
  }

  /** Files that came inside the XML. */
  async receiveInline(): Promise<void> {
    for (const anlage of this.anlagen) {
      if (anlage.inline) await this.#take(anlage, Readable.from([anlage.inline], { objectMode: false }));
    }
  }

  /** @throws HUB_INTAKE_FILE_NOT_ANNOUNCED, HUB_INTAKE_PART_TWICE and what {@link #take} throws */
  async receive(part: Part): Promise<void> {
    const place = [{ field: part.name.slice(0, 100), message: 'this part' }];
    if (part.name === 'application' || this.#received.has(part.name))
      throw intakeErrors.HUB_INTAKE_PART_TWICE({ places: place });
    const anlage = this.#announced.get(part.name);
    if (!anlage) throw intakeErrors.HUB_INTAKE_FILE_NOT_ANNOUNCED({ places: place });
    await this.#take(anlage, part.content);
  }

  /** All documents in the order in which they were announced. @throws HUB_INTAKE_FILE_MISSING naming the parts */
  complete(): ReceivedDocument[] {
    const missing = this.anlagen.filter(({ part }) => !this.#received.has(part));
    if (missing.length > 0) {
      throw intakeErrors.HUB_INTAKE_FILE_MISSING({
        places: missing.map(({ part }) => ({ field: part, message: 'was announced, not sent' })),
      });
    }
    return this.anlagen.map(({ part }) => this.#received.get(part)!);
  }

  async #take(anlage: Anlage, stream: Readable): Promise<void> {
    const at = { field: anlage.part };
    const { sample, content } = await sampleOf(stream);
    if (sample.length === 0)
      throw intakeErrors.HUB_INTAKE_FILE_EMPTY({ places: [{ ...at, message: 'has no content' }] });
    const mediaType = await mediaTypeOf(sample);
    if (!mediaType || !allowedTypes.has(mediaType)) {
      throw intakeErrors.HUB_INTAKE_FILE_TYPE({
        places: [{ ...at, message: `content is ${mediaType ?? 'of no known type'}` }],
      });
    }
    const watcher = new FormatWatcher();
    const watched = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        watcher.see(chunk);
        done(null, chunk);
      },
    });
    content.once('error', (error) => watched.destroy(error));
    const source = mediaType === 'application/pdf' ? content.pipe(watched) : content;
    const sealed = await this.vault.write(
      source,
      { kind: 'document', mediaType, fileName: anlage.fileName },
      { maxBytes: this.maxBytes },
    );
    if (
      (anlage.sha256 && anlage.sha256 !== sealed.sha256) ||
      (anlage.size !== undefined && anlage.size !== sealed.size)
    ) {
      throw intakeErrors.HUB_INTAKE_HASH_MISMATCH({ places: [{ ...at, message: 'is not what was announced' }] });
    }
    this.#received.set(anlage.part, {
      ref: sealed.objectId,
      role: anlage.role,
      part: anlage.part,
      ...(anlage.title ? { title: anlage.title } : {}),
      fileName: anlage.fileName,
      mediaType,
      ...(watcher.format ? { format: watcher.format } : {}),
      size: sealed.size,
      sha256: sealed.sha256,
      scan: 'NOT_SCANNED',
    });
  }
}
