import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HubError } from '@ozg-hub/core';
import { storeErrors } from './errors.ts';
import type { ServerBinaries } from './server-binaries.ts';
import type { ServerPlace } from './server-place.ts';

const run = promisify(execFile);

export const SERVER_USER = 'ozg_hub';
/** Nothing of the hub's environment reaches the server. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const PASSWORD_FILE = 'hub-password';
const DRAFT = 'postgres-draft-';

/** Written into postgresql.conf once: an operator may change them there. */
const SETTINGS = {
  max_connections: '200',
  shared_buffers: '128MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  log_checkpoints: 'off',
  // Errors are reported by the hub; their texts may quote citizens' values, which must not reach a log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * Initialises the cluster where there is none (in a draft folder that is renamed when complete) and gives its password.
 * @throws HUB_STORE_MAJOR_VERSION, HUB_STORE_SERVER_FAILED
 */
export async function openCluster(place: ServerPlace, binaries: ServerBinaries): Promise<string> {
  const version = await readFile(join(place.cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) await initialise(place, binaries);
  else if (Number(version) !== binaries.major) throw otherMajor(place.cluster, version.trim(), binaries.major);
  return (await readFile(join(place.cluster, PASSWORD_FILE), 'utf8')).trim();
}

async function initialise({ folder, cluster, account }: ServerPlace, binaries: ServerBinaries): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(DRAFT)) await rm(join(folder, name), { recursive: true, force: true });
  }
  const draft = join(folder, `${DRAFT}${randomBytes(6).toString('hex')}`);
  const secret = join(draft, PASSWORD_FILE);
  const data = join(draft, 'data');
  const give = async (path: string) => account && (await chown(path, account.uid, account.gid));
  await mkdir(draft, { mode: 0o700 });
  await give(draft);
  await writeFile(secret, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  await give(secret);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await run(
      binaries.initdb,
      ['-D', data, `--username=${SERVER_USER}`, `--pwfile=${secret}`, '--auth=scram-sha-256', ...locale, ...settings],
      { ...account, cwd: draft, env: SERVER_ENVIRONMENT },
    );
    await rename(secret, join(data, PASSWORD_FILE));
    await sync(data);
    await rename(data, cluster);
    await sync(folder);
  } catch (cause) {
    const said = String((cause as { stderr?: unknown }).stderr ?? (cause as Error).message).trim();
    throw storeErrors.HUB_STORE_SERVER_FAILED({ detail: `initdb failed: ${said.slice(-500)}`, cause });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync();
  await handle.close();
}

function otherMajor(cluster: string, found: string, needed: number): HubError {
  const password = `PGPASSWORD="$(cat ${cluster}/${PASSWORD_FILE})"`;
  const connection = `-h 127.0.0.1 -p 54399 -U ${SERVER_USER}`;
  const action = [
    `With the programs of PostgreSQL ${found}, under the account that owns ${cluster}:`,
    `pg_ctl -w -D ${cluster} -o "-p 54399 -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start`,
    `${password} pg_dump ${connection} -Fc -f hub.dump postgres`,
    `pg_ctl -w -D ${cluster} stop`,
    `mv ${cluster} ${cluster}-${found}`,
    'Then start the hub once and stop it, start the new cluster by the same pg_ctl command of ' +
      `PostgreSQL ${needed}, and load the dump into it:`,
    `${password} pg_restore ${connection} --clean --if-exists -d postgres hub.dump`,
  ].join('\n');
  return new HubError(
    'HUB_STORE_MAJOR_VERSION',
    { ...storeErrors.definitions.HUB_STORE_MAJOR_VERSION, action },
    { detail: `${cluster} was made by PostgreSQL ${found}; this hub ships ${needed}.` },
  );
}
