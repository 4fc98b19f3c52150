export { dmsErrors } from './errors.ts';
export { dmsExport } from './service.ts';
export { type XdomeaDirectorySettings, xdomeaDirectorySettings } from './xdomea-directory-settings.ts';
