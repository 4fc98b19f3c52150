import type { Directory, Target } from '@ozg-hub/directory';

/** What is open to one target. */
export interface ServiceLine {
  close(): void;
}

interface Kept<Line> {
  readonly line: Line;
  /** The settings it was made of. */
  readonly print: string;
  /** Until then the secrets are used without looking them up again. */
  readonly until: number;
}

/** For so long secrets that were looked up are used. */
const SECRETS_MS = 60_000;

/** Keeps one line to each target, made anew where settings or secrets have changed; what is under way ends in peace. */
export class ServiceLines<Settings extends object, Line extends ServiceLine> {
  readonly #lines = new Map<string, Promise<Kept<Line>>>();
  readonly #replaced = new Set<Line>();

  /** @param open given the settings with the secrets looked up */
  constructor(
    private readonly directory: Pick<Directory, 'connection'>,
    private readonly open: (settings: Settings) => Line,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws HUB_DIRECTORY_SECRET_MISSING and the other errors of {@link Directory.connection} */
  async to(target: Target): Promise<Line> {
    const key = keyOf(target);
    const opening = this.#lines.get(key);
    const kept = await opening;
    if (kept && this.now() < kept.until) return kept.line;
    // Of several calls that wait for a line that has aged, the first looks the secrets up.
    if (this.#lines.get(key) !== opening) return await this.to(target);
    return (await this.#open(target, kept)).line;
  }

  /** The next call looks the secrets up again. */
  doubt(target: Target): void {
    const opening = this.#lines.get(keyOf(target));
    if (!opening) return;
    this.#put(
      target,
      opening.then((kept) => ({ ...kept, until: 0 })),
    );
  }

  /** Ends the connections; used once. */
  async stop(): Promise<void> {
    const opened = await Promise.allSettled(this.#lines.values());
    for (const one of opened) if (one.status === 'fulfilled') one.value.line.close();
    for (const line of this.#replaced) line.close();
    this.#lines.clear();
    this.#replaced.clear();
  }

  #open(target: Target, before: Kept<Line> | undefined): Promise<Kept<Line>> {
    const opening = this.directory.connection(target.tenant, target.id).then((revealed): Kept<Line> => {
      const print = JSON.stringify(revealed.settings);
      const until = this.now() + SECRETS_MS;
      if (before?.print === print) return { ...before, until };
      if (before) this.#replaced.add(before.line);
      return { print, until, line: this.open(revealed.settings as Settings) };
    });
    this.#put(target, opening);
    return opening;
  }

  #put(target: Target, opening: Promise<Kept<Line>>): void {
    const key = keyOf(target);
    this.#lines.set(key, opening);
    opening.catch(() => {
      if (this.#lines.get(key) === opening) this.#lines.delete(key);
    });
  }
}

function keyOf({ tenant, id }: Target): string {
  return `${tenant}/${id}`;
}
