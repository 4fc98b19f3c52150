/** Runs SQL. Parameters: arrays become PostgreSQL arrays (pass JSON arrays as text), plain objects JSON, `undefined` NULL. */
export interface Sql {
  /**
   * Rows as plain objects: int8 is a number (an unsafe one throws HUB_STORE_NUMBER), numeric and date are text,
   * timestamptz is a Date, json and jsonb are parsed, bytea is a Buffer. A text with parameters is prepared once per
   * connection under a name derived from the text, so keep texts constant.
   */
  query<Row extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** A transaction at READ COMMITTED. Not to be used after its `work` has ended. */
export interface Tx extends Sql {
  /** Runs after a COMMIT that is known to have taken effect, in the order given; an error in it is only logged. */
  afterCommit(run: () => void): void;
  /**
   * Wakes the listeners of a channel shortly after the commit, together with those of other transactions. Much cheaper
   * than pg_notify in a statement, which makes commits wait for each other. A wake may be lost: listeners poll as well.
   */
  notify(channel: string): void;
  /** Lets each further statement take so many milliseconds instead of 30,000. */
  allowStatements(milliseconds: number): Promise<void>;
  readonly schema: string;
}

/**
 * One schema of the database: unqualified names resolve there and nowhere else.
 * Statements end after 30 s, waits for locks after 5 s (HUB_STORE_BUSY); a connection that does not answer for 10 s more is given
 * up (HUB_STORE_UNREACHABLE).
 */
export interface Store extends Sql {
  readonly schema: string;
  /**
   * Begins, runs `work`, commits. Serialization failures and deadlocks run `work` again, three times at most in
   * all further attempts: it must have no effect but through `tx`.
   * @throws HUB_STORE_COMMIT_UNKNOWN the connection was lost during COMMIT
   * @throws HUB_STORE_UNREACHABLE, HUB_STORE_FULL, HUB_STORE_BUSY, HUB_STORE_CONFLICT nothing took effect, try later
   * @throws HUB_STORE_ROLLED_BACK `work` ignored a failed statement
   */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Calls `wake` on each NOTIFY, with its payload, and once without one after every (re)connect, since notifications may
   * have been missed by then.
   * All listeners of a database share one connection. Resolves when the first LISTEN is in force.
   */
  listen(channel: string, wake: (payload?: string) => void): Promise<ListenHandle>;
  /** Takes a lock that one session in the whole database can hold, or undefined where another holds it. */
  lock(name: string): Promise<HeldLock | undefined>;
  /** Waits for what is running; further calls fail with HUB_STORE_CLOSED. */
  close(): Promise<void>;
}

export interface ListenHandle {
  close(): Promise<void>;
}

/** An advisory lock, held by a connection of its own. */
export interface HeldLock {
  /** Aborted as soon as the lock may be someone else's: the connection ended or does not answer. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
