import { SftpFiles as RemoteSftpFiles, type TransferErrors } from '@ozg-hub/transfer';
import { dmsErrors } from '../errors.ts';
import type { Reveal } from './dms-connections.ts';
import type { SftpServer } from './transport-settings.ts';

const errors: TransferErrors = {
  unreachable: dmsErrors.HUB_DMS_UNREACHABLE,
  hostKey: dmsErrors.HUB_DMS_SFTP_HOST_KEY,
  credentials: dmsErrors.HUB_DMS_CREDENTIALS,
  interrupted: dmsErrors.HUB_DMS_INTERRUPTED,
  outcomeUnknown: dmsErrors.HUB_DMS_OUTCOME_UNKNOWN,
  unavailable: dmsErrors.HUB_DMS_INBOX_UNAVAILABLE,
  nameTaken: dmsErrors.HUB_DMS_NAME_TAKEN,
  tooLarge: dmsErrors.HUB_DMS_FILE_TOO_LARGE,
};

/** Files of a DMS at an SFTP server. One connection, opened at need and closed when nobody used it for a minute. */
export class SftpFiles extends RemoteSftpFiles {
  constructor(reveal: Reveal<SftpServer>, idleMs?: number) {
    super(reveal, errors, idleMs);
  }
}
