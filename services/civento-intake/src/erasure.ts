import { Trail } from '@ozg-hub/delivery';
import type { Logger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { deriveState } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import { intakeErrors } from './errors.ts';
import { progressOf } from './progress.repository.ts';
import { findById, findOutlived, markErased } from './submission.repository.ts';

/** How many outlived submissions one sweep erases. */
const SWEEP = 500;

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

  /** @throws HUB_SUBMISSION_UNKNOWN, HUB_SUBMISSION_NOT_TERMINAL */
  async erase(id: string, actor: string): Promise<ErasureOutcome> {
    const submission = await findById(this.store, id);
    if (!submission) throw intakeErrors.HUB_SUBMISSION_UNKNOWN();
    const state = deriveState(submission.expects, await progressOf(this.store, [id]));
    if (state !== 'COMPLETED' && state !== 'CANCELLED') throw intakeErrors.HUB_SUBMISSION_NOT_TERMINAL();
    await this.store.tx(async (tx) => {
      await this.vault.erase(tx, [id]);
      await markErased(tx, id);
      await this.#trail.append(tx, [
        { tenant: submission.tenant, kind: 'submission.erased', subject: { submission: id }, actor, state },
      ]);
    });
    const { puncturedCopies } = await this.vault.finishErasures();
    return { id, copiesUnreadable: puncturedCopies };
  }

  /** Erases what its retention has ended for and returns how many; what is not terminal waits for the next sweep. */
  async sweep(): Promise<number> {
    let erased = 0;
    for (const id of await findOutlived(this.store, SWEEP)) {
      try {
        await this.erase(id, 'retention');
        erased += 1;
      } catch (error) {
        this.logger.warn(
          { submissionId: id, error: error as Error },
          'retention ended but the submission cannot be erased',
        );
      }
    }
    return erased;
  }
}
