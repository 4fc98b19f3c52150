import type { Stats } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Logger, isHubError } from '@ozg-hub/core';
import type { Replies, TargetReply } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Counter } from '@ozg-hub/observability';
import type { BackgroundWork } from '@ozg-hub/runtime';
import type { Store } from '@ozg-hub/store';
import { type Reply, aktenzeichenOf, readReply } from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';
import type { XdomeaDirectorySettings } from './xdomea-directory-settings.ts';

/** Replies above this are set aside unread. */
const MAX_REPLY_BYTES = 50 * 1024 * 1024;
/** A file that cannot be read as a reply may still be in the making for this long. */
const GRACE_MS = 30_000;
/** AllgemeineRueckmeldung: the message was processed before. It says nothing about the first result. */
const PROCESSED_BEFORE = '0000009';
const REPLY_FILE = /^[^.].*\.(xml|zip)$/i;

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

interface Inbox {
  readonly tenant: string;
  readonly target: string;
  readonly folder: string;
  readonly settings: XdomeaDirectorySettings;
}

/**
 * Takes 0629 and 0630 out of the reply directories. A file is read when two looks found it unchanged; it is moved to
 * `done/` or `error/` after what it says is committed, so a crash in between only reads it twice.
 */
export class ReplyPickup implements BackgroundWork {
  readonly name = 'reply pickup';
  /** Size and time of files at the last look, by path. */
  readonly #seen = new Map<string, string>();
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

  /** Looks into every reply directory once; a directory that cannot be read never keeps the others from being read. */
  async lookOnce(): Promise<void> {
    const seen = new Set<string>();
    await Promise.all(this.#inboxes().map((inbox) => this.#look(inbox, seen)));
    for (const path of this.#seen.keys()) if (!seen.has(path)) this.#seen.delete(path);
  }

  #inboxes(): Inbox[] {
    const snapshot = this.options.directory.current();
    return snapshot.tenants.flatMap(({ slug, targets }) =>
      targets.flatMap(({ id, kind }) => {
        if (kind !== 'xdomea-directory') return [];
        const settings = snapshot.target(slug, id).settings as unknown as XdomeaDirectorySettings;
        return settings.replies ? [{ tenant: slug, target: id, folder: settings.replies, settings }] : [];
      }),
    );
  }

  async #look(inbox: Inbox, seen: Set<string>): Promise<void> {
    try {
      if (inbox.settings.createDirectories) await mkdir(inbox.folder, { recursive: true });
      for (const name of await readdir(inbox.folder)) {
        const path = join(inbox.folder, name);
        if (!REPLY_FILE.test(name)) continue;
        seen.add(path);
        if (await this.#isStable(path)) await this.#take(inbox, path);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.options.logger.warn(
        { tenant: inbox.tenant, target: inbox.target, error: error as Error },
        'reply directory cannot be read',
      );
    }
  }

  async #isStable(path: string): Promise<boolean> {
    const { size, mtimeMs, ino } = await stat(path);
    const look = `${ino}/${size}/${mtimeMs}`;
    const stable = size > 0 && this.#seen.get(path) === look;
    this.#seen.set(path, look);
    return stable;
  }

  async #take(inbox: Inbox, path: string): Promise<void> {
    const info = await stat(path);
    const reply = await this.#read(inbox, path, info);
    if (!reply) return;
    if ('reason' in reply) return this.#setAside(inbox, path, 'error', reply.reason);
    if (reply.kind === 'result' && reply.message.code === PROCESSED_BEFORE) {
      return this.#setAside(
        inbox,
        path,
        'error',
        'the DMS says it processed this ProzessID before; its first result is missing',
      );
    }
    const applied = await this.options.store.tx((tx) => this.options.replies.apply(tx, toTargetReply(reply, inbox)));
    if (applied === 'unknown')
      return this.#setAside(inbox, path, 'error', 'no exchange of this hub has this ProzessID');
    await this.#setAside(inbox, path, 'done', applied === 'applied' ? undefined : applied);
  }

  async #read(inbox: Inbox, path: string, info: Stats): Promise<Reply | { reason: string } | undefined> {
    if (info.size > MAX_REPLY_BYTES) return { reason: `larger than ${MAX_REPLY_BYTES} bytes` };
    try {
      return await readReply(this.options.xml, await readFile(path), { version: inbox.settings.version });
    } catch (error) {
      if (!isHubError(error)) throw error;
      if (error.class === 'later') throw error;
      const age = this.options.now().getTime() - info.mtimeMs;
      if (age < GRACE_MS && age >= 0 && isHubError(error, 'HUB_XML_MALFORMED')) return undefined;
      return { reason: `${error.code}: ${error.message}` };
    }
  }

  /** Moves the file; with a reason beside it where somebody should know why. */
  async #setAside(inbox: Inbox, path: string, folder: 'done' | 'error', reason?: string): Promise<void> {
    const destination = join(inbox.folder, folder);
    await mkdir(destination, { recursive: true });
    const name = basename(path);
    if (reason) await writeFile(join(destination, `${name}.reason.txt`), `${reason}\n`);
    await rename(path, join(destination, name));
    const handle = await open(destination, 'r');
    await handle.sync().finally(() => handle.close());
    this.#seen.delete(path);
    this.options.counter.inc({
      tenant: inbox.tenant,
      target: inbox.target,
      outcome: folder === 'error' ? 'error' : (reason ?? 'applied'),
    });
    if (folder === 'error')
      this.options.logger.warn({ tenant: inbox.tenant, target: inbox.target, reason: reason ?? '' }, 'reply set aside');
  }
}

/** What the message says, in the engine's words. */
export function toTargetReply(
  reply: Reply,
  { tenant, target, settings }: Pick<Inbox, 'tenant' | 'target' | 'settings'>,
): TargetReply {
  const exchange = { exchangeId: reply.prozessId, tenant, target };
  if (reply.kind === 'receipt') return { ...exchange, kind: 'receipt' };
  const [item] = reply.items;
  if (reply.outcome === 'accepted') {
    const aktenzeichen = item && aktenzeichenOf(item, settings.aktenzeichenParameter);
    return {
      ...exchange,
      kind: 'result',
      ...(aktenzeichen ? { aktenzeichen } : {}),
      ...(item?.idSgo ? { objectId: item.idSgo } : {}),
    };
  }
  return {
    ...exchange,
    kind: 'rejection',
    code: reply.message.code ?? reply.outcome,
    textKey: `xdomea:${reply.message.list}:${reply.message.code ?? 'text'}`,
  };
}
