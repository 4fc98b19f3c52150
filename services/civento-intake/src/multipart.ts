import { intakeErrors } from './errors.ts';

/** One part of the body, in the order in which it was sent. */
export interface Part {
  readonly name: string;
  /** To be read before the next part is asked for; what is left unread then is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** Bytes of a boundary's line and the headers after it; more is not multipart. */
const LONGEST_HEADERS = 16_384;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');

/**
 * The parts of a multipart/form-data body (RFC 7578), pulled: nothing is read ahead of whoever reads a part, and at most
 * one chunk of the source is held.
 * @throws HUB_INTAKE_MULTIPART, HUB_INTAKE_TOO_MANY_PARTS, and what the source throws
 */
export async function* multipartParts(
  source: AsyncIterator<Buffer, void, undefined>,
  contentType: string,
  mostParts: number,
): AsyncGenerator<Part, void, undefined> {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const bytes = new Window(source);
  await bytes.skip(delimiter);
  for (let parts = 0; !(await bytes.startWith('--')); parts++) {
    if (parts === mostParts) throw intakeErrors.HUB_INTAKE_TOO_MANY_PARTS();
    const name = nameOf(await bytes.text(END_OF_HEADERS));
    let whole = false;
    const content = async function* () {
      yield* bytes.until(delimiter);
      whole = true;
    };
    yield { name, content: content() };
    if (!whole) await bytes.skip(delimiter);
  }
  await bytes.forget();
}

/** What has arrived and was not given out yet: less than a delimiter, or one chunk. */
class Window {
  /** The line break that a delimiter begins with, which the first line of a body does not have. */
  #held: Buffer = Buffer.from('\r\n');

  constructor(private readonly source: AsyncIterator<Buffer, void, undefined>) {}

  /** Everything before the delimiter, which is taken as well. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      const found = this.#take(at >= 0 ? at : Math.max(0, this.#held.length - delimiter.length + 1));
      if (at >= 0) this.#take(delimiter.length);
      if (found.length > 0) yield found;
      if (at >= 0) return;
      await this.#need();
    }
  }

  async skip(delimiter: Buffer): Promise<void> {
    const content = this.until(delimiter);
    while (!(await content.next()).done);
  }

  /** The text before the delimiter, which is taken as well. */
  async text(delimiter: Buffer): Promise<string> {
    for (;;) {
      const at = this.#held.subarray(0, LONGEST_HEADERS).indexOf(delimiter);
      if (at >= 0) return this.#take(at + delimiter.length).toString('utf8', 0, at);
      if (this.#held.length >= LONGEST_HEADERS) throw malformed('The headers of a part are too long.');
      await this.#need();
    }
  }

  async startWith(text: string): Promise<boolean> {
    while (this.#held.length < text.length) await this.#need();
    return this.#held.toString('latin1', 0, text.length) === text;
  }

  /** Reads to the end of the body. */
  async forget(): Promise<void> {
    do this.#take(this.#held.length);
    while (await this.#more());
  }

  #take(length: number): Buffer {
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #need(): Promise<void> {
    if (!(await this.#more())) throw malformed('The body ends before its closing boundary.');
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.source.next();
    if (done) return false;
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
    return true;
  }
}

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))\s*(?:;|$)/i;

function boundaryOf(contentType: string): string {
  const match = BOUNDARY.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed('The content type names no boundary of 1 to 70 characters.');
  return boundary;
}

const DISPOSITION = /^content-disposition:[ \t]*form-data[ \t]*(;.*)$/i;
const PARAMETER = /;[ \t]*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))/g;

/** @param text the rest of the boundary's line, which is blank, and the headers */
function nameOf(text: string): string {
  const [padding, ...headers] = text.split('\r\n');
  if (padding!.trim() !== '') throw malformed('A boundary is followed by other text.');
  const names = headers
    .flatMap((line) => [...(DISPOSITION.exec(line)?.[1] ?? '').matchAll(PARAMETER)])
    .filter(([, parameter]) => parameter!.toLowerCase() === 'name')
    .map(([, , quoted, token]) => quoted?.replace(/\\(.)/g, '$1') ?? token!);
  if (names.length !== 1 || !names[0]) throw malformed('A part does not have one name.');
  return names[0];
}

function malformed(detail: string) {
  return intakeErrors.HUB_INTAKE_MULTIPART({ detail });
}
