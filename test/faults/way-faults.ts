import { setTimeout as pause } from 'node:timers/promises';
import type { Treatment } from './fault-proxy.ts';
import type { Whim } from './records-server.ts';
import { type Fault, type Scene, hold } from './scene.ts';

const names = { database: 'PostgreSQL', kafka: 'Kafka', target: 'target' } as const;

const onWay = (place: keyof Scene['ways'], treatment: Treatment): Fault => ({
  kind: `${names[place]}: ${treatment}`,
  place,
  async strike(scene) {
    const proxy = scene.ways[place];
    await proxy.treat(treatment);
    try {
      return await hold(scene, () => proxy.hits);
    } finally {
      await proxy.treat('pass');
    }
  },
});

const whim = (kind: string, what: Whim): Fault => ({
  kind: `target: ${kind}`,
  place: 'target',
  async strike(scene) {
    const { records } = scene;
    records.behave(what);
    try {
      return await hold(scene, () => records.hits);
    } finally {
      records.behave('take');
    }
  },
});

const COMMITS = 8;
const COMMITS_MS = 10_000;

/** Answers to COMMIT that nobody gets: whoever sent it cannot know what became of it. */
const commitsCut: Fault = {
  kind: 'PostgreSQL: connection cut during COMMIT',
  place: 'database',
  async strike({ ways: { database }, signal }) {
    const all = database.loseAnswers('COMMIT', COMMITS);
    await Promise.race([all, pause(COMMITS_MS, undefined, { signal })]);
    return COMMITS - database.stopLosing();
  },
};

/** What happens between the hub and its counterparties. */
export const wayFaults: readonly Fault[] = [
  commitsCut,
  onWay('database', 'refuse'),
  onWay('database', 'reset'),
  onWay('database', 'black hole'),
  onWay('database', 'half-open'),
  onWay('kafka', 'refuse'),
  onWay('kafka', 'reset'),
  onWay('kafka', 'black hole'),
  onWay('kafka', 'half-open'),
  onWay('target', 'refuse'),
  onWay('target', 'reset'),
  onWay('target', 'black hole'),
  onWay('target', 'half-open'),
  onWay('target', 'trickle'),
  whim('answer lost after the effect', 'lose answer'),
  whim('truncated answer', 'cut answer'),
  whim('429 with Retry-After', 'too many'),
  whim('401', 'unauthorised'),
  whim('a page in place of an answer', 'page'),
  whim('422', 'refuse'),
  whim('503', 'unavailable'),
];
