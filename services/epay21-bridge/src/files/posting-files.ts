import { createHash } from 'node:crypto';
import { type Clock, type Failpoints, type Logger, berlinDate, isHubError, newId } from '@ozg-hub/core';
import { Trail } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Finding } from '@ozg-hub/runtime';
import type { Store, Tx } from '@ozg-hub/store';
import type { XmlPool } from '@ozg-hub/xml';
import { dayAfter, lastClosableDay } from './business-day.ts';
import { fileErrors } from './errors.ts';
import type { FileProfile } from './file-profile.ts';
import { type FileDrops, handOverPlace } from './file-drops.ts';
import { type FinanceTarget, financeTargets } from './finance-targets.ts';
import { fillTemplate } from './posting-fields.ts';
import { PostingFileRepository } from './posting-file.repository.ts';
import type { PostingFile, PostingFileFilter, PostingFileProblem, Series } from './posting-file.ts';
import { controlTotals } from './posting.ts';
import { mediaTypeOf, thatFit, writtenFile } from './written-file.ts';

export interface PostingFilesOptions {
  readonly store: Store;
  readonly directory: Pick<Directory, 'current' | 'connection'>;
  /** Checks camt.054 before it is stored. */
  readonly xml: XmlPool;
  readonly drops: FileDrops;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
  /** Name of the service, who is the actor of what happens by itself. */
  readonly name: string;
}

/** Which files to close; what is left out means all. */
export interface WhichFiles {
  readonly target?: string | undefined;
  readonly profile?: string | undefined;
  /** Also of today, though it has not ended: what comes later of it stands in the next file. */
  readonly early?: boolean | undefined;
}

interface Job extends Series {
  readonly settings: FileProfile;
}

/** Between two tries of a hand-over. */
const HOUR_SECONDS = 3_600;
/** No hand-over takes longer; who holds it beyond that is dead. */
const CLAIM_SECONDS = 900;
/** In one file; more of a day become another one. */
const MOST_POSTINGS = 5_000;
/** Days without postings that are made up for where a profile wants files of them. */
const MOST_EMPTY_DAYS = 31;

/** Files of postings for finance systems that read no events: one run closes a business day, and each file is kept for good. */
export class PostingFiles {
  readonly #options: PostingFilesOptions;
  readonly #repository = new PostingFileRepository();
  readonly #trail = new Trail();

  constructor(options: PostingFilesOptions) {
    this.#options = options;
  }

