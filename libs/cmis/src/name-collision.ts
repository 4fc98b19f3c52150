import { isHubError } from '@ozg-hub/core';
import { cmisErrors } from './errors.ts';

/** A creating call; where the repository says contentAlreadyExists of a name (Alfresco), with the error of the standard. */
export async function nameCollision<Value>(call: Promise<Value>, renamed: boolean): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    if (renamed && isHubError(error, 'HUB_CMIS_CONTENT_EXISTS')) {
      throw cmisErrors.HUB_CMIS_NAME_CONSTRAINT({ cause: error.cause });
    }
    throw error;
  }
}
