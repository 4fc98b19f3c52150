const FIRST_AFTER_MS = 2_000;
const EVERY_MS = 1_000;

/** A line on standard error that tells, after two seconds, that a command is still at work. */
export class Progress {
  readonly #since = Date.now();
  #timer = setTimeout(() => this.#show(), FIRST_AFTER_MS);
  #text = 'Still at work';
  #shown = false;

  constructor(private readonly out: NodeJS.WriteStream = process.stderr) {}

  /** What is being done, with counts. */
  update(text: string): void {
    this.#text = text;
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#shown && this.out.isTTY) this.out.write('\r\u001b[K');
  }

  #show(): void {
    const seconds = Math.round((Date.now() - this.#since) / 1000);
    // Where nobody watches, e.g. in a log, one line is enough.
    if (this.out.isTTY) this.out.write(`\r\u001b[K${this.#text} (${seconds} s) …`);
    else if (!this.#shown) this.out.write(`${this.#text} …\n`);
    this.#shown = true;
    this.#timer = setTimeout(() => this.#show(), EVERY_MS);
  }
}
