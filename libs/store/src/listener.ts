import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ozg-hub/core';
import pg from 'pg';
import { type ConnectionTarget, checkChannelName, checkServer, connectionOptions } from './connection.ts';
import { storeErrors } from './errors.ts';
import { storeError } from './sql-failure.ts';
import type { ListenHandle } from './store.port.ts';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CHECK_EVERY_MS = 10_000;

type Wake = (payload?: string) => void;

/** The one LISTEN connection of a database: opened with the first listener, reopened whenever it is lost. */
export class Listener {
  readonly #target: ConnectionTarget;
  readonly #logger: Logger;
  readonly #wakes = new Map<string, Set<Wake>>();
  readonly #stopped = new AbortController();
  #client: Promise<pg.Client> | undefined;

  constructor(target: ConnectionTarget, logger: Logger) {
    this.#target = target;
    this.#logger = logger;
  }

  async listen(channel: string, wake: Wake): Promise<ListenHandle> {
    checkChannelName(channel);
    if (this.#stopped.signal.aborted) throw storeErrors.HUB_STORE_CLOSED();
    const wakes = this.#wakes.get(channel) ?? new Set();
    this.#wakes.set(channel, wakes);
    // A listener given twice is two listeners.
    const own: Wake = (payload) => wake(payload);
    wakes.add(own);
    try {
      if (this.#client) await this.#add(await this.#client, channel);
      else await this.#first();
    } catch (error) {
      wakes.delete(own);
      throw storeError(error);
    }
    this.#call(own);
    return {
      close: async () => {
        wakes.delete(own);
      },
    };
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#wakes.clear();
    await (await this.#client?.catch(() => undefined))?.end();
  }

  /** The first connection fails its caller; lost ones are reopened for ever. */
  async #first(): Promise<void> {
    const connecting = this.#connect();
    this.#client = connecting;
    try {
      await connecting;
    } catch (error) {
      if (this.#client === connecting) this.#client = undefined;
      throw error;
    }
  }

  async #add(client: pg.Client, channel: string): Promise<void> {
    try {
      await client.query(`LISTEN "${channel}"`);
    } catch (error) {
      // The connection went away: the next one listens to every channel known by then, and wakes.
      this.#logger.debug({ channel, reason: storeError(error).code }, 'listening waits for the next connection');
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...connectionOptions(this.#target), query_timeout: CHECK_EVERY_MS });
    client.on('error', (error) => this.#logger.debug({ reason: error.message }, 'listening connection failed'));
    client.on('notification', ({ channel, payload = '' }) => this.#wake(channel, payload));
    try {
      await client.connect();
      await checkServer(client);
      for (const channel of this.#wakes.keys()) await client.query(`LISTEN "${channel}"`);
    } catch (error) {
      await client.end();
      throw error;
    }
    const check = setInterval(() => {
      client.query('SELECT 1').catch(() => client.end());
    }, CHECK_EVERY_MS).unref();
    client.once('end', () => {
      clearInterval(check);
      if (!this.#stopped.signal.aborted) this.#client = this.#reconnect();
    });
    return client;
  }

  async #reconnect(): Promise<pg.Client> {
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        const client = await this.#connect();
        for (const channel of this.#wakes.keys()) this.#wake(channel);
        return client;
      } catch (error) {
        this.#logger.warn(
          { reason: storeError(error).code, waitMs: wait },
          'cannot listen to the database, trying again',
        );
        await pause(wait, undefined, { signal: this.#stopped.signal });
      }
    }
  }

  #wake(channel: string, payload?: string): void {
    for (const wake of this.#wakes.get(channel) ?? []) this.#call(wake, payload);
  }

  #call(wake: Wake, payload?: string): void {
    try {
      wake(payload);
    } catch (error) {
      this.#logger.error({ err: error as Error }, 'listener failed');
    }
  }
}
