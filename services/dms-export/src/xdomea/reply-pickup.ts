import { type HubError, type Logger, isHubError } from '@ozg-hub/core';
import type { ReplyOutcome } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Counter } from '@ozg-hub/observability';
import type { BackgroundWork } from '@ozg-hub/runtime';
import type { DmsConnections } from '../transport/dms-connections.ts';
import type { DmsFiles } from '../transport/dms-files.port.ts';
import { DONE, ReplyFolder, type StableFile } from '../transport/reply-folder.ts';
import { type WatchedReplies, folderIdentity } from '../transport/transport-settings.ts';
import { type ReplyAcceptance, maxReplyBytes } from './reply-acceptance.ts';
import { type XdomeaTarget, xdomeaTargets } from './xdomea-targets.ts';

/** A file that cannot be read as a reply may still be in the making for this long. */
const GRACE_MS = 30_000;
/** What is certain at once. */
const NO_GRACE: ReadonlySet<string> = new Set(['HUB_DMS_REPLY_UNKNOWN', 'HUB_DMS_REPLY_PROCESSED_BEFORE']);

export interface ReplyPickupOptions {
  readonly acceptance: Pick<ReplyAcceptance, 'accept'>;
  readonly directory: Pick<Directory, 'current'>;
  readonly connections: Pick<DmsConnections, 'files'>;
  readonly logger: Logger;
  /** Between two looks into a directory; places reached by network have times of their own. */
  readonly pollMs: number;
  /** Milliseconds of a clock that nobody sets. Default `performance.now`. */
  readonly now?: () => number;
  /** Uniform in [0, 1): where a look begins. Default Math.random. */
  readonly random?: () => number;
  /** Replies by what became of them. */
  readonly counter: Counter<'tenant' | 'target' | 'outcome'>;
}

/** What became of a file; it only has to be moved. */
interface Verdict {
  readonly of: XdomeaTarget;
  readonly outcome: Exclude<ReplyOutcome, 'unknown'> | 'error';
  readonly reason?: string;
}

/** A place with all targets that answer there: municipalities of one data centre may share one. */
interface Watched {
  readonly folder: ReplyFolder;
  place: WatchedReplies;
  targets: readonly [XdomeaTarget, ...XdomeaTarget[]];
  /** Verdicts that are committed, of files that could not be moved: not applied again. */
  readonly decided: Map<string, Verdict>;
  /** Files whose trouble is told; each is tried at every look. */
  readonly told: Set<string>;
  unreadable: boolean;
  /** The look under way. */
  looking: Promise<void> | undefined;
  lookedAt: number;
}

/**
 * Takes 0629 and 0630 out of the folders of DMS. A file is read when two looks found it unchanged; it is moved to
 * `done/` or `error/` after what it says is committed, so a crash in between only reads it twice.
 */
