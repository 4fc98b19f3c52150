import type { Writable } from 'node:stream';
import pg from 'pg';
import { answerTimeout } from './connection.ts';
import { storeErrors } from './errors.ts';
import { connectionIsLost, planIsStale, storeError } from './sql-failure.ts';
import type { Tx } from './store.port.ts';

const BEGIN = { name: 'begin', text: 'BEGIN' };
const nothing = () => undefined;

/** Prepares a new session for {@link Transaction}. */
export async function prepareForTransactions(client: pg.ClientBase): Promise<void> {
  await client.query(BEGIN);
  await client.query('ROLLBACK');
}

/**
 * One attempt of a transaction on one connection. BEGIN travels with the first statement: no statement, no round trip.
 * Later statements are sent when they are asked for, together those of one turn; the server answers them in order.
 */
export class Transaction implements Tx {
  readonly schema: string;
  /** To be run, and channels to be notified, once COMMIT is known to have taken effect. */
  readonly committed: (() => void)[] = [];
  readonly channels = new Set<string>();
  readonly #client: pg.PoolClient;
  readonly #statement: (text: string, params: readonly unknown[] | undefined) => pg.QueryConfig;
  #state: 'idle' | 'open' | 'ended' = 'idle';
  #unusable = false;
  /** Nothing is sent before the first statement's answer: behind a BEGIN that failed it would take effect alone. */
  #begun: Promise<unknown> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #corked = false;
  /** Milliseconds; unset: that of the connection. */
  #answerTimeout: number | undefined;

  constructor(
    schema: string,
    client: pg.PoolClient,
    statement: (text: string, params: readonly unknown[] | undefined) => pg.QueryConfig,
  ) {
    this.schema = schema;
    this.#client = client;
    this.#statement = statement;
  }

  /** The connection must not be used again. */
  get unusable(): boolean {
    return this.#unusable;
  }

  query<Row extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    const answer = this.#begun ? this.#begun.then(() => this.#run<Row>(text, params)) : this.#run<Row>(text, params);
    const [settled, before] = [answer.then(nothing, nothing), this.#last];
    this.#begun ??= settled;
    this.#last = settled.then(() => before);
    return answer;
  }

  async allowStatements(milliseconds: number): Promise<void> {
    await this.query("SELECT set_config('statement_timeout', $1, true)", [`${milliseconds}ms`]);
    this.#answerTimeout = answerTimeout(milliseconds);
  }

  afterCommit(run: () => void): void {
    this.committed.push(run);
  }

  notify(channel: string): void {
    this.channels.add(channel);
  }

  async commit(): Promise<void> {
    if ((await this.#end()) === 'idle') return;
    let command: string;
    try {
      ({ command } = await this.#client.query('COMMIT'));
    } catch (error) {
      this.#unusable = true;
      throw connectionIsLost(error) ? storeErrors.HUB_STORE_COMMIT_UNKNOWN({ cause: error }) : storeError(error);
    }
    if (command !== 'COMMIT') throw storeErrors.HUB_STORE_ROLLED_BACK();
  }

  /** Never fails: where ROLLBACK does not get through, ending the connection has the same effect. */
  async rollback(): Promise<void> {
    if ((await this.#end()) === 'idle' || this.#unusable) return;
    await this.#client.query('ROLLBACK').catch(() => {
      this.#unusable = true;
    });
  }

  /** Waits for statements that nobody awaited; the state before. */
  async #end(): Promise<'idle' | 'open' | 'ended'> {
    await this.#last;
    const before = this.#state;
    this.#state = 'ended';
    return before;
  }

  async #run<Row extends object>(text: string, params: readonly unknown[] | undefined): Promise<Row[]> {
    if (this.#state === 'ended') throw storeErrors.HUB_STORE_TX_ENDED();
    try {
      if (this.#unusable) throw storeErrors.HUB_STORE_UNREACHABLE({ retryAfterSeconds: 5 });
      const statement = { ...this.#statement(text, params), query_timeout: this.#answerTimeout };
      if (this.#state === 'open') {
        this.#collectWrites();
        return (await this.#client.query(statement)).rows as Row[];
      }
      this.#state = 'open';
      if (statement.values !== undefined && statement.values.length > 0) return await this.#begin<Row>(statement);
      await this.#client.query(BEGIN);
      return (await this.#client.query(statement)).rows as Row[];
    } catch (error) {
      this.#unusable ||= connectionIsLost(error) || planIsStale(error);
      throw storeError(error);
    }
  }

  /** What is written in this turn leaves in one packet. */
  #collectWrites(): void {
    if (this.#corked) return;
    this.#corked = true;
    const { stream } = (this.#client as unknown as { connection: { stream: Writable } }).connection;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  #begin<Row extends object>(statement: pg.QueryConfig): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const callback = (error: Error | undefined, result: pg.QueryResult) =>
        error ? reject(error) : resolve(result.rows as Row[]);
      this.#client.query(new FirstStatement(statement, undefined, callback));
    });
  }
}

/** What pg's Query calls on the way to the wire, and its types leave out. */
interface WireQuery {
  prepare(connection: WireConnection): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
}

interface WireConnection {
  bind(config: { statement: string; values: unknown[] }): void;
  execute(config: object): void;
}

const UntypedQuery = pg.Query as unknown as new (
  config: pg.QueryConfig,
  values: undefined,
  callback: (error: Error | undefined, result: pg.QueryResult) => void,
) => pg.Query & WireQuery;

/**
 * A statement sent together with the prepared BEGIN before it, ahead of one Sync: when BEGIN fails, PostgreSQL skips the
 * statement as well, so that it can never take effect outside the transaction.
 */
class FirstStatement extends UntypedQuery {
  #begun = false;

  override prepare(connection: WireConnection): void {
    connection.bind({ statement: BEGIN.name, values: [] });
    connection.execute({});
    super.prepare(connection);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#begun) super.handleCommandComplete(message, connection);
    this.#begun = true;
  }
}
