import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The municipality whose DMS is reached over HTTP in the run of separate processes. */
export const OVER_HTTP = 'neudorf-am-muster';

/** Seconds without a byte after which the hub gives a target up. */
const TIMEOUT_SECONDS = 2;

/** The demo's directory, with one DMS behind a port of this run; may be changed while the hub runs. */
export class FaultDirectory {
  private constructor(
    readonly folder: string,
    private readonly original: string,
  ) {}

  static async copy(root: string, to: string): Promise<FaultDirectory> {
    const folder = join(to, 'directory');
    await cp(join(root, 'deploy/directory'), folder, { recursive: true });
    return new FaultDirectory(folder, await readFile(join(folder, 'tenants', `${OVER_HTTP}.yaml`), 'utf8'));
  }

  /** The DMS over HTTP is reached by this port. */
  async point(port: number): Promise<void> {
    const url = `http://127.0.0.1:${port}/packages`;
    const settings = `by: http, url: '${url}', probe: '${url}/{name}', timeoutSeconds: ${TIMEOUT_SECONDS}`;
    const changed = this.original.replace(/handOver: \{[^}]*\{data\}[^}]*\}/, `handOver: { ${settings} }`);
    if (changed === this.original) throw new Error(`${OVER_HTTP} hands over otherwise than expected`);
    await this.#write(changed);
  }

  /** The municipality names a Leistung that nobody describes: the directory is not valid. */
  async spoil(): Promise<void> {
    await this.#write(this.original.replace('leistungen:', 'leistungen:\n  - gibt-es-nicht@1'));
  }

  async #write(text: string): Promise<void> {
    const file = join(this.folder, 'tenants', `${OVER_HTTP}.yaml`);
    await writeFile(`${file}.draft`, text);
    await rename(`${file}.draft`, file);
  }
}
