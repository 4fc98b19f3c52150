import { type Logger, type TraceContext, isHubError } from '@ozg-hub/core';
import { type AuditRow, Trail } from '@ozg-hub/delivery';
import { encodeEvent, submissionAccepted } from '@ozg-hub/events';
import type { VerifiedProof } from '@ozg-hub/identity';
import { type Store, type Tx, outbox } from '@ozg-hub/store';
import type { SubmissionDocument } from '@ozg-hub/submission';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import { intakeErrors } from './errors.ts';
import {
  type StoredSubmission,
  type SubmissionKeys,
  findByKeys,
  findStored,
  insertNew,
  isProofUsed,
} from './submission.repository.ts';

/** A checked application, sealed and fsynced, that only waits for its transaction. */
export interface Candidate {
  readonly submission: StoredSubmission;
  readonly documents: readonly SubmissionDocument[];
  readonly vault: SubmissionVault;
  /** Of who applies; undefined where none came. */
  readonly proof?: VerifiedProof | undefined;
  readonly trace: TraceContext;
}

/** `created` is false where the same application was stored before. */
export interface Acceptance {
  readonly id: string;
  readonly created: boolean;
}

interface Waiting {
  readonly candidate: Candidate;
  /** After which its sender has gone with a 503. */
  readonly expiresAt: number;
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
  readonly logger: Logger;
}

/** Largest group of one transaction. */
const GROUP = 64;
/** Transactions at a time. */
const LANES = 2;
/** So many waiting begin a transaction beside one that runs; fewer wait for it, since a large group costs each less. */
const ANOTHER_LANE = 16;

/**
 * Stores applications: submission, vault rows, outbox and trail in one transaction. Applications that arrive while a
 * commit runs share the next one.
 */
export class Acceptances {
  readonly #waiting: Waiting[] = [];
  readonly #trail = new Trail();
  #running = 0;

  constructor(private readonly options: AcceptancesOptions) {}

  /** Whether an application of these keys was stored before. */
  async knows(keys: SubmissionKeys): Promise<boolean> {
    return (await findByKeys(this.options.store, keys)).length > 0;
  }

