import { mkdir } from 'node:fs/promises';
import { type Logger, isHubError } from '@ozg-hub/core';
import type { Replies, ReplyOutcome } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Counter } from '@ozg-hub/observability';
import type { BackgroundWork } from '@ozg-hub/runtime';
import type { Store } from '@ozg-hub/store';
import { type Reply, readReply } from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';
import { ReplyFolder, type StableFile } from '../transport/reply-folder.ts';
import { toTargetReply } from './target-reply.mapper.ts';
import { type XdomeaTarget, xdomeaTargets } from './xdomea-targets.ts';

/** Replies above this are set aside unread. */
const MAX_REPLY_BYTES = 50 * 1024 * 1024;
/** A file that cannot be read as a reply may still be in the making for this long. */
const GRACE_MS = 30_000;
/** AllgemeineRueckmeldung: the message was processed before. It says nothing about the first result. */
const PROCESSED_BEFORE = '0000009';

export interface ReplyPickupOptions {
  readonly store: Store;
  readonly replies: Replies;
  readonly directory: Directory;
  readonly xml: XmlPool;
  readonly logger: Logger;
  readonly pollMs: number;
  readonly now: () => Date;
  /** Replies by what became of them. */
  readonly counter: Counter<'tenant' | 'target' | 'outcome'>;
}

/** What became of a file; it only has to be moved. */
interface Verdict {
  readonly of: XdomeaTarget;
  readonly outcome: Exclude<ReplyOutcome, 'unknown'> | 'error';
  readonly reason?: string;
}

/** A directory with all targets that answer into it: municipalities of one data centre may share one. */
interface Watched {
  readonly folder: ReplyFolder;
  targets: readonly [XdomeaTarget, ...XdomeaTarget[]];
  /** Verdicts that are committed, of files that could not be moved: not applied again. */
  readonly decided: Map<string, Verdict>;
  /** Files whose trouble is told; each is tried at every look. */
  readonly told: Set<string>;
  unreadable: boolean;
}

/**
 * Takes 0629 and 0630 out of the reply directories. A file is read when two looks found it unchanged; it is moved to
 * `done/` or `error/` after what it says is committed, so a crash in between only reads it twice.
 */
export class ReplyPickup implements BackgroundWork {
  readonly name = 'reply pickup';
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly options: ReplyPickupOptions) {}

  start(): void {
    const again = async () => {
      await this.lookOnce();
      if (!this.#stopped) this.#timer = setTimeout(() => (this.#running = again()), this.options.pollMs);
    };
    this.#running = again();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks into every reply directory once; one that cannot be read never keeps the others from being read. */
  async lookOnce(): Promise<void> {
    await Promise.all(this.#folders().map((watched) => this.#look(watched)));
  }

  #folders(): readonly Watched[] {
    const byFolder = new Map<string, XdomeaTarget[]>();
    for (const target of xdomeaTargets(this.options.directory.current())) {
      const { replies } = target.settings;
      if (replies) byFolder.set(replies.folder, [...(byFolder.get(replies.folder) ?? []), target]);
    }
    return [...byFolder].map(([path, targets]) => {
      const known = this.#watched.get(path);
      const watched: Watched = known ?? {
        folder: new ReplyFolder(path, this.options.now),
        targets: targets as unknown as Watched['targets'],
        decided: new Map(),
        told: new Set(),
        unreadable: false,
      };
      watched.targets = targets as unknown as Watched['targets'];
      this.#watched.set(path, watched);
      return watched;
    });
  }

  async #look(watched: Watched): Promise<void> {
    const { folder, targets } = watched;
    try {
      if (targets.some(({ settings }) => settings.replies?.createDirectories))
        await mkdir(folder.path, { recursive: true, mode: 0o700 });
      const files = await folder.stableFiles();
      watched.unreadable = false;
      forgetGone(watched, files);
      for (const file of files) {
        if (!this.#stopped) await this.#take(watched, file);
      }
    } catch (error) {
      if (!watched.unreadable) this.#warn(targets[0], 'reply directory cannot be read', error);
      watched.unreadable = true;
    }
  }

  /** What fails here is tried again at the next look, and the next file follows. */
  async #take(watched: Watched, file: StableFile): Promise<void> {
    const { folder, decided, told } = watched;
    const key = keyOf(file);
    try {
      const verdict = decided.get(key) ?? (await this.#decide(watched, file));
      if (!verdict) return;
      const { of, outcome, reason } = verdict;
      if (!decided.has(key)) told.delete(key);
      decided.set(key, verdict);
      await folder.setAside(file.name, outcome === 'error' ? 'error' : 'done', reason);
      decided.delete(key);
      this.options.counter.inc({ tenant: of.tenant, target: of.target, outcome });
      if (outcome === 'error') this.#warn(of, 'reply set aside', reason ?? '');
    } catch (error) {
      if (told.has(key)) return;
      told.add(key);
      const what = decided.has(key)
        ? 'reply was taken but its file cannot be moved'
        : 'reply cannot be taken; it stays';
      this.#warn(watched.targets[0], what, error);
    }
  }

  /** @returns undefined where it is too early to say */
  async #decide({ folder, targets }: Watched, file: StableFile): Promise<Verdict | undefined> {
    const [first] = targets;
    const refused = (reason: string): Verdict => ({ of: first, outcome: 'error', reason });
    if (file.size > MAX_REPLY_BYTES) return refused(`larger than ${MAX_REPLY_BYTES} bytes`);
    let reply: Reply;
    try {
      reply = await readReply(this.options.xml, await folder.read(file.name), { version: first.settings.version });
    } catch (error) {
      if (!isHubError(error) || error.class === 'later') throw error;
      return file.unchangedMs < GRACE_MS ? undefined : refused(`${error.code}: ${error.message}`);
    }
    if (reply.kind === 'result' && reply.message.code === PROCESSED_BEFORE) {
      return refused('the DMS says it processed this ProzessID before; its first result is missing');
    }
    for (const of of targets) {
      const outcome = await this.options.store.tx((tx) => this.options.replies.apply(tx, toTargetReply(reply, of)));
      if (outcome !== 'unknown') return { of, outcome, ...(outcome === 'applied' ? {} : { reason: outcome }) };
    }
    return refused('no exchange of this hub has this ProzessID');
  }

  #warn({ tenant, target }: XdomeaTarget, message: string, reason: unknown): void {
    const why = reason instanceof Error ? { error: reason } : { reason: String(reason) };
    this.options.logger.warn({ tenant, target, ...why }, message);
  }
}

function keyOf({ name, print }: StableFile): string {
  return `${name} ${print}`;
}

/** Somebody else may take a file away; nothing is kept of it then. */
function forgetGone({ decided, told }: Watched, files: readonly StableFile[]): void {
  const here = new Set(files.map(keyOf));
  for (const key of decided.keys()) if (!here.has(key)) decided.delete(key);
  for (const key of told) if (!here.has(key)) told.delete(key);
}
