import { readFile, readdir, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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

/** The newest segment of each partition of the hub's topics, with its size in bytes. */
export async function kafkaLogSizes(dataDir: string): Promise<ReadonlyMap<string, number>> {
  const segments = await newestSegments(dataDir);
  const sizes = segments.map(async ({ file }) => [file, (await stat(file)).size] as const);
  return new Map(await Promise.all(sizes));
}

/**
 * Takes the last records of each partition of the hub's topics from the log of a broker that was killed: so many at least,
 * where there are as many beyond the sizes that it may keep. Cuts in the midst of a batch, as a loss of power does; of that
 * one the broker keeps nothing. Kafka's own topics stay whole.
 */
export async function cutKafkaLogs(
  dataDir: string,
  records: number,
  kept: ReadonlyMap<string, number> = new Map(),
): Promise<CutPartition[]> {
  const cut: CutPartition[] = [];
  for (const { topic, partition, file } of await newestSegments(dataDir)) {
    const ends = await cutSegment(file, records, kept.get(file) ?? 0);
    if (ends) cut.push({ topic, partition, ...ends });
  }
  // By its absence the broker knows that it has to look through its logs.
  await rm(join(dataDir, '.kafka_cleanshutdown'), { force: true });
  return cut;
}

async function newestSegments(dataDir: string) {
  const folders = (await readdir(dataDir)).flatMap((folder) => {
    const [, topic, partition] = /^([^_].*)-(\d+)$/.exec(folder) ?? [];
    return topic === undefined ? [] : [{ topic, partition: Number(partition), folder: join(dataDir, folder) }];
  });
  return await Promise.all(
    folders.map(async ({ folder, ...of }) => {
      const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).toSorted();
      return { ...of, file: join(folder, segments.at(-1)!) };
    }),
  );
}

async function cutSegment(
  file: string,
  records: number,
  kept: number,
): Promise<Pick<CutPartition, 'endBefore' | 'endAfter'> | undefined> {
  const batches = batchesOf(await readFile(file)).filter(({ start }) => start >= kept);
  const last = batches.at(-1);
  if (!last) return undefined;
  let lost = 0;
  const torn = batches.findLast((batch) => (lost += batch.records) >= records) ?? batches[0]!;
  await truncate(file, torn.start + Math.floor(torn.size / 2));
  // Made anew from the log when the broker looks through it.
  for (const kind of ['index', 'timeindex']) await rm(file.replace(/log$/, kind), { force: true });
  for (const name of await readdir(dirname(file))) {
    if (name.endsWith('.snapshot')) await rm(join(dirname(file), name));
  }
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
