import { setMaxListeners } from 'node:events';
import { type FSWatcher, existsSync, watch } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Logger, silentLogger, systemClock } from '@ozg-hub/core';
import type { XmlPool } from '@ozg-hub/xml';
import { type AnswerLine, Answers, syncFolder } from './fake-dms-answers.ts';
import { Journal } from './fake-dms-journal.ts';
import { readStrictly } from './fake-dms-package.ts';
import { Holdings, type LedgerLine, type RefuseRule, judge } from './fake-dms-ledger.ts';

export interface FakeDmsOptions {
  /** Where the hub puts packages. */
  readonly inbox: string;
  /** Where the replies go. */
  readonly outbox: string;
  /** Where taken packages stay, with `ledger.jsonl` and `answers.jsonl`. */
  readonly taken: string;
  readonly pool: XmlPool;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Milliseconds before each answer; default 0. */
  readonly delayMs?: number;
  readonly refuse?: readonly RefuseRule[];
  readonly answerTwice?: boolean;
  readonly resultBeforeReceipt?: boolean;
  readonly loseReceipt?: boolean;
  readonly loseResult?: boolean;
  /** Before each result, one for an unknown ProzessID. */
  readonly stranger?: boolean;
  /** Name of the parameter that carries the Aktenzeichen; default `Kennzeichen`. */
  readonly parameterName?: string;
  /** Default `xml`: the bare message; `zip`: a package that contains it. */
  readonly replyAs?: 'xml' | 'zip';
  /** Version of the standard to answer in; default: the one of the message. */
  readonly answerVersion?: string;
}

/**
 * A DMS that takes xdomea packages (0605, 0604, 0601, 0607, 0624, 0401; every supported version) out of a directory and
 * answers into another: reads strictly, answers 0629 and 0630 (0403 and 0402), remembers across restarts what it took
 * and said. It knows the objects that it gave an id in a result, and no others.
 */
export class FakeDms {
  private ledgerFile: Journal<LedgerLine> | undefined;
  private holdings = new Holdings();
  private answersFile: Journal<AnswerLine> | undefined;
  private answers: Answers | undefined;
  private watcher: FSWatcher | undefined;
  private poll: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private again = false;
  /** Names of packages that were taken and not yet read. */
  private unrecorded = new Set<string>();
  /** By name of the package; the answer may be under way. */
  private unanswered = new Map<string, LedgerLine>();
  private readonly answering = new Map<string, Promise<void>>();
  private readonly answered = new Set<string>();
  private readonly waiting = new Set<() => void>();
  private readonly lifted = new Set<string>();
  private stopping = new AbortController();
  private readonly logger: Logger;
  private readonly clock: Clock;

  constructor(private readonly options: FakeDmsOptions) {
    this.logger = options.logger ?? silentLogger;
    this.clock = options.clock ?? systemClock;
  }

  /** Creates the folders, finishes what an earlier run left, then watches the inbox. */
  async start(): Promise<void> {
    const { inbox, outbox, taken, parameterName = 'Kennzeichen', replyAs = 'xml' } = this.options;
    for (const folder of [inbox, outbox, taken]) await mkdir(folder, { recursive: true });
    this.stopping = new AbortController();
    // one for each answer that waits
    setMaxListeners(0, this.stopping.signal);
    this.ledgerFile = await Journal.open<LedgerLine>(join(taken, 'ledger.jsonl'));
    this.holdings = new Holdings(this.ledger);
    this.answersFile = await Journal.open<AnswerLine>(join(taken, 'answers.jsonl'));
    this.answers = new Answers(this.answersFile, { outbox, parameterName, replyAs, now: () => this.clock.now() });
    this.unanswered = new Map(this.ledger.map((line) => [line.storedAs, line]));
    this.unrecorded = new Set((await packagesIn(taken)).filter((name) => !this.unanswered.has(name)));
    this.watcher = watch(inbox, () => this.wake()).on('error', (error) => {
      this.logger.warn({ error }, 'watching the inbox failed; polling goes on');
    });
    this.poll = setInterval(() => this.wake(), 200);
    this.wake();
  }

  /** Ends after what is being read or written now; answers that still wait are given at the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.poll);
    this.watcher?.close();
    await this.working;
    await Promise.all(this.answering.values());
    await this.ledgerFile?.close();
    await this.answersFile?.close();
    this.answering.clear();
    this.answered.clear();
  }

  /** All packages taken so far, in order. */
  get ledger(): readonly LedgerLine[] {
    return this.ledgerFile?.lines ?? [];
  }

