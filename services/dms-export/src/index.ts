export { type CmisSettings, cmisSettings } from './cmis/cmis-settings.ts';
export { dmsErrors } from './errors.ts';
export { dmsExport } from './service.ts';
export { type XdomeaSettings, xdomeaSettings } from './xdomea/xdomea-settings.ts';
export { ParcelComposer } from './xdomea/parcel-composer.ts';
