import { setTimeout as pause } from 'node:timers/promises';
import { OVER_HTTP } from './fault-directory.ts';
import { OPERATIONS, REASON, begunReplay, recover } from './recovery.ts';
import type { Fault, Scene } from './scene.ts';

/** Applications sent at a time, and before the hub is asked how many wait: more only wait in the intake. */
const AT_ONCE = 8;
const PORTION = 100;
/** What is accepted faster than it is parked would only come before the replay afterwards. */
const WAITING = 200;
/** Parts of the run's time, from the beginning: until then applications are sent, until then parked, and until then replayed. */
const [SENT, PARKED, REPLAYED] = [0.15, 0.17, 0.5];
/** Deliveries per second, beyond what the hub delivers here: so live ones have to come through a queue that is full. */
const RATE = 100;
/** However few there are, it is not over before it can be paused twice. */
const LEAST_SECONDS = 15;
/** So many that wait are as good as none: others come in all the time. */
const FEW = 20;
const LOOK_EVERY_MS = 1_000;
/** Thousands take their time: whoever watches is told how far it is. */
const SAY_EVERY_MS = 30_000;

interface Groups {
  readonly groups: readonly { readonly state: string; readonly tenant: string; readonly count: number }[];
}

interface Replay {
  readonly state: string;
  readonly total: number;
  readonly done: number;
}

/** Tells now and then how far it is. */
class News {
  #saidAt = Date.now();

  constructor(private readonly tell: (line: string) => void) {}

  say(line: string): void {
    if (Date.now() - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = Date.now();
    this.tell(line);
  }
}

/** Waits until it holds, or the time has come. */
async function until(time: number, holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (Date.now() < time && !(await holds())) await pause(LOOK_EVERY_MS, undefined, { signal });
}

async function parked({ hub }: Scene): Promise<number> {
  const { groups } = await hub.ask<Groups>('GET', `${OPERATIONS}/deliveries/groups`);
  const those = groups.filter(({ state, tenant }) => state === 'PARKED' && tenant === OVER_HTTP);
  return those.reduce((sum, { count }) => sum + count, 0);
}

async function fewWait({ hub }: Scene): Promise<boolean> {
  const path = `${OPERATIONS}/deliveries?state=queued,in_flight&tenant=${OVER_HTTP}&limit=${FEW}`;
  return (await hub.ask<{ deliveries: readonly unknown[] }>('GET', path)).deliveries.length < FEW;
}

/**
 * A DMS refuses applications by the thousand, as many as the machine manages in the time, and its operator mends it. They
 * are replayed while live ones come in; the replay is paused and resumed twice. What is left of it goes on afterwards.
 */
const manyReplayed: Fault = {
  kind: 'replay of thousands of parked deliveries under live traffic',
  place: 'all',
  onlyLong: true,
  once: true,
  async strike(scene) {
    const { hub, records, clients, many, say, signal, longMs } = scene;
    await recover(hub, signal);
    const began = Date.now();
    const end = (part: number) => began + longMs * part;
    const seconds = () => Math.round((Date.now() - began) / 1_000);
    const news = new News(say);
    records.behave('refuse');
    const before = clients.accepted.size;
    let sent = 0;
    while (sent < many && Date.now() < end(SENT)) {
      const portion = Math.min(PORTION, many - sent);
      await clients.pour(portion, OVER_HTTP, AT_ONCE);
      sent += portion;
      // Asked of those that are parked: of those that wait, some wait behind these in their lanes.
      await until(end(SENT), async () => (await parked(scene)) > sent - WAITING, signal);
      news.say(`${clients.accepted.size - before} applications are accepted, their DMS refuses`);
    }
    say(`${clients.accepted.size - before} applications were accepted in ${seconds()} s while their DMS refuses`);
    await until(end(PARKED), async () => (await parked(scene)) >= sent, signal);
    const waiting = await parked(scene);
    say(`${waiting} deliveries are parked after ${seconds()} s`);
    records.behave('take');
    const id = await begunReplay(hub, Math.max(1, Math.min(RATE, waiting / LEAST_SECONDS)));
    const replay = async (step = '') =>
      await hub.ask<Replay>(step ? 'POST' : 'GET', `${OPERATIONS}/replays/${id}${step}`, step ? REASON : undefined);
    let struck = 0;
    for (const part of [1 / 3, 2 / 3]) {
      const isThere = async () => {
        const { done, total } = await replay();
        news.say(`${done} of ${total} are queued again`);
        return done >= total * part;
      };
      await until(end(PARKED + (REPLAYED - PARKED) * part), isThere, signal);
      const { done, total } = await replay('/pause');
      await clients.acceptedMore(5, LOOK_EVERY_MS * 10);
      const { done: still } = await replay();
      if (done < total && still === done) struck = total;
      await replay('/resume');
    }
    const isOver = async () => {
      const { state, done, total } = await replay();
      news.say(`${done} of ${total} are queued again`);
      return state === 'DONE' && (await fewWait(scene));
    };
    await until(end(REPLAYED), isOver, signal);
    const { done, total } = await replay();
    say(`${done} of ${total} were queued again after ${seconds()} s`);
    return struck;
  },
};

/** What operators do with very many deliveries. */
export const replayFaults: readonly Fault[] = [manyReplayed];
