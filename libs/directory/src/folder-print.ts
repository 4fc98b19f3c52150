import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Tells whether the files of a folder changed since it was taken: names, sizes, times and inodes, links followed.
 * A folder that is not there has a print, too.
 */
export async function folderPrint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await namesBelow(folder)).toSorted()) {
    // A file that goes away in between is a change as well.
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) hash.update(`${name}\n${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}\n`);
  }
  return hash.digest('base64url');
}

/** Hidden files are no part of a directory; links, as of a mounted ConfigMap, lead to the files. */
async function namesBelow(folder: string): Promise<string[]> {
  const parts = ['.', 'tenants', 'blueprints', 'bundles', 'profiles', 'identity'];
  const names = await Promise.all(
    parts.map(async (part) => {
      const found = await readdir(join(folder, part)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
        throw error;
      });
      return found.filter((name) => !name.startsWith('.')).map((name) => join(part, name));
    }),
  );
  return names.flat();
}
