import type { Exchange } from './exchange.ts';

export interface LimitedText {
  readonly text: string;
  /** There was more than the limit. */
  readonly cut: boolean;
}

/** The body of an answer as UTF-8 up to so many bytes; what lies beyond is not read. */
export async function readText(exchange: Exchange, limit: number): Promise<LimitedText> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of exchange.pieces()) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > limit) break;
  }
  const whole = Buffer.concat(pieces);
  return { text: whole.toString('utf8', 0, Math.min(bytes, limit)), cut: bytes > limit };
}
