import type { Exchange } from './exchange.ts';

export interface LimitedBytes {
  readonly bytes: Buffer;
  /** There was more than the limit. */
  readonly cut: boolean;
}

/** The body of an answer up to so many bytes; what lies beyond is not read. */
export async function readBytes(exchange: Exchange, limit: number): Promise<LimitedBytes> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of exchange.pieces()) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > limit) break;
  }
  return { bytes: Buffer.concat(pieces).subarray(0, limit), cut: bytes > limit };
}

export interface LimitedText {
  readonly text: string;
  /** There was more than the limit. */
  readonly cut: boolean;
}

/** The same as UTF-8. */
export async function readText(exchange: Exchange, limit: number): Promise<LimitedText> {
  const { bytes, cut } = await readBytes(exchange, limit);
  return { text: bytes.toString('utf8'), cut };
}
