/**
 * The files at a DMS, whichever protocol reaches them. Errors are HUB_DMS_*: class `later` where nothing took effect, `ask`
 * where nobody can tell.
 */
export type { FileEntry, FolderUse, RemoteFiles as DmsFiles, WriteOptions } from '@ozg-hub/transfer';
