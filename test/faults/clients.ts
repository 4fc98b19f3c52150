import { setTimeout as pause } from 'node:timers/promises';
import type { ClientJournal } from './client-journal.ts';
import { Random } from './random.ts';
import { type SampleApplication, sampleApplication, sampleSupplement, smallApplication } from './sample-application.ts';

export interface ClientsOptions {
  readonly journal: ClientJournal;
  readonly seed: number;
  /** Clients that send at a time, each one application after the other. */
  readonly count: number;
  /** Longest pause of a client between two applications; the shortest is a fifth of it. */
  readonly pauseMs: number;
  /** Where the hub listens now, as far as is known. */
  readonly url: () => string;
  readonly apiKey: string;
}

const TOO_MANY = 429;
const ANSWER_TIMEOUT_MS = 20_000;
/** Of the applications to a DMS that answers at once, so many are supplemented, twice. */
const SUPPLEMENTED = 0.2;
/** Before the first retry; twice as long before each further one, up to the second. */
const RETRY_MS = [100, 1_000] as const;

/** Clients as civento would be: they send, and what gets no 2xx they send again, until it does. */
export class Clients {
  /** Id given for each application that was answered 2xx. */
  readonly accepted = new Map<string, string>();
  /** Applications sent and not yet answered for good. */
  readonly waiting = new Set<string>();
  /** Refusals that nothing explains. */
  readonly surprises: string[] = [];
  requests = 0;
  /** Answers that asked to come again later: 5xx and 429. */
  refusals = 0;
  #window = 'start';
  #number = 0;
  #stopping = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ClientsOptions) {}

  start(): void {
    this.#loops = Promise.all(Array.from({ length: this.options.count }, (_, index) => this.#client(index)));
  }

  /** Applications that begin from now on belong to this window. */
  enter(window: string): void {
    this.#window = window;
    this.options.journal.note({ type: 'window', window });
  }

  /** Resolves when so many more applications were accepted, at the latest after the patience. */
  async acceptedMore(count: number, patienceMs: number): Promise<void> {
    const goal = this.accepted.size + count;
    for (const until = Date.now() + patienceMs; this.accepted.size < goal && Date.now() < until;) await pause(20);
  }

  /** For so long there are so many times the clients. */
  async burst(factor: number, forMs: number): Promise<void> {
    const until = Date.now() + forMs;
    const more = Array.from({ length: this.options.count * (factor - 1) }, (_, index) =>
      this.#client(this.options.count + index, until),
    );
    await Promise.all(more);
  }

  /** Sends so many small applications to one municipality as fast as they are taken. */
  async pour(count: number, municipality: string, atOnce: number): Promise<void> {
    let left = count;
    const pouring = Array.from({ length: atOnce }, async () => {
      while (left > 0 && !this.#stopping) {
        left -= 1;
        const { key, content } = this.#next();
        await this.#hand(await smallApplication(key, municipality, content), content, content, { valid: true });
      }
    });
    await Promise.all(pouring);
  }

  /** Begins nothing new; resolves when everything begun was answered, or the patience is over. */
  async finish(patienceMs: number): Promise<boolean> {
    this.#stopping = true;
    const over = new AbortController();
    const late = pause(patienceMs, false, { signal: over.signal }).catch(() => false);
    const done = await Promise.race([this.#loops.then(() => true), late]);
    over.abort();
    return done;
  }

  async #client(index: number, until = Infinity): Promise<void> {
    const random = new Random(this.options.seed * 31 + index);
    while (!this.#stopping && Date.now() < until) {
      const { key, content } = this.#next();
      await this.#push(key, content, random);
      await pause(random.between(this.options.pauseMs / 5, this.options.pauseMs));
    }
  }

  /** The key of the next application, and what its contents follow from. */
  #next(): { readonly key: string; readonly content: Random } {
    const { seed } = this.options;
    this.#number += 1;
    const content = new Random(seed * 100_003 + this.#number);
    return { key: `F-${seed}-${String(this.#number).padStart(5, '0')}`, content };
  }

  async #push(key: string, content: Random, random: Random): Promise<void> {
    const valid = !content.chance(0.03);
    const application = await sampleApplication(key, content, valid);
    if (!(await this.#hand(application, content, random, { valid }))) return;
    if (!application.answeredAtOnce || !content.chance(SUPPLEMENTED)) return;
    let follows = key;
    for (const number of [1, 2]) {
      const supplement = await sampleSupplement(`${key}-N${number}`, application, content);
      if (!(await this.#hand(supplement, content, random, { valid: true, follows }))) return;
      follows = supplement.key;
    }
  }

  /** Sends until it is answered for good, or the client gives up. @returns whether it was accepted */
  async #hand(
    application: SampleApplication,
    content: Random,
    random: Random,
    { valid, follows }: { readonly valid: boolean; readonly follows?: string },
  ): Promise<boolean> {
    const { key, dms, marker, files, supplements } = application;
    const patient = !content.chance(0.05);
    const again = content.chance(0.15);
    const of = supplements === undefined ? {} : { supplements, follows };
    this.options.journal.note({ type: 'sent', key, window: this.#window, dms, marker, files, ...of });
    this.waiting.add(key);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const status = await this.#send(application, attempt);
        if (status !== undefined && status < 500 && status !== TOO_MANY) {
          if (status >= 400 && valid) this.surprises.push(`${key} was refused with ${status}`);
          if (status < 300 && !valid) this.surprises.push(`${key} was accepted although it is invalid`);
          // Where an earlier try got no answer, the id has to be that of any answer to come.
          if (status < 300 && (again || attempt > 1)) await this.#send(application, attempt + 1);
          return status < 300;
        }
        // Some clients never come back: what became of their application may be either, but not two.
        if (!patient) return false;
        const longest = Math.min(RETRY_MS[0] * 2 ** attempt, RETRY_MS[1]);
        await pause(random.between(longest / 2, longest));
      }
    } finally {
      this.waiting.delete(key);
    }
  }

  /** @returns undefined where no answer came */
  async #send({ key, contentType, body }: SampleApplication, attempt: number): Promise<number | undefined> {
    const { journal, url, apiKey } = this.options;
    this.requests += 1;
    try {
      const answer = await fetch(`${url()}/civento/v1/applications`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': contentType },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      const { id, code } = (await answer.json()) as { id?: string; code?: string };
      const { status, ok } = answer;
      if (status >= 500 || status === TOO_MANY) this.refusals += 1;
      journal.note({ type: 'answer', key, attempt, status, ...(ok && id && { id }), ...(!ok && code && { code }) });
      if (ok && id !== undefined) this.accepted.set(key, id);
      return status;
    } catch (error) {
      const { cause, message } = error as Error;
      const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
      journal.note({ type: 'silence', key, attempt, why });
      return undefined;
    }
  }
}
