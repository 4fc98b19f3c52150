import { AtomPubConnection } from './atom-pub.adapter.ts';
import { BrowserConnection } from './browser.adapter.ts';
import type { CmisConnection } from './cmis-connection.port.ts';
import type { CmisConnectionOptions } from './connection-options.ts';

/** A connection by the binding named. Nothing is sent before the first call; one connection serves many calls at once. */
export function connectCmis(options: CmisConnectionOptions): CmisConnection {
  return options.binding === 'browser' ? new BrowserConnection(options) : new AtomPubConnection(options);
}
