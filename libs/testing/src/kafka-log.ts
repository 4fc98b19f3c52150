import { readFile, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** What a partition lost. */
export interface CutPartition {
  readonly topic: string;
  readonly partition: number;
  /** The offset that the next record would have had. */
  readonly endBefore: number;
  readonly endAfter: number;
}

interface Batch {
  readonly start: number;
  readonly size: number;
  readonly firstOffset: number;
  readonly records: number;
}

const LENGTH_AT = 8;
const LENGTH_END = 12;
const LAST_OFFSET_DELTA_AT = 23;
/** A batch without records. */
const HEADER = 61;

/**
 * Takes the last records of every partition of the hub's topics from the log of a broker that was killed, so many at least
 * where there are as many in its newest segment: cuts in the midst of a batch, as a loss of power does, of which the
 * broker then keeps nothing. Kafka's own topics stay whole.
 */
export async function cutKafkaLogs(dataDir: string, records: number): Promise<CutPartition[]> {
  const cut: CutPartition[] = [];
  for (const folder of await readdir(dataDir)) {
    const [, topic, partition] = /^([^_].*)-(\d+)$/.exec(folder) ?? [];
    if (topic === undefined) continue;
    const ends = await cutNewestSegment(join(dataDir, folder), records);
    if (ends) cut.push({ topic, partition: Number(partition), ...ends });
  }
  // By its absence the broker knows that it has to look through its logs.
  await rm(join(dataDir, '.kafka_cleanshutdown'), { force: true });
  return cut;
}

async function cutNewestSegment(
  folder: string,
  records: number,
): Promise<Pick<CutPartition, 'endBefore' | 'endAfter'> | undefined> {
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).toSorted();
  const newest = join(folder, segments.at(-1)!);
  const batches = batchesOf(await readFile(newest));
  const last = batches.at(-1);
  if (!last) return undefined;
  let lost = 0;
  const torn = batches.findLast((batch) => (lost += batch.records) >= records) ?? batches[0]!;
  await truncate(newest, torn.start + Math.floor(torn.size / 2));
  // Made anew from the log when the broker looks through it.
  for (const kind of ['index', 'timeindex']) await rm(newest.replace(/log$/, kind), { force: true });
  for (const name of await readdir(folder)) if (name.endsWith('.snapshot')) await rm(join(folder, name));
  return { endBefore: last.firstOffset + last.records, endAfter: torn.firstOffset };
}

function batchesOf(segment: Buffer): Batch[] {
  const batches: Batch[] = [];
  for (let start = 0; start + HEADER <= segment.length;) {
    const size = LENGTH_END + segment.readUInt32BE(start + LENGTH_AT);
    const firstOffset = Number(segment.readBigUInt64BE(start));
    batches.push({ start, size, firstOffset, records: segment.readUInt32BE(start + LAST_OFFSET_DELTA_AT) + 1 });
    start += size;
  }
  return batches;
}
