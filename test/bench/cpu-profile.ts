import { readFile } from 'node:fs/promises';

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** What the main thread works at; the first that fits a frame counts, from the innermost frame outwards. */
const WORK: readonly (readonly [work: string, where: RegExp])[] = [
  [
    'HTTP and Nest',
    /node_modules\/(@nestjs|fastify|@fastify|find-my-way|light-my-request|avvio|rxjs|reflect-metadata)\//,
  ],
  ['HTTP and Nest', /libs\/runtime\/|node:_http|node:internal\/http/],
  ['XML: sending and taking back', /libs\/xml\//],
  ['crypto and vault', /libs\/vault\/|node:internal\/crypto/],
  ['SQL: driver and transactions', /libs\/store\/|node_modules\/pg/],
  ['mapping to the envelope, checks', /libs\/(civento|submission|directory)\/|node_modules\/zod/],
  ['events: relay and bus', /libs\/(messaging|events)\//],
  ['trail: rows and sealer', /libs\/delivery\//],
  ['logs and metrics', /libs\/observability\/|node_modules\/(pino|prom-client|sonic-boom|thread-stream)/],
  ['intake: reading, keys, groups', /services\/civento-intake\//],
  ['export', /services\/dms-export\/|libs\/xdomea\//],
  ['sockets and streams', /node:net|node:internal\/(stream|js_stream)|node:(internal\/)?streams?/],
];
const OTHER = 'runtime: event loop, promises, timers';
export const GARBAGE = 'garbage collection';

/** Seconds of the main thread by what it worked at between two points of the monotonic clock (microseconds). */
export async function workOf(file: string, from: number, to: number): Promise<Map<string, number>> {
  const profile = JSON.parse(await readFile(file, 'utf8')) as Profile;
  const workById = worksOf(profile.nodes);
  const seconds = new Map<string, number>();
  let at = profile.startTime;
  profile.samples.forEach((node, n) => {
    const length = profile.timeDeltas[n]!;
    at += length;
    const work = workById.get(node);
    if (work === undefined || at < from || at > to) return;
    seconds.set(work, (seconds.get(work) ?? 0) + length / 1e6);
  });
  return seconds;
}

/** Work by node; none for idle time. */
function worksOf(nodes: readonly ProfileNode[]): Map<number, string> {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const works = new Map<number, string>();
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === '(idle)') continue;
    if (callFrame.functionName === '(garbage collector)') works.set(id, GARBAGE);
    else works.set(id, workAt(id, byId, parents));
  }
  return works;
}

function workAt(id: number, byId: ReadonlyMap<number, ProfileNode>, parents: ReadonlyMap<number, number>): string {
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const url = byId.get(at)!.callFrame.url;
    const work = WORK.find(([, where]) => where.test(url))?.[0];
    if (work) return work;
  }
  return OTHER;
}