  /**
   * Resolves after the commit, and only then. From here on the candidate's files are kept or discarded here.
   * @throws HUB_INTAKE_CONTENT_DIFFERS, HUB_INTAKE_KEYS_DISAGREE, HUB_INTAKE_PROOF_USED, HUB_INTAKE_BUSY, HUB_INTAKE_OUTCOME_UNKNOWN, HUB_STORE_…
   */
  async store(candidate: Candidate): Promise<Acceptance> {
    const { deadlineMs } = this.options;
    const outcome = new Promise<Acceptance>((resolve, reject) => {
      this.#waiting.push({
        candidate,
        expiresAt: performance.now() + deadlineMs,
        settle: (result) => (result instanceof Error ? reject(result) : resolve(result)),
      });
    });
    void this.#drain();
    return within(outcome, deadlineMs);
  }

  async #drain(): Promise<void> {
    if (this.#running >= LANES || (this.#running > 0 && this.#waiting.length < ANOTHER_LANE)) return;
    this.#running += 1;
    while (this.#waiting.length > 0) {
      // Requests whose parts arrive in the same turn of the event loop join the group.
      await new Promise((resume) => setImmediate(resume));
      await this.#settle(this.#waiting.splice(0, GROUP));
    }
    this.#running -= 1;
  }

  /** Answers every one of the group; never fails. */
  async #settle(all: readonly Waiting[]): Promise<void> {
    const group = await this.#withoutExpired(all);
    if (group.length === 0) return;
    try {
      const created = await this.#commit(group.map(({ candidate }) => candidate));
      await Promise.all(group.map((waiting) => this.#answer(waiting, created)));
    } catch (error) {
      // Where the outcome is not known the files stay: a stored submission may need them, else the sweep finds them.
      if (isHubError(error, 'HUB_INTAKE_OUTCOME_UNKNOWN')) return group.forEach(({ settle }) => settle(error));
      if (group.length > 1 && !concernsAll(error)) {
        // One of them is the reason; alone it fails alone.
        for (const waiting of group) await this.#settle([waiting]);
        return;
      }
      await Promise.all(group.map((waiting) => this.#refuse(waiting, error as Error)));
    }
  }

  /** Leaves out those whose senders were told to come again: nothing of them is stored. */
  async #withoutExpired(group: readonly Waiting[]): Promise<Waiting[]> {
    const now = performance.now();
    const expired = group.filter(({ expiresAt }) => expiresAt <= now);
    await Promise.all(expired.map((waiting) => this.#refuse(waiting, intakeErrors.HUB_INTAKE_BUSY())));
    return group.filter((waiting) => !expired.includes(waiting));
  }

  async #refuse({ candidate, settle }: Waiting, error: Error): Promise<void> {
    await this.#discard(candidate);
    settle(error);
  }

  async #answer({ candidate, settle }: Waiting, created: ReadonlySet<string>): Promise<void> {
    const { id } = candidate.submission;
    if (created.has(id)) return settle({ id, created: true });
    await this.#discard(candidate);
    try {
      settle(await this.#earlier(candidate.submission));
    } catch (error) {
      settle(error as Error);
    }
  }

  /** What cannot be removed now is left to the sweep: it decides no answer. */
  async #discard({ vault }: Candidate): Promise<void> {
    try {
      await vault.discard();
    } catch (error) {
      this.options.logger.warn({ error: error as Error }, 'files of a refused application stay until the next sweep');
    }
  }

  /** The ids of those that are stored by this, not before. */
  async #commit(candidates: readonly Candidate[]): Promise<ReadonlySet<string>> {
    try {
      return await this.#transaction(candidates);
    } catch (error) {
      if (!isHubError(error, 'HUB_STORE_COMMIT_UNKNOWN')) throw error;
      return this.#commitAgain(candidates, error);
    }
  }

  /**
   * After a lost connection the same rows once more: this waits for a commit that still runs on the server, and keeps
   * what it stored. To read alone would not do: what is not there now may be a moment later.
   */
  async #commitAgain(candidates: readonly Candidate[], cause: unknown): Promise<ReadonlySet<string>> {
    try {
      await this.#transaction(candidates);
      return await findStored(
        this.options.store,
        candidates.map(({ submission }) => submission.id),
      );
    } catch {
      throw intakeErrors.HUB_INTAKE_OUTCOME_UNKNOWN({ cause, retryAfterSeconds: 5 });
    }
  }

  async #transaction(candidates: readonly Candidate[]): Promise<ReadonlySet<string>> {
    const { store, failpoint } = this.options;
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
  }

  async #storeContents(tx: Tx, fresh: readonly Candidate[]): Promise<void> {
    if (fresh.length === 0) return;
    // Asked for together they take one way to the database.
    await Promise.all([
      this.options.vault.store(
        tx,
        fresh.map(({ vault }) => vault),
      ),
      outbox.append(
        tx,
        fresh.map((candidate) => this.#event(candidate)),
      ),
      this.#trail.append(tx, fresh.map(auditRow)),
    ]);
  }

  async #earlier(submission: StoredSubmission): Promise<Acceptance> {
    const known = await findByKeys(this.options.store, submission);
    if (known.length > 1) throw intakeErrors.HUB_INTAKE_KEYS_DISAGREE();
    const [earlier] = known;
    if (!earlier && (await isProofUsed(this.options.store, submission))) throw intakeErrors.HUB_INTAKE_PROOF_USED();
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

/** Failures of the database as a whole, which trying one by one would only repeat. */
function concernsAll(error: unknown): boolean {
  return ['HUB_STORE_UNREACHABLE', 'HUB_STORE_FULL', 'HUB_STORE_CLOSED', 'HUB_STORE_ACCESS'].some((code) =>
    isHubError(error, code),
  );
}

function auditRow({ submission, documents, proof }: Candidate): AuditRow {
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
      ...(proof && { identityProvider: proof.provider, vertrauensniveau: proof.vertrauensniveau }),
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
