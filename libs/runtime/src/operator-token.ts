import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isHubError } from '@ozg-hub/core';
import type { ApiKeys } from './api-keys.ts';
import { tokenFile, writePrivately } from './data-files.ts';
import type { HostConfig } from './host-config.ts';

type Place = Pick<HostConfig, 'HUB_DATA_DIR'>;

/**
 * The API key of this machine's operator, with every scope. It lies in the data directory, mode 0600, for the CLI; one
 * that is still valid is kept.
 */
export async function operatorToken(keys: ApiKeys, place: Place): Promise<string> {
  const kept = await validToken(keys, place);
  if (kept) return kept;
  const name = `operator on ${hostname()}, ${place.HUB_DATA_DIR}`;
  await keys.removeNamed(name);
  const { key } = await keys.create({ name, scopes: ['admin', 'operate', 'read', 'submit'], createdBy: 'start' });
  await writePrivately(tokenFile(place), key);
  return key;
}

async function validToken(keys: ApiKeys, place: Place): Promise<string | undefined> {
  try {
    const token = (await readFile(tokenFile(place), 'utf8')).trim();
    const { scopes, tenants } = await keys.authenticate(token);
    return scopes.has('admin') && tenants === undefined ? token : undefined;
  } catch (error) {
    if (
      isHubError(error, 'HUB_KEY_UNKNOWN') ||
      isHubError(error, 'HUB_KEY_REVOKED') ||
      isHubError(error, 'HUB_KEY_MISSING')
    )
      return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
