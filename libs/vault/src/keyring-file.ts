import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { vaultErrors } from './errors.ts';
import { syncDirectory } from './file-sync.ts';

const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 15;
/** A lock of another host is broken after this time; changes take milliseconds. */
const FOREIGN_LOCK_MS = 60_000;

/** A keyring on disk: replaced as a whole and durably, by one process at a time. */
export class KeyringFile {
  readonly path: string;
  readonly #lockPath: string;

  constructor(path: string) {
    this.path = path;
    this.#lockPath = `${path}.lock`;
  }

  /** Differs after each change of the file. @throws HUB_VAULT_KEYRING_UNREADABLE where there is none */
  stamp(): string {
    try {
      const { mtimeMs, size, ino } = statSync(this.path);
      return `${mtimeMs} ${size} ${ino}`;
    } catch (cause) {
      throw vaultErrors.HUB_VAULT_KEYRING_UNREADABLE({
        detail: `There is no readable keyring at ${this.path}.`,
        cause,
      });
    }
  }

  /** @throws HUB_VAULT_KEYRING_UNREADABLE, HUB_VAULT_KEYRING_EXPOSED where group or others may read it */
  read(options: { readonly mayBeShared: boolean }): { text: string; stamp: string } {
    const stamp = this.stamp();
    if (!options.mayBeShared && (statSync(this.path).mode & 0o077) !== 0) {
      throw vaultErrors.HUB_VAULT_KEYRING_EXPOSED({
        detail: `The keyring ${this.path} can be read by other users; run: chmod 600 ${this.path}`,
      });
    }
    try {
      return { text: readFileSync(this.path, 'utf8'), stamp };
    } catch (cause) {
      throw vaultErrors.HUB_VAULT_KEYRING_UNREADABLE({ detail: `The keyring ${this.path} cannot be read.`, cause });
    }
  }

  /** Makes folder (0700) and file (0600) unless the file exists. */
  async create(text: () => string): Promise<void> {
    if (await exists(this.path)) return;
    const made = await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await this.#locked(async () => {
      if (!(await exists(this.path))) await this.#write(text());
    });
    if (made) await syncDirectory(dirname(made));
  }

  /** Reads, changes and replaces the file under its lock; no change where `change` gives undefined. */
  async update(change: (text: string) => string | undefined): Promise<void> {
    await this.#locked(async () => {
      const after = change(await readFile(this.path, 'utf8'));
      if (after !== undefined) await this.#write(after);
    });
  }

  async #write(text: string): Promise<void> {
    const temporary = `${this.path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
    await syncDirectory(dirname(this.path));
  }

  async #locked(work: () => Promise<void>): Promise<void> {
    const mine = `${process.pid} ${hostname()} ${randomBytes(6).toString('hex')}`;
    const until = performance.now() + LOCK_WAIT_MS;
    while (!(await this.#take(mine))) {
      if (performance.now() > until) {
        throw vaultErrors.HUB_VAULT_KEYRING_BUSY({
          detail: `Another process holds ${this.#lockPath}; when none changes keys, delete that file.`,
        });
      }
      await pause(LOCK_POLL_MS);
    }
    try {
      await work();
    } finally {
      await rm(this.#lockPath, { force: true });
    }
  }

  async #take(mine: string): Promise<boolean> {
    try {
      const file = await open(this.#lockPath, 'wx', 0o600);
      await file.writeFile(mine).finally(() => file.close());
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await this.#abandoned()) {
      const aside = `${this.#lockPath}.${randomBytes(6).toString('hex')}`;
      await rename(this.#lockPath, aside).catch(() => undefined);
      await rm(aside, { force: true });
    }
    return false;
  }

  async #abandoned(): Promise<boolean> {
    try {
      const [{ mtimeMs }, holder] = await Promise.all([stat(this.#lockPath), readFile(this.#lockPath, 'utf8')]);
      const [pid, host] = holder.split(' ');
      if (pid && host === hostname()) return !isAlive(Number(pid));
      return Date.now() - mtimeMs > FOREIGN_LOCK_MS;
    } catch {
      return false;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