  /** A clerk lifts the closing of an object; until the fake is started anew by another process. */
  lift(idSgo: string): void {
    this.lifted.add(idSgo.toLowerCase());
  }

  /** Resolves when this many packages have been taken and answered as far as the options say. */
  async settled(count: number): Promise<void> {
    while (this.answered.size < count) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  private wake(): void {
    if (this.stopping.signal.aborted) return;
    if (this.working) {
      this.again = true;
      return;
    }
    this.working = this.work()
      .catch((error: Error) => this.logger.error({ error }, 'fake DMS failed; trying again at the next poll'))
      .finally(() => {
        this.working = undefined;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  private async work(): Promise<void> {
    await this.takeAll();
    for (const name of this.unrecorded) {
      if (this.stopping.signal.aborted) break;
      this.unanswered.set(name, await this.record(name));
      this.unrecorded.delete(name);
    }
    for (const line of this.unanswered.values()) this.answer(line);
  }

  /** First empties the inbox by renames alone, as a DMS that polls a share does; reading comes later. */
  private async takeAll(): Promise<void> {
    const { inbox, taken } = this.options;
    const names = await packagesIn(inbox);
    for (const name of names) {
      const storedAs = freeName(taken, name);
      await rename(join(inbox, name), join(taken, storedAs));
      this.unrecorded.add(storedAs);
    }
    if (names.length > 0) await syncFolder(taken);
  }

  private async record(storedAs: string): Promise<LedgerLine> {
    const file = storedAs.replace(/~\d+\.zip$/, '.zip');
    const finding = await readStrictly(join(this.options.taken, storedAs), file, this.options.pool);
    const at = this.clock.now();
    const verdict = judge(finding, {
      holdings: this.holdings,
      rules: this.options.refuse ?? [],
      lifted: this.lifted,
      at,
    });
    const line = { file, storedAs, at: at.toISOString(), ...verdict };
    await this.ledgerFile!.append(line);
    this.holdings.add(line);
    return line;
  }

  private answer(line: LedgerLine): void {
    if (this.answering.has(line.storedAs)) return;
    const done = this.say(line)
      .then((finished) => {
        if (!finished) return;
        this.unanswered.delete(line.storedAs);
        this.answered.add(line.storedAs);
        for (const resume of this.waiting) resume();
        this.waiting.clear();
      })
      .catch((error: Error) => this.logger.error({ error }, 'answering failed; trying again at the next poll'))
      .finally(() => this.answering.delete(line.storedAs));
    this.answering.set(line.storedAs, done);
  }

  /** @returns false where the fake was stopped before it had said all */
  private async say(line: LedgerLine): Promise<boolean> {
    const { loseReceipt, loseResult, stranger, resultBeforeReceipt, answerTwice, delayMs = 0 } = this.options;
    if (line.prozessId === null || line.repeated) return true;
    const answers = this.answers!;
    const verdict = {
      prozessId: line.prozessId,
      nachricht: line.nachricht ?? '0605',
      version: this.options.answerVersion ?? line.version ?? '3.1.0',
      receiptWanted: line.receiptWanted ?? false,
      objekte: line.objekte,
    };
    const copies = answerTwice ? [1, 2] : [1];
    const receipts = verdict.receiptWanted && !loseReceipt ? copies.map((n) => () => answers.receipt(verdict, n)) : [];
    const results = loseResult ? [] : copies.map((n) => () => answers.result(verdict, n));
    const strangers = stranger ? [() => answers.stranger(verdict)] : [];
    const all = resultBeforeReceipt ? [...strangers, ...results, ...receipts] : [...receipts, ...strangers, ...results];
    for (const step of all) {
      if (!(await this.pause(delayMs))) return false;
      await step();
    }
    return true;
  }

  private pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.stopping;
    if (signal.aborted || milliseconds === 0) return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve(!signal.aborted);
      };
      const timer = setTimeout(over, milliseconds);
      signal.addEventListener('abort', over, { once: true });
    });
  }
}

/** Finished packages only: a name that begins with a dot or has another ending is somebody's work in progress. */
async function packagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.zip') && !name.startsWith('.')).toSorted();
}

/** Never over an earlier package of the same name: that is the evidence of a doubled effect. */
function freeName(folder: string, name: string): string {
  for (let copy = 1; ; copy++) {
    const candidate = copy === 1 ? name : name.replace(/\.zip$/, `~${copy}.zip`);
    if (!existsSync(join(folder, candidate))) return candidate;
  }
}