  /** Closes every day that has ended and hands over what waits; for each hour. What fails is logged and shown, the rest goes on. */
  async run(): Promise<void> {
    for (const target of financeTargets(this.#options.directory.current())) {
      for (const job of jobsOf(target)) await this.#closeEnded(job);
    }
    await this.handOver();
  }

  /**
   * Closes a day now: writes the postings of it that stand in no file yet, and hands over. Nothing new: no file.
   * @param day of the calendar in Germany, `2026-11-20`
   * @returns the files that were made
   * @throws HUB_EPAY_FILE_DAY_OPEN, HUB_EPAY_FILE_NO_TARGET, and why a file cannot be written, with line and field
   */
  async close(tenant: string, day: string, which: WhichFiles = {}): Promise<readonly PostingFile[]> {
    const jobs = financeTargets(this.#options.directory.current())
      .filter((target) => target.tenant === tenant && target.id === (which.target ?? target.id))
      .flatMap(jobsOf)
      .filter(({ profile }) => profile === (which.profile ?? profile));
    if (jobs.length === 0) throw fileErrors.HUB_EPAY_FILE_NO_TARGET();
    const now = this.#options.clock.now();
    const mayClose = ({ settings }: Job) =>
      day <= (which.early ? berlinDate(now) : lastClosableDay(now, settings.closeAt));
    if (!jobs.every(mayClose)) {
      throw fileErrors.HUB_EPAY_FILE_DAY_OPEN();
    }
    const made: string[] = [];
    for (const job of jobs) made.push(...(await this.#closeDay(job, day)));
    await this.handOver();
    const files = await Promise.all(made.map((id) => this.#repository.find(this.#options.store, id)));
    return files.filter((file) => file !== undefined);
  }

  /** Newest first. */
  async list(filter: PostingFileFilter = {}): Promise<readonly PostingFile[]> {
    return await this.#repository.list(this.#options.store, filter);
  }

  /** Days whose postings cannot be written, with the reason. */
  async problems(tenants?: readonly string[]): Promise<readonly PostingFileProblem[]> {
    return await this.#repository.problems(this.#options.store, tenants);
  }

  /** @throws HUB_EPAY_FILE_UNKNOWN */
  async find(id: string): Promise<PostingFile> {
    const file = await this.#repository.find(this.#options.store, id);
    if (!file) throw fileErrors.HUB_EPAY_FILE_UNKNOWN();
    return file;
  }

  /** The bytes as they were first written. @throws HUB_EPAY_FILE_UNKNOWN */
  async content(id: string): Promise<{ readonly file: PostingFile; readonly content: Buffer }> {
    const [file, content] = [await this.find(id), await this.#repository.content(this.#options.store, id)];
    if (!content) throw fileErrors.HUB_EPAY_FILE_UNKNOWN();
    return { file, content };
  }

  /**
   * Hands a file over again: the same bytes under the same name, no new number.
   * @returns the file; where the hand-over failed it is WRITTEN and says why
   * @throws HUB_EPAY_FILE_UNKNOWN
   */
  async reissue(id: string, actor: string): Promise<PostingFile> {
    const file = await this.find(id);
    await this.#options.store.tx(async (tx) => {
      await this.#repository.reissue(tx, id);
      await this.#tell(tx, file, 'reissued', actor, 'WRITTEN');
    });
    await this.#handOverOne(file);
    return await this.find(id);
  }

  /** Hands over every file that waits and whose time has come; those of a series one after the other, in order. */
  async handOver(): Promise<void> {
    const held = new Set<string>();
    for (const file of await this.#repository.due(this.#options.store)) {
      const series = [file.tenant, file.target, file.profile].join('/');
      if (held.has(series)) continue;
      const wentBefore = file.handedOverAt !== undefined;
      if (!(await this.#handOverOne(file)) && !wentBefore) held.add(series);
    }
  }

  /** What `doctor` says of the files. */
  async examine(): Promise<readonly Finding[]> {
    const failed = (await this.list({ state: 'WRITTEN', limit: 500 })).filter(({ code }) => code !== undefined);
    return [
      ...(await this.problems()).map(({ tenant, target, profile, businessDay, code }) => ({
        level: 'problem' as const,
        subject: `${tenant}/${target}`,
        text: `the postings of ${businessDay} cannot be written by profile ${profile}: ${code}`,
      })),
      ...failed.map(({ tenant, target, name, code, tries }) => ({
        level: 'problem' as const,
        subject: `${tenant}/${target}`,
        text: `${name} could not be handed over in ${tries} tries: ${code}`,
      })),
    ];
  }

  async #closeEnded(job: Job): Promise<void> {
    const { store, logger, clock } = this.#options;
    const { settings, tenant, target, profile } = job;
    const last = lastClosableDay(clock.now(), settings.closeAt);
    const days = await this.#repository.openDays(store, job, last, settings.from);
    if (settings.emptyDays) days.push(...(await this.#emptyDays(job, last)));
    for (const day of [...new Set(days)].toSorted()) {
      try {
        await this.#closeDay(job, day);
      } catch (error) {
        logger.warn(
          { tenant, target, profile, day, error: error as Error },
          'the postings of a day could not be written',
        );
      }
    }
  }

  /** Days after the last file; where there is none yet, the last day alone. */
  async #emptyDays(job: Job, last: string): Promise<string[]> {
    const written = await this.#repository.lastDay(this.#options.store, job);
    const days: string[] = [];
    let day = written === undefined ? last : dayAfter(written);
    if (job.settings.from !== undefined && day < job.settings.from) day = job.settings.from;
    for (; day <= last && days.length < MOST_EMPTY_DAYS; day = dayAfter(day)) days.push(day);
    return days;
  }

  /** @returns ids of the files made */
  async #closeDay(job: Job, day: string): Promise<readonly string[]> {
    const { store, logger, failpoints } = this.#options;
    const { tenant, target, profile } = job;
    const made: string[] = [];
    try {
      for (;;) {
        const file = await store.tx((tx) => this.#write(tx, job, day));
        if (!file) return made;
        made.push(file.id);
        logger.info({ tenant, target, profile, number: file.number, postings: file.postings }, 'posting file written');
        failpoints.hit('epay.file-stored');
      }
    } catch (error) {
      if (!isHubError(error) || error.class === 'later') throw error;
      const { code, places } = error;
      await this.#repository.problem(store, { tenant, target, profile, businessDay: day, code, places });
      throw error;
    }
  }

  async #write(tx: Tx, job: Job, day: string) {
    const { clock, xml, name: actor } = this.#options;
    const { tenant, target, profile, settings } = job;
    const number = await this.#repository.nextNumber(tx, job);
    const part = (await this.#repository.parts(tx, job, day)) + 1;
    const postings = thatFit(await this.#repository.pending(tx, job, day, MOST_POSTINGS));
    if (postings.length === 0 && (part > 1 || !settings.emptyDays)) {
      await this.#repository.solved(tx, job, day);
      return undefined;
    }
    const [id, createdAt] = [newId(clock.now()), clock.now()];
    const currency = postings[0]?.gross.currency ?? 'EUR';
    const totals = controlTotals(postings, currency);
    const facts = { id, tenant, target, number, businessDay: day, createdAt, currency, totals };
    const content = await writtenFile(settings, facts, postings, xml);
    const name = fileName(job, day, number);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const eventIds = postings.map(({ eventId }) => eventId);
    const file = {
      id,
      tenant,
      target,
      profile,
      number,
      businessDay: day,
      part,
      name,
      mediaType: mediaTypeOf(settings),
    };
    await this.#repository.insert(tx, { ...file, content, sha256, currency, totals, createdAt, eventIds });
    await this.#tell(tx, file, 'written', actor, 'WRITTEN');
    return { id, number, postings: postings.length };
  }

  async #handOverOne(file: PostingFile): Promise<boolean> {
    const { store, directory, drops, logger, failpoints, name: actor } = this.#options;
    const { id, tenant, target, name } = file;
    if (!(await this.#repository.claim(store, id, CLAIM_SECONDS))) return false;
    try {
      const content = await this.#repository.content(store, id);
      await drops(await handOverPlace(directory, file)).put({ id, name, content: content! });
      failpoints.hit('epay.file-handed-over');
      await store.tx(async (tx) => {
        await this.#repository.handedOver(tx, id);
        await this.#tell(tx, file, 'handed-over', actor, 'HANDED_OVER');
      });
      return true;
    } catch (error) {
      const code = isHubError(error) ? error.code : 'HUB_EPAY_DROP_UNAVAILABLE';
      logger.warn({ tenant, target, file: id, code, error: error as Error }, 'a posting file was not handed over');
      await this.#repository.failed(store, id, code, HOUR_SECONDS);
      return false;
    }
  }

  async #tell(tx: Tx, file: Series & { id: string; number: number }, what: string, actor: string, state: string) {
    const { tenant, target, profile, id, number } = file;
    const details = { target, profile, number };
    await this.#trail.append(tx, [
      { tenant, kind: `posting-file.${what}`, subject: { file: id }, actor, state, details },
    ]);
  }
}

function jobsOf({ tenant, id: target, settings }: FinanceTarget): readonly Job[] {
  return settings.files.map((profile) => ({ tenant, target, profile: profile.id, settings: profile }));
}

function fileName({ tenant, target, profile, settings }: Job, day: string, number: number): string {
  const values: Readonly<Record<string, string>> = {
    ...{ tenant, target, profile },
    day: day.replaceAll('-', ''),
    number: String(number).padStart(6, '0'),
  };
  return fillTemplate(settings.fileName, (name: string) => values[name]!);
}
