import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { OVER_HTTP } from './fault-directory.ts';
import { OPERATIONS, REASON, begunReplay, recover } from './recovery.ts';
import type { Fault, Scene } from './scene.ts';

const TARGETS = ['musterstadt', OVER_HTTP];
const PATIENCE_MS = 40_000;
/** For so long the replay is to go on, so that it can be paused. */
const REPLAY_SECONDS = 15;

interface Parked {
  readonly deliveries: readonly { readonly id: string; readonly failure?: { readonly code?: string } }[];
}

async function parked({ hub }: Scene, code?: string): Promise<number> {
  const query = code === undefined ? '' : `&code=${code}`;
  const path = `${OPERATIONS}/deliveries?state=parked&limit=500${query}`;
  return (await hub.ask<Parked>('GET', path)).deliveries.length;
}

/** Waits until it is as many, at most for a while. @returns how many it is */
async function reaches(count: () => Promise<number>, goal: number, signal: AbortSignal): Promise<number> {
  for (const until = Date.now() + PATIENCE_MS; ; await pause(200, undefined, { signal })) {
    const now = await count();
    if (now >= goal || Date.now() > until) return now;
  }
}

function vaultFiles(folder: string): { readonly path: string; readonly at: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .toSorted((a, b) => b.at - a.at);
}

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1 << (at % 8);
  writeFileSync(path, bytes);
}

/** A file of an application that waits for its target loses a bit, and gets it back from the backup. */
const bitFlip: Fault = {
  kind: 'vault: bit flipped',
  place: 'all',
  async strike(scene) {
    const { hub, clients, random, signal } = scene;
    const before = await parked(scene, 'HUB_VAULT_CORRUPT');
    const files = join(hub.dataDir, 'vault', 'objects');
    const known = new Set(vaultFiles(files).map(({ path }) => path));
    const fresh = () => vaultFiles(files).filter(({ path }) => !known.has(path));
    for (const tenant of TARGETS) await hub.ask('POST', `${OPERATIONS}/targets/${tenant}/eakte/pause`, REASON);
    const flipped: (readonly [string, number])[] = [];
    try {
      await reaches(async () => fresh().length, 3, signal);
      // The oldest of them: its application was accepted by now.
      await clients.acceptedMore(6, 5_000);
      for (const { path } of fresh().slice(-2)) {
        const at = random.between(0, statSync(path).size - 1);
        flipBit(path, at);
        flipped.push([path, at]);
      }
      for (const tenant of TARGETS) await hub.ask('POST', `${OPERATIONS}/targets/${tenant}/eakte/resume`, {});
      return (await reaches(() => parked(scene, 'HUB_VAULT_CORRUPT'), before + 1, signal)) - before;
    } finally {
      for (const [path, at] of flipped) flipBit(path, at);
    }
  },
};

/** Deliveries that a refusing target has parked are replayed at a rate while others flow; paused and resumed on the way. */
const replayed: Fault = {
  kind: 'replay of parked deliveries, paused and resumed',
  place: 'all',
  async strike(scene) {
    const { hub, records, clients, holdMs, signal } = scene;
    await recover(hub, signal);
    records.behave('refuse');
    const goal = Math.max(10, holdMs / 100);
    await clients.burst(3, holdMs);
    const waiting = await reaches(() => parked(scene), goal, signal);
    records.behave('take');
    const id = await begunReplay(hub, Math.max(0.5, waiting / REPLAY_SECONDS));
    const step = (what: string) =>
      hub.ask<{ done: number; total: number }>('POST', `${OPERATIONS}/replays/${id}/${what}`, {});
    await clients.acceptedMore(1, 3_000);
    const { done, total } = await step('pause');
    await clients.acceptedMore(3, 5_000);
    await step('resume');
    return total > 0 && done < total ? total : 0;
  },
};

const killedInReplay = (point: string): Fault => ({
  kind: `kill -9 at ${point}`,
  place: 'all',
  async strike(scene) {
    const { hub, records, signal } = scene;
    const before = hub.hitsOf(point);
    records.behave('refuse');
    await reaches(() => parked(scene), 5, signal);
    records.behave('take');
    hub.arm(point);
    // Whoever answers may be the one that is killed: the replay has begun all the same.
    await begunReplay(hub, 20).catch((error: unknown) => {
      if (hub.hitsOf(point) === before) throw error;
    });
    await hub.untilHit(point, before, PATIENCE_MS);
    return hub.hitsOf(point) - before;
  },
});

interface Reloaded {
  readonly outcome: 'changed' | 'unchanged' | 'refused';
}

/** A directory with a mistake is refused and changes nothing; then the DMS moves to another address, and back. */
const directoryChanged: Fault = {
  kind: 'directory changed in mid-run',
  place: 'all',
  async strike({ hub, directory, ways: { target }, otherTarget, clients, signal }) {
    const reload = async () => (await hub.ask<Reloaded>('POST', '/hub/ops/v1/directory/reload', {})).outcome;
    await directory.spoil();
    const spoilt = await reload();
    const before = otherTarget.connections;
    await directory.point(otherTarget.port);
    const moved = await reload();
    await target.treat('refuse');
    try {
      await clients.acceptedMore(10, 10_000);
      await reaches(async () => otherTarget.connections, before + 1, signal);
    } finally {
      await target.treat('pass');
      await directory.point(target.port);
      await reload();
    }
    // `unchanged`: the process has looked by itself meanwhile.
    if (spoilt !== 'refused' || moved === 'refused') throw new Error(`a mistake was ${spoilt}, a change ${moved}`);
    return otherTarget.connections - before;
  },
};

/** What happens to the contents, and what operators do with many deliveries. */
export const contentFaults: readonly Fault[] = [
  bitFlip,
  replayed,
  killedInReplay('delivery.before-replay-commit'),
  { ...killedInReplay('delivery.after-replay-commit'), onlyLong: true },
  directoryChanged,
];
