import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';

/** Lines of JSON, each on disk before `append` returns. A line that a crash cut off is dropped at the next start. */
export class Journal<Line extends object> {
  private constructor(
    private readonly file: FileHandle,
    private readonly known: Line[],
  ) {}

  static async open<Line extends object>(path: string): Promise<Journal<Line>> {
    const text = existsSync(path) ? await readFile(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
    const lines = whole.split('\n').filter((line) => line !== '');
    return new Journal(
      await open(path, 'a'),
      lines.map((line) => JSON.parse(line) as Line),
    );
  }

  get lines(): readonly Line[] {
    return this.known;
  }

  async append(line: Line): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(line)}\n`);
    await this.file.datasync();
    this.known.push(line);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
