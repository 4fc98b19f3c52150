import { Writable } from 'node:stream';
import type { SftpSession } from './sftp-session.ts';

/** Bytes on their way whose arrival the server has not confirmed yet. */
export const windowBytes = 1024 * 1024;
const PIECE_BYTES = 32 * 1024;

/** Writes a stream into an open file at explicit offsets, several pieces at a time. */
export class SftpUpload extends Writable {
  #position = 0;
  #underWay = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** @param from bytes of the stream that are there already and are not sent again */
  constructor(
    private readonly session: SftpSession,
    private readonly handle: Buffer,
    private readonly from: number,
  ) {
    super({ highWaterMark: windowBytes });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const skip = Math.min(Math.max(this.from - this.#position, 0), chunk.length);
    this.#position += skip;
    this.#send(chunk.subarray(skip)).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#until(0).then(() => done(), done);
  }

  async #send(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      await this.#until(windowBytes - piece.length);
      this.#start(piece);
    }
  }

  #start(piece: Buffer): void {
    const position = this.#position;
    this.#position += piece.length;
    this.#underWay += piece.length;
    this.session
      .call<void>((sftp, done) => sftp.write(this.handle, piece, 0, piece.length, position, done))
      .catch((error: Error) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#underWay -= piece.length;
        this.#wake();
      });
  }

  /** Waits until no more than so many bytes are under way. */
  async #until(bytes: number): Promise<void> {
    while (this.#underWay > bytes && !this.#failure) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure) throw this.#failure;
  }
}
