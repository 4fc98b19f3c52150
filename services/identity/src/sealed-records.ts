import type { HubSecrets } from '@ozg-hub/vault';

/** JSON that only this hub can read, for a table of the service. Dates become text. */
export class SealedRecords {
  constructor(private readonly secrets: HubSecrets) {}

  /** @param place table and row; {@link open} must be told the same */
  async seal(place: string, value: unknown): Promise<Buffer> {
    return await this.secrets.seal(`identity ${place}`, Buffer.from(JSON.stringify(value)));
  }

  /** @throws HUB_VAULT_CORRUPT where it was changed, or is of another place */
  async open<T>(place: string, sealed: Buffer): Promise<T> {
    return JSON.parse((await this.secrets.open(`identity ${place}`, sealed)).toString()) as T;
  }
}
