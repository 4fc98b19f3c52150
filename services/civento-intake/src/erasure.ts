import { Trail } from '@ozg-hub/delivery';
import { type Logger, isId } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type SubmissionState, deriveState, isUnderWay } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import { intakeErrors } from './errors.ts';
import { type Progress, progressOf } from './progress.repository.ts';
import { type Outlived, findById, findOutlived, markErased } from './submission.repository.ts';

/** Outlived submissions looked at together. */
const PAGE = 500;

export interface ErasureOutcome {
  readonly id: string;
  /** False where the keyring cannot change: copies taken before stay readable with it. */
  readonly copiesUnreadable: boolean;
}

/** Erases the contents of submissions that came to their end; keys, states and trail stay. */
export class Erasures {
  readonly #trail = new Trail();

  constructor(
    private readonly store: Store,
    private readonly vault: Vault,
    private readonly logger: Logger,
  ) {}

  /**
   * @param tenants whose submissions the actor may erase; undefined: all
   * @throws HUB_SUBMISSION_UNKNOWN, HUB_SUBMISSION_NOT_TERMINAL
   */
  async erase(id: string, actor: string, tenants: ReadonlySet<string> | undefined): Promise<ErasureOutcome> {
    const submission = isId(id) ? await findById(this.store, id) : undefined;
    if (!submission || (tenants && !tenants.has(submission.tenant))) throw intakeErrors.HUB_SUBMISSION_UNKNOWN();
    const progress = await progressOf(this.store, [id]);
    const state = deriveState(submission.expects, progress);
    if (!isOver(state) || progress.some(isUnderWay)) throw intakeErrors.HUB_SUBMISSION_NOT_TERMINAL();
    return this.#erase(id, submission.tenant, actor, state);
  }

  /** Erases all that its retention has ended for and returns how many; what is under way waits for the next sweep. */
  async sweep(): Promise<number> {
    let erased = 0;
    let waiting = 0;
    let after: Outlived | undefined;
    for (;;) {
      const page = await findOutlived(this.store, after, PAGE);
      const progress = await progressOf(
        this.store,
        page.map(({ id }) => id),
      );
      for (const submission of page) {
        const own = progress.filter(({ submissionId }) => submissionId === submission.id);
        if (await this.#sweep(submission, own)) erased += 1;
        else waiting += 1;
      }
      after = page.at(-1);
      if (page.length < PAGE) break;
    }
    if (waiting > 0) this.logger.warn({ waiting }, 'retention ended for submissions that cannot be erased yet');
    return erased;
  }

  async #sweep({ id, tenant, expects }: Outlived, progress: readonly Progress[]): Promise<boolean> {
    const state = deriveState(expects, progress);
    // Nothing was to be done with it, so there is no end to wait for but that of its retention.
    const idle = expects.length === 0 && progress.length === 0;
    // A notice does not keep a submission from being complete, but it needs what would be erased.
    if ((!isOver(state) && !idle) || progress.some(isUnderWay)) return false;
    try {
      await this.#erase(id, tenant, 'retention', state);
      return true;
    } catch (error) {
      this.logger.warn({ submissionId: id, error: error as Error }, 'an outlived submission could not be erased');
      return false;
    }
  }

  async #erase(id: string, tenant: string, actor: string, state: SubmissionState): Promise<ErasureOutcome> {
    await this.store.tx(async (tx) => {
      await this.vault.erase(tx, [id]);
      await markErased(tx, id);
      await this.#trail.append(tx, [{ tenant, kind: 'submission.erased', subject: { submission: id }, actor, state }]);
    });
    const { puncturedCopies } = await this.vault.finishErasures();
    return { id, copiesUnreadable: puncturedCopies };
  }
}

function isOver(state: SubmissionState): boolean {
  return state === 'COMPLETED' || state === 'CANCELLED';
}
