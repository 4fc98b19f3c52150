import { isHubError } from '@ozg-hub/core';
import type { CallOptions, CmisConnection } from './cmis-connection.port.ts';
import type { CmisObject } from './cmis-object.ts';
import { cmisErrors } from './errors.ts';

const PAGE = 500;
const MAX_CHILDREN = 10_000;

/**
 * The child of exactly this name. The path is asked first, because it costs one call; where it says no, the children are
 * listed, because a repository may give a child another path segment than its name.
 */
export async function findChild(
  connection: CmisConnection,
  folderId: string,
  name: string,
  { byPathOnly, ...options }: CallOptions & { readonly byPathOnly: boolean },
): Promise<CmisObject | undefined> {
  const wanted = name.normalize('NFC');
  const folder = await connection.object(folderId, options);
  const byPath = await atPath(connection, folder.path, wanted, options);
  if (byPath || byPathOnly) return byPath;
  for (let skipCount = 0; skipCount < MAX_CHILDREN;) {
    const page = await connection.children(folderId, { ...options, maxItems: PAGE, skipCount });
    const found = page.items.find((child) => child.name.normalize('NFC') === wanted);
    if (found) return found;
    if (!page.hasMore || page.items.length === 0) return undefined;
    skipCount += page.items.length;
  }
  throw cmisErrors.HUB_CMIS_PROBE_INCONCLUSIVE();
}

async function atPath(
  connection: CmisConnection,
  folderPath: string | undefined,
  name: string,
  options: CallOptions,
): Promise<CmisObject | undefined> {
  if (folderPath === undefined || name.includes('/')) return undefined;
  try {
    const found = await connection.objectByPath(`${folderPath === '/' ? '' : folderPath}/${name}`, options);
    return found.name.normalize('NFC') === name ? found : undefined;
  } catch (error) {
    if (isHubError(error, 'HUB_CMIS_OBJECT_NOT_FOUND') || isHubError(error, 'HUB_CMIS_INVALID_ARGUMENT'))
      return undefined;
    throw error;
  }
}
