import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeErrors } from './errors.ts';
import { workingFolder } from './process-identity.ts';
import { type ServerAccount, closedFolder, nobody } from './server-account.ts';

/** Where the embedded server's data lies and who runs it. */
export interface ServerPlace {
  /** Holds the cluster, drafts of it and the server's log. */
  readonly folder: string;
  readonly cluster: string;
  /** Undefined: the hub's own account. */
  readonly account: ServerAccount | undefined;
}

const LOCATION_FILE = 'postgres.location';

/**
 * `<dataDir>/postgres`, or as root, where `nobody` cannot pass through to it, a folder under `spareRoot` named after the
 * data directory's path; the file `postgres.location` then ties both together, whatever modes change later.
 * @throws HUB_STORE_PLACE_CLOSED, HUB_STORE_PLACE_FOREIGN
 */
export async function serverPlace(
  dataDir: string,
  spareRoot: string,
  say: (line: string) => void,
): Promise<ServerPlace> {
  const folder = await realpath(dataDir);
  const uid = process.getuid?.() ?? 0;
  const recorded = await readFile(join(folder, LOCATION_FILE), 'utf8').catch(() => undefined);
  if (recorded !== undefined) {
    const spare = recorded.trim();
    await ownFolder(spare);
    say(`PostgreSQL's data lies in ${spare}, as ${join(folder, LOCATION_FILE)} says.`);
    return await place(spare, uid);
  }
  const beside = await place(folder, uid);
  if (uid !== 0 || (await exists(beside.cluster))) return beside;
  const closed = await closedFolder(folder, beside.account!);
  if (closed === undefined) return beside;
  const spare = join(spareRoot, `ozg-hub-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  await setLeftoversAside(spare, say);
  await ownFolder(spare);
  await writeFile(join(folder, LOCATION_FILE), `${spare}\n`, { mode: 0o600 });
  say(`PostgreSQL's data lies in ${spare}, because ${closed} is closed to the account that runs the server.`);
  return await place(spare, uid);
}

async function place(folder: string, uid: number): Promise<ServerPlace> {
  const cluster = join(folder, 'postgres');
  const owner = await stat(cluster).catch(() => undefined);
  if (!owner) return { folder, cluster, account: uid === 0 ? await nobody() : undefined };
  if (owner.uid === 0 || (uid !== 0 && owner.uid !== uid)) {
    throw storeErrors.HUB_STORE_PLACE_FOREIGN({
      detail: `${cluster} belongs to the account ${owner.uid}, the hub runs as ${uid}.`,
    });
  }
  if (uid !== 0) return { folder, cluster, account: undefined };
  const account = { uid: owner.uid, gid: owner.gid };
  const closed = await closedFolder(folder, account);
  if (closed !== undefined) {
    throw storeErrors.HUB_STORE_PLACE_CLOSED({
      detail: `${closed} is closed to the account ${account.uid}, which owns the database in ${cluster}.`,
    });
  }
  return { folder, cluster, account };
}

/** A data directory of the same path was deleted, and left this behind. Nothing is deleted here. */
async function setLeftoversAside(spare: string, say: (line: string) => void): Promise<void> {
  if (!(await exists(join(spare, 'postgres')))) return;
  await ownFolder(spare);
  const aside = `${spare}-left-${randomBytes(4).toString('hex')}`;
  await rename(spare, aside);
  const pid = Number.parseInt(await readFile(join(aside, 'postgres', 'postmaster.pid'), 'utf8').catch(() => ''), 10);
  if (pid > 1 && (await workingFolder(pid)) === join(aside, 'postgres')) process.kill(pid, 'SIGINT');
  say(`The database of a deleted data directory was set aside: ${aside}. Delete it when nobody needs it.`);
}

/**
 * Makes a folder in a world-writable one, or proves that the one there is ours and nobody else can write to it.
 * @throws HUB_STORE_PLACE_FOREIGN
 */
export async function ownFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
    await chmod(path, 0o755);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = await lstat(path);
    if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? 0) || (found.mode & 0o022) !== 0) {
      throw storeErrors.HUB_STORE_PLACE_FOREIGN({ detail: `${path} exists, and is not a folder of the hub's own.` });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
