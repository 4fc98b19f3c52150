import { isHubError } from '@ozg-hub/core';
import { SftpFiles, type TransferErrors } from '@ozg-hub/transfer';
import type { SftpDropPlace } from './drop-settings.ts';
import { fileErrors } from './errors.ts';
import type { FileDrop, FinishedFile } from './file-drop.port.ts';

const errors: TransferErrors = {
  unreachable: fileErrors.HUB_EPAY_DROP_UNAVAILABLE,
  hostKey: fileErrors.HUB_EPAY_DROP_HOST_KEY,
  credentials: fileErrors.HUB_EPAY_DROP_CREDENTIALS,
  interrupted: fileErrors.HUB_EPAY_DROP_UNAVAILABLE,
  outcomeUnknown: fileErrors.HUB_EPAY_DROP_OUTCOME_UNKNOWN,
  unavailable: fileErrors.HUB_EPAY_DROP_UNAVAILABLE,
  nameTaken: fileErrors.HUB_EPAY_DROP_NAME_TAKEN,
  // Only another file of the name can be larger than the one that is to be there.
  tooLarge: fileErrors.HUB_EPAY_DROP_NAME_TAKEN,
};

/** A folder at an SFTP server; a connection for each file, which are few. */
export class SftpDrop implements FileDrop {
  /** @param place with its secrets looked up */
  constructor(private readonly place: SftpDropPlace) {}

  async put({ id, name, content }: FinishedFile): Promise<void> {
    const { folder, ...server } = this.place;
    const files = new SftpFiles(() => Promise.resolve(server), errors);
    const [temporary, final] = [`${folder}/.${name}.${id}.part`, `${folder}/${name}`];
    try {
      if (await isThere(files, final, content)) return;
      await files.remove(temporary);
      await files.write(temporary, (to) => sent(to, content));
      await giveName(files, temporary, final);
    } finally {
      files.close();
    }
  }
}

/** Where the answer is lost, the temporary file tells: only the rename can have taken it away. */
async function giveName(files: SftpFiles, temporary: string, final: string): Promise<void> {
  try {
    await files.rename(temporary, final);
  } catch (error) {
    if (!isHubError(error, 'HUB_EPAY_DROP_OUTCOME_UNKNOWN')) throw error;
    if (await files.stat(temporary)) await files.rename(temporary, final);
  }
}

/** @throws HUB_EPAY_DROP_NAME_TAKEN */
async function isThere(files: SftpFiles, path: string, content: Buffer): Promise<boolean> {
  const found = await files.stat(path);
  if (!found) return false;
  const isSame = found.kind === 'file' && found.size === content.length;
  if (isSame && content.equals(await files.read(path, { maxBytes: content.length }))) return true;
  throw fileErrors.HUB_EPAY_DROP_NAME_TAKEN();
}

function sent(to: NodeJS.WritableStream, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.once('finish', resolve).once('error', reject);
    to.end(content);
  });
}
