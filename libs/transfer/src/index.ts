export type { FileEntry, FolderUse, RemoteFiles, WriteOptions } from './remote-files.port.ts';
export { SftpFiles } from './sftp-files.adapter.ts';
export type { SftpServer } from './sftp-server.ts';
export { hasCredentials, sftpServerSettings } from './sftp-settings.ts';
export { windowBytes } from './sftp-upload.ts';
export { syncFolder } from './sync-folder.ts';
export type { TransferErrors } from './transfer-errors.ts';
