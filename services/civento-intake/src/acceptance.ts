import { type TraceContext, isHubError } from '@ozg-hub/core';
import { type AuditRow, Trail } from '@ozg-hub/delivery';
import { encodeEvent, submissionAccepted } from '@ozg-hub/events';
import { type Store, type Tx, outbox } from '@ozg-hub/store';
import type { SubmissionDocument } from '@ozg-hub/submission';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import { intakeErrors } from './errors.ts';
import { type StoredSubmission, findByKeys, findStored, insertNew } from './submission.repository.ts';

/** A checked application, sealed and fsynced, that only waits for its transaction. */
export interface Candidate {
  readonly submission: StoredSubmission;
  readonly documents: readonly SubmissionDocument[];
  readonly vault: SubmissionVault;
  readonly trace: TraceContext;
}

/** `created` is false where the same application was stored before. */
export interface Acceptance {
  readonly id: string;
  readonly created: boolean;
}

interface Waiting {
  readonly candidate: Candidate;
  settle(outcome: Acceptance | Error): void;
}

export interface AcceptancesOptions {
  readonly store: Store;
  readonly vault: Vault;
  /** CloudEvents source, `/ozg-hub/civento-intake`. */
  readonly source: string;
  /** Longest wait for the outcome. */
  readonly deadlineMs: number;
  readonly failpoint: (name: string) => void;
}

/** Largest group of one transaction. */
const GROUP = 64;
/** Transactions at a time: while one waits for the disk the next is prepared. */
const LANES = 2;

/**
 * Stores applications: submission, vault rows, outbox and trail in one transaction. Applications that arrive while a
 * commit runs share the next one.
 */
export class Acceptances {
  readonly #waiting: Waiting[] = [];
  readonly #trail = new Trail();
  #running = 0;

  constructor(private readonly options: AcceptancesOptions) {}

  /**
   * Resolves after the commit, and only then. From here on the candidate's files are kept or discarded here.
   * @throws HUB_INTAKE_CONTENT_DIFFERS, HUB_INTAKE_KEYS_DISAGREE, HUB_INTAKE_BUSY, HUB_INTAKE_OUTCOME_UNKNOWN, HUB_STORE_…
   */
  async store(candidate: Candidate): Promise<Acceptance> {
    const outcome = new Promise<Acceptance>((resolve, reject) => {
      this.#waiting.push({
        candidate,
        settle: (result) => (result instanceof Error ? reject(result) : resolve(result)),
      });
    });
    void this.#drain();
    return within(outcome, this.options.deadlineMs);
  }

  async #drain(): Promise<void> {
    if (this.#running >= LANES) return;
    this.#running += 1;
    while (this.#waiting.length > 0) {
      // Requests whose parts arrive in the same turn of the event loop join the group.
      await new Promise((resume) => setImmediate(resume));
      const group = this.#waiting.splice(0, GROUP);
      if (group.length > 0) await this.#settle(group);
    }
    this.#running -= 1;
  }

  async #settle(group: readonly Waiting[]): Promise<void> {
    try {
      const created = await this.#commit(group.map(({ candidate }) => candidate));
      await Promise.all(group.map((waiting) => this.#answer(waiting, created)));
    } catch (error) {
      // Where the outcome is not known the files stay: a stored submission may need them, else the sweep finds them.
      if (isHubError(error, 'HUB_INTAKE_OUTCOME_UNKNOWN')) return group.forEach(({ settle }) => settle(error));
      if (group.length > 1 && !isHubError(error)) {
        // One of them is the reason; alone it fails alone.
        for (const waiting of group) await this.#settle([waiting]);
        return;
      }
      for (const { candidate, settle } of group) {
        await candidate.vault.discard();
        settle(error as Error);
      }
    }
  }

  async #answer({ candidate, settle }: Waiting, created: ReadonlySet<string>): Promise<void> {
    const { id } = candidate.submission;
    if (created.has(id)) return settle({ id, created: true });
    try {
      await candidate.vault.discard();
      settle(await this.#earlier(candidate.submission));
    } catch (error) {
      settle(error as Error);
    }
  }

  async #commit(candidates: readonly Candidate[]): Promise<Set<string>> {
    const { store, failpoint } = this.options;
    try {
      const created = await store.tx(async (tx) => {
        const fresh = await insertNew(
          tx,
          candidates.map(({ submission }) => submission),
        );
        await this.#storeContents(
          tx,
          candidates.filter(({ submission }) => fresh.has(submission.id)),
        );
        failpoint('intake.before-commit');
        return fresh;
      });
      failpoint('intake.after-commit');
      return created;
    } catch (error) {
      if (!isHubError(error, 'HUB_STORE_COMMIT_UNKNOWN')) throw error;
      return this.#whatBecameOf(candidates);
    }
  }

  async #storeContents(tx: Tx, fresh: readonly Candidate[]): Promise<void> {
    if (fresh.length === 0) return;
    await this.options.vault.store(
      tx,
      fresh.map(({ vault }) => vault),
    );
    await outbox.append(
      tx,
      fresh.map((candidate) => this.#event(candidate)),
    );
    await this.#trail.append(tx, fresh.map(auditRow));
  }

  /** After a lost connection the stored rows are the answer. */
  async #whatBecameOf(candidates: readonly Candidate[]): Promise<Set<string>> {
    try {
      const stored = await findStored(
        this.options.store,
        candidates.map(({ submission }) => submission.id),
      );
      if (stored.size > 0) return stored;
    } catch (cause) {
      throw intakeErrors.HUB_INTAKE_OUTCOME_UNKNOWN({ cause });
    }
    throw intakeErrors.HUB_INTAKE_BUSY();
  }

  async #earlier(submission: StoredSubmission): Promise<Acceptance> {
    const known = await findByKeys(this.options.store, submission);
    if (known.length > 1) throw intakeErrors.HUB_INTAKE_KEYS_DISAGREE();
    const [earlier] = known;
    if (!earlier) throw intakeErrors.HUB_INTAKE_BUSY();
    if (earlier.contentHash !== submission.contentHash) throw intakeErrors.HUB_INTAKE_CONTENT_DIFFERS();
    return { id: earlier.id, created: false };
  }

  #event({ submission, documents, trace }: Candidate) {
    return encodeEvent(
      submissionAccepted,
      {
        submissionId: submission.id,
        tenant: submission.tenant,
        leistung: submission.leistung,
        blueprint: submission.blueprint,
        directoryVersion: submission.directoryVersion,
        source: submission.source,
        vorgang: submission.vorgang,
        hauptvorgang: submission.hauptvorgang,
        art: submission.art as 'ERSTANTRAG',
        envelopeRef: submission.envelopeRef,
        documents: documents.map(({ ref, role, mediaType, size }) => ({ ref, role, mediaType, size })),
        acceptedAt: submission.acceptedAt.toISOString(),
      },
      { source: this.options.source, at: submission.acceptedAt, sequence: 0, trace },
    );
  }
}

function auditRow({ submission, documents }: Candidate): AuditRow {
  return {
    tenant: submission.tenant,
    kind: 'submission.accepted',
    subject: { submission: submission.id },
    actor: `key:${submission.keyId}`,
    state: 'ACCEPTED',
    details: {
      contentHash: submission.contentHash,
      documents: documents.length,
      directoryVersion: submission.directoryVersion,
    },
  };
}

async function within<T>(outcome: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(intakeErrors.HUB_INTAKE_BUSY()), ms);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
