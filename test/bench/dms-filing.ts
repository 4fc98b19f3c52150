import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { sendApplications } from './dms-applications.ts';
import type { Town } from './dms-towns.ts';
import { type Hub, type HubOptions, startHub } from './hub.ts';
import { cpuSeconds } from './processes.ts';
import { progress } from './progress.ts';

const PATIENCE_MS = 300_000;
const SAY_MS = 2_000;

export interface Filing {
  /** From the moment its DMS may be reached to the end of the last try. */
  readonly perSecond: number;
  /** Milliseconds of one try, from its start to its end. */
  readonly times: readonly number[];
  /** Milliseconds of CPU for each delivery. */
  readonly hubCpu: number;
  readonly postgresCpu: number;
}

export interface FilingPlan {
  /** The one that is measured, and the others whose deliveries wait beside it. */
  readonly town: Town;
  readonly others?: readonly Town[];
  /** Applications for each. */
  readonly count: number;
  /** Ends what the others still do, when they are paused again. */
  readonly release?: () => void;
}

/** A hub that files what it is told, when it is told. */
export class FilingHub {
  private constructor(
    readonly hub: Hub,
    private readonly client: pg.Client,
  ) {}

  static async start(options: HubOptions & { readonly directory: string }): Promise<FilingHub> {
    const { directory, settings, ...rest } = options;
    // A DMS that is dead on purpose would fill the terminal with warnings.
    const hub = await startHub({
      ...rest,
      settings: { HUB_DIRECTORY: directory, HUB_LOG_LEVEL: 'error', ...settings },
    });
    const client = new pg.Client(hub.databaseUrl);
    await client.connect();
    return new FilingHub(hub, client);
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.hub.stop();
  }

  /**
   * Takes applications in while every DMS is paused, then resumes them and measures: the intake's work is no part of it.
   */
  async file({ town, others = [], count, release }: FilingPlan): Promise<Filing> {
    const { hub, client } = this;
    const towns = [...others, town];
    await client.query('DELETE FROM dms_export.delivery');
    await client.query('DELETE FROM dms_export.target_state');
    for (const one of towns) await this.#target(one, 'pause');
    progress(`${count * towns.length} applications into the intake`);
    await sendApplications(hub, towns, count);
    await this.#until(`queued`, count * towns.length, 'SELECT count(*)::int AS done FROM dms_export.delivery');
    const cpu = async () => [await cpuSeconds(hub.pid), await cpuSeconds(hub.postgresPid, true)] as const;
    const before = await cpu();
    for (const one of others) await this.#target(one, 'resume');
    const resumed = Date.now();
    await this.#target(town, 'resume');
    await this.#until(`with the DMS of ${town.slug}`, count, states(town, 'AWAITING_RECEIPT', 'AWAITING_RESULT'));
    const after = await cpu();
    const { rows } = await client.query<{ started: number; ms: number }>(
      `SELECT extract(epoch FROM started_at)::float8 * 1000 AS started, duration_ms AS ms
       FROM dms_export.attempt a JOIN dms_export.delivery d ON d.id = a.delivery_id
       WHERE d.tenant = $1 AND a.class = 'OK'`,
      [town.slug],
    );
    const last = Math.max(...rows.map(({ started, ms }) => started + ms));
    await this.#until(`confirmed by the DMS of ${town.slug}`, count, states(town));
    for (const one of towns) await this.#target(one, 'pause');
    release?.();
    await this.#until(
      'at rest',
      1,
      `SELECT 1 - count(*)::int AS done FROM dms_export.delivery WHERE state = 'IN_FLIGHT'`,
    );
    const each = (n: 0 | 1) => ((after[n] - before[n]) * 1000) / count;
    return {
      perSecond: (count * 1000) / (last - resumed),
      times: rows.map(({ ms }) => ms),
      hubCpu: each(0),
      postgresCpu: each(1),
    };
  }

  async #target({ slug }: Town, verb: 'pause' | 'resume'): Promise<void> {
    const { url, token } = this.hub;
    const answer = await fetch(`${url}/dms-export/ops/v1/targets/${slug}/eakte/${verb}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'bench' }),
    });
    if (!answer.ok) throw new Error(`To ${verb} ${slug} was answered ${answer.status}: ${await answer.text()}`);
  }

  async #until(what: string, count: number, sql: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let said = performance.now(); performance.now() < deadline; await pause(20)) {
      const { rows } = await this.client.query<{ done: number; bad?: number }>(sql);
      const { done, bad = 0 } = rows[0]!;
      if (bad > 0) throw new Error(`${bad} deliveries failed.`);
      if (done >= count) return;
      if (performance.now() - said < SAY_MS) continue;
      said = performance.now();
      progress(`${done} of ${count} ${what}`);
    }
    throw new Error(`Not all were ${what} in time.`);
  }
}

/** Counts deliveries of a town that came to a good end, or to one of the states given. */
function states({ slug }: Town, ...more: readonly string[]): string {
  const done = ['DELIVERED', 'CONFIRMED', ...more].map((state) => `'${state}'`).join();
  return `SELECT count(*) FILTER (WHERE state IN (${done}))::int AS done,
      count(*) FILTER (WHERE state IN ('PARKED', 'IN_DOUBT', 'REJECTED'))::int AS bad
    FROM dms_export.delivery WHERE tenant = '${slug}'`;
}
