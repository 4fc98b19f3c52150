import pg from 'pg';
import { storeErrors } from './errors.ts';

const INT8 = 20;
const DATE = 1082;
const TIMESTAMP = 1114;
const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;

const OLDEST_SERVER = 150_000;
const NAME = /^[a-z_][a-z0-9_]*$/;
const LONGEST_SCHEMA_NAME = 48;
const LONGEST_CHANNEL_NAME = 63;

export interface ConnectionTarget {
  readonly url: string;
  readonly schema: string;
  readonly applicationName: string;
  /** Milliseconds, 0 for none. Default 30,000. */
  readonly statementTimeout?: number;
  /** Milliseconds. Default 5,000. */
  readonly lockTimeout?: number;
  /** Milliseconds until a connection whose server says nothing is given up. Default: {@link answerTimeout}. */
  readonly answerTimeout?: number;
}

const STATEMENT_TIMEOUT_MS = 30_000;
/** For the way there and back, beyond what the server allows a statement. */
const ON_THE_WAY_MS = 10_000;

/**
 * Milliseconds to wait for the answer of a statement that may take so long at the server: where the network swallows what is
 * sent, no limit of the server comes back, and TCP would wait for a quarter of an hour.
 */
export function answerTimeout(statementTimeout: number): number {
  return statementTimeout === 0 ? 0 : statementTimeout + ON_THE_WAY_MS;
}

/** @throws HUB_STORE_NAME */
export function checkSchemaName(schema: string): void {
  checkName('Schema', schema, LONGEST_SCHEMA_NAME);
}

/** @throws HUB_STORE_NAME */
export function checkChannelName(channel: string): void {
  checkName('Channel', channel, LONGEST_CHANNEL_NAME);
}

/** @throws HUB_STORE_URL */
export function checkUrl(url: string): void {
  parseUrl(url);
}

/** Options of a session whose unqualified names resolve in the schema. */
export function connectionOptions(target: ConnectionTarget): pg.ClientConfig {
  const url = parseUrl(target.url);
  const { statementTimeout = STATEMENT_TIMEOUT_MS } = target;
  const settings = [
    url.searchParams.get('options'),
    `-c search_path=${target.schema}`,
    `-c statement_timeout=${statementTimeout}`,
    `-c lock_timeout=${target.lockTimeout ?? 5_000}`,
    '-c idle_in_transaction_session_timeout=60000',
    '-c idle_session_timeout=0',
    '-c client_min_messages=warning',
    '-c TimeZone=UTC',
  ];
  for (const name of ['options', 'application_name', 'statement_timeout', 'lock_timeout'])
    url.searchParams.delete(name);
  return {
    connectionString: url.href,
    options: settings.filter(Boolean).join(' '),
    application_name: `${target.applicationName}/${target.schema}`,
    connectionTimeoutMillis: 10_000,
    query_timeout: target.answerTimeout ?? answerTimeout(statementTimeout),
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser: typeParser },
  };
}

/** Refuses a server that is too old, or a standby that takes no writes. @throws HUB_STORE_TOO_OLD, HUB_STORE_UNREACHABLE */
export async function checkServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: string; standby: boolean }>(
    "SELECT current_setting('server_version_num') AS version, pg_is_in_recovery() AS standby",
  );
  const version = Number(rows[0]?.version);
  if (version < OLDEST_SERVER) {
    throw storeErrors.HUB_STORE_TOO_OLD({
      detail: `The server is PostgreSQL ${Math.floor(version / 10_000)}; 15 or newer is needed.`,
    });
  }
  if (rows[0]?.standby) {
    throw storeErrors.HUB_STORE_UNREACHABLE({
      detail: 'The server is a standby: it takes no writes.',
      retryAfterSeconds: 5,
    });
  }
}

function checkName(kind: string, name: string, longest: number): void {
  if (NAME.test(name) && name.length <= longest) return;
  throw storeErrors.HUB_STORE_NAME({ detail: `${kind} name ${name} is not usable.` });
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw storeErrors.HUB_STORE_URL();
  return url;
}

function typeParser(oid: number, format?: string): (value: string) => unknown {
  if (format !== 'binary') {
    if (oid === INT8) return safeInteger;
    if (oid === DATE || oid === TIMESTAMP) return asText;
    if (oid === INT8_ARRAY) return (value) => plainArray(value).map(elementAsInteger);
    if (oid === DATE_ARRAY) return plainArray;
  }
  return pg.types.getTypeParser(oid, format as 'text');
}

/** One-dimensional arrays of types whose texts are never quoted. */
function plainArray(value: string): (string | null)[] {
  if (value === '{}') return [];
  return value
    .slice(1, -1)
    .split(',')
    .map((element) => (element === 'NULL' ? null : element));
}

function asText(value: string): string {
  return value;
}

function elementAsInteger(value: string | null): number | null {
  return value === null ? null : safeInteger(value);
}

function safeInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw storeErrors.HUB_STORE_NUMBER();
  return number;
}
