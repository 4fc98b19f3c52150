import { type CmisConnection, type CmisConnectionOptions, connectCmis } from '@ozg-hub/cmis';
import type { Logger } from '@ozg-hub/core';
import type { Directory } from '@ozg-hub/directory';
import type { CmisSettings } from './cmis-settings.ts';

export interface CmisTarget {
  readonly tenant: string;
  readonly target: string;
}

export interface CmisConnectionsOptions {
  readonly directory: Pick<Directory, 'current' | 'connection'>;
  readonly logger: Logger;
}

interface Kept {
  /** As the directory has them, secrets not looked up. */
  readonly settings: string;
  readonly connection: Promise<CmisConnection>;
}

/** One connection for each target, made anew where its settings have changed. */
export class CmisConnections {
  readonly #kept = new Map<string, Kept>();
  readonly #replaced = new Set<Promise<CmisConnection>>();

  constructor(private readonly options: CmisConnectionsOptions) {}

  settings({ tenant, target }: CmisTarget): CmisSettings {
    return this.options.directory.current().target(tenant, target).settings as unknown as CmisSettings;
  }

  /** @throws HUB_DIRECTORY_SECRET_MISSING */
  async to(target: CmisTarget): Promise<CmisConnection> {
    const key = keyOf(target);
    const settings = JSON.stringify(this.settings(target));
    const known = this.#kept.get(key);
    if (known?.settings === settings) return await known.connection;
    this.forget(target);
    const connection = this.#connect(target);
    this.#kept.set(key, { settings, connection });
    connection.catch(() => this.#kept.get(key)?.connection === connection && this.#kept.delete(key));
    return await connection;
  }

  /** The next call connects anew, with secrets as they are then. What still uses the old one ends in peace. */
  forget(target: CmisTarget): void {
    const known = this.#kept.get(keyOf(target));
    if (!known) return;
    this.#kept.delete(keyOf(target));
    this.#replaced.add(known.connection);
  }

  async close(): Promise<void> {
    const all = [...this.#replaced, ...[...this.#kept.values()].map(({ connection }) => connection)];
    this.#replaced.clear();
    this.#kept.clear();
    for (const settled of await Promise.allSettled(all)) if (settled.status === 'fulfilled') settled.value.close();
  }

  async #connect(target: CmisTarget): Promise<CmisConnection> {
    const reveal = () => revealed(this.options.directory, target);
    return connectCmis({ ...connectionOptions(await reveal(), reveal), logger: this.options.logger });
  }
}

async function revealed(
  directory: Pick<Directory, 'connection'>,
  { tenant, target }: CmisTarget,
): Promise<CmisSettings> {
  return (await directory.connection(tenant, target)).settings as unknown as CmisSettings;
}

/** @param settings with secrets looked up @param renew the same, looked up again */
export function connectionOptions(settings: CmisSettings, renew: () => Promise<CmisSettings>): CmisConnectionOptions {
  const { binding, url, repositoryId, authentication, tls, csrfHeader, timeouts, connections, redirects, quirks } =
    settings;
  const bearer = async () => {
    const { authentication: now } = await renew();
    return now?.by === 'bearer' ? now.token : '';
  };
  return {
    binding,
    url,
    redirects,
    ...(repositoryId !== undefined && { repositoryId }),
    ...(authentication?.by === 'basic' && {
      authentication: { kind: 'basic', user: authentication.user, password: authentication.password },
    }),
    ...(authentication?.by === 'bearer' && { authentication: { kind: 'bearer', token: bearer } }),
    ...(tls && { tls: given(tls) }),
    ...(csrfHeader !== undefined && { csrfHeader }),
    ...(timeouts && { timeouts: given(timeouts) }),
    ...(connections !== undefined && { limits: { connections } }),
    quirks: given(quirks),
  };
}

type Given<Record> = { readonly [Key in keyof Record]?: Exclude<Record[Key], undefined> };

function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;
}

function keyOf({ tenant, target }: CmisTarget): string {
  return `${tenant}/${target}`;
}
