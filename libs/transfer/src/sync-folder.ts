import { open } from 'node:fs/promises';

/** Shares that let nobody open or sync a folder keep its entries as durable as they can. */
const NOT_SYNCABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP']);

/** Makes durable which names a folder of this machine has, as far as its file system can. @throws what the file system says */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!NOT_SYNCABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