export class ReplyPickup implements BackgroundWork {
  readonly name = 'reply pickup';
  readonly #watched = new Map<string, Watched>();
  readonly #now: () => number;
  readonly #random: () => number;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly options: ReplyPickupOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
  }

  start(): void {
    const again = () => {
      // A place that answers slowly keeps nobody waiting but itself.
      for (const watched of this.#places()) if (this.#isDue(watched)) void this.#lookInto(watched);
      if (!this.#stopped) this.#timer = setTimeout(again, this.options.pollMs);
    };
    again();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#watched.values()].map(({ looking }) => looking));
  }

  /** Looks into every place once; one that cannot be read never keeps the others from being read. */
  async lookOnce(): Promise<void> {
    await Promise.all(this.#places().map((watched) => this.#lookInto(watched)));
  }

  #places(): readonly Watched[] {
    const byPlace = new Map<string, { place: WatchedReplies; targets: [XdomeaTarget, ...XdomeaTarget[]] }>();
    for (const target of xdomeaTargets(this.options.directory.current())) {
      const { replies } = target.settings;
      if (!replies || replies.by === 'http') continue;
      const key = folderIdentity(replies);
      const known = byPlace.get(key);
      if (known) known.targets.push(target);
      else byPlace.set(key, { place: replies, targets: [target] });
    }
    for (const key of this.#watched.keys()) if (!byPlace.has(key)) this.#watched.delete(key);
    return [...byPlace].map(([key, { place, targets }]) => {
      const watched = this.#watched.get(key) ?? {
        folder: new ReplyFolder(place.folder, this.#now),
        place,
        targets,
        decided: new Map<string, Verdict>(),
        told: new Set<string>(),
        unreadable: false,
        looking: undefined,
        lookedAt: Number.NEGATIVE_INFINITY,
      };
      this.#watched.set(key, watched);
      return Object.assign(watched, { place, targets });
    });
  }

  #isDue({ place, looking, lookedAt }: Watched): boolean {
    if (looking) return false;
    const every = place.by === 'directory' ? 0 : place.pollSeconds * 1000;
    return this.#now() - lookedAt >= every;
  }

  #lookInto(watched: Watched): Promise<void> {
    watched.looking ??= this.#look(watched).finally(() => {
      watched.looking = undefined;
      watched.lookedAt = this.#now();
    });
    return watched.looking;
  }

  async #look(watched: Watched): Promise<void> {
    const { folder, targets, place } = watched;
    const [{ tenant, target }] = targets;
    try {
      const files = this.options.connections.files({ tenant, target, under: 'replies', place });
      const stable = await folder.stableFiles(files, { create: place.createDirectories });
      watched.unreadable = false;
      forgetGone(watched, stable);
      // Other processes look as well: who begins elsewhere finds what they have not read.
      const begin = Math.floor(this.#random() * stable.length);
      for (const file of [...stable.slice(begin), ...stable.slice(0, begin)]) {
        if (!this.#stopped) await this.#take(watched, files, file);
      }
    } catch (error) {
      if (!watched.unreadable) this.#warn(targets[0], 'reply directory cannot be read', error);
      watched.unreadable = true;
    }
  }

  /** What fails here is tried again at the next look, and the next file follows. */
  async #take(watched: Watched, files: DmsFiles, file: StableFile): Promise<void> {
    const { folder, decided, told } = watched;
    const key = keyOf(file);
    try {
      const verdict = decided.get(key) ?? (await this.#decide(watched, files, file));
      if (!verdict) return;
      const { of, outcome, reason } = verdict;
      if (!decided.has(key)) told.delete(key);
      decided.set(key, verdict);
      await folder.setAside(files, file.name, { to: outcome === 'error' ? 'error' : DONE, reason });
      decided.delete(key);
      this.options.counter.inc({ tenant: of.tenant, target: of.target, outcome });
      if (outcome === 'error') this.#warn(of, 'reply set aside', reason ?? '');
    } catch (error) {
      // Where another process of the hub was faster nothing is wrong.
      if (told.has(key) || (await isGone(files, folder, file))) return;
      told.add(key);
      const what = decided.has(key)
        ? 'reply was taken but its file cannot be moved'
        : 'reply cannot be taken; it stays';
      this.#warn(watched.targets[0], what, error);
    }
  }

  /** @returns undefined where it is too early to say */
  async #decide({ folder, targets }: Watched, files: DmsFiles, file: StableFile): Promise<Verdict | undefined> {
    const refused = (reason: string): Verdict => ({ of: targets[0], outcome: 'error', reason });
    if (file.size > maxReplyBytes) return refused(`larger than ${maxReplyBytes} bytes`);
    const bytes = await folder.read(files, file.name, maxReplyBytes);
    try {
      const { of, outcome } = await this.options.acceptance.accept(bytes, targets);
      return { of, outcome, ...(outcome === 'applied' ? {} : { reason: outcome }) };
    } catch (error) {
      if (!isHubError(error) || !isAboutReply(error)) throw error;
      if (file.unchangedMs < GRACE_MS && !NO_GRACE.has(error.code)) return undefined;
      return refused(`${error.code}: ${error.message}`);
    }
  }

  #warn({ tenant, target }: XdomeaTarget, message: string, reason: unknown): void {
    const why = reason instanceof Error ? { error: reason } : { reason: String(reason) };
    this.options.logger.warn({ tenant, target, ...why }, message);
  }
}

/** What is wrong here, or not known, says nothing against the reply. */
function isAboutReply({ class: kind, status }: HubError): boolean {
  return kind === 'never' && status < 500;
}

function keyOf({ name, print }: StableFile): string {
  return `${name} ${print}`;
}

/** False also where nobody can say. */
async function isGone(files: DmsFiles, { path }: ReplyFolder, { name }: StableFile): Promise<boolean> {
  try {
    return (await files.stat(`${path}/${name}`)) === undefined;
  } catch {
    // What failed before is told; that the place cannot be read, the next look finds out.
    return false;
  }
}

/** Somebody else may take a file away; nothing is kept of it then. */
function forgetGone({ decided, told }: Watched, files: readonly StableFile[]): void {
  const here = new Set(files.map(keyOf));
  for (const key of decided.keys()) if (!here.has(key)) decided.delete(key);
  for (const key of told) if (!here.has(key)) told.delete(key);
}
