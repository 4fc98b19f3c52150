import type { Directory } from '@ozg-hub/directory';
import { DirectoryDrop } from './directory-drop.adapter.ts';
import type { DropPlace } from './drop-settings.ts';
import { fileErrors } from './errors.ts';
import type { FileDrop } from './file-drop.port.ts';
import type { FinanceSettings } from './finance-settings.ts';
import type { Series } from './posting-file.ts';
import { SftpDrop } from './sftp-drop.adapter.ts';

/** Makes the drop of a place whose secrets are looked up. */
export type FileDrops = (place: DropPlace) => FileDrop;

/** The table of adapters: another way to hand over is one line here. */
export const fileDrops: FileDrops = (place) => {
  switch (place.by) {
    case 'directory':
      return new DirectoryDrop(place);
    case 'sftp':
      return new SftpDrop(place);
  }
};

/** Where a file of the series goes today, secrets looked up. @throws HUB_EPAY_FILE_NO_TARGET */
export async function handOverPlace(
  directory: Pick<Directory, 'connection'>,
  { tenant, target, profile }: Series,
): Promise<DropPlace> {
  const { settings } = await directory.connection(tenant, target);
  const place = (settings as unknown as FinanceSettings).files.find(({ id }) => id === profile)?.into;
  if (!place) throw fileErrors.HUB_EPAY_FILE_NO_TARGET();
  return place;
}
