import { type Logger, isHubError } from '@ozg-hub/core';
import type { RotationReport, Vault } from '@ozg-hub/vault';
import { runtimeErrors } from './errors.ts';

/** Where the last rotation of this process is. */
export type RotationState =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly done: number; readonly total: number }
  | ({ readonly state: 'finished' } & RotationReport)
  | { readonly state: 'failed'; readonly code: string; readonly detail: string };

/** Rotates the vault's keys in the background: it may take longer than anybody waits for an answer. */
export class VaultRotation {
  #state: RotationState = { state: 'none' };
  #running: Promise<void> | undefined;

  constructor(
    private readonly vault: Pick<Vault, 'rotate'>,
    private readonly logger: Logger,
  ) {}

  get state(): RotationState {
    return this.#state;
  }

  /** Begins a rotation, or goes on with an interrupted one. @throws HUB_ROTATION_RUNNING */
  begin(): RotationState {
    if (this.#running) throw runtimeErrors.HUB_ROTATION_RUNNING();
    this.#state = { state: 'running', done: 0, total: 0 };
    this.#running = this.#rotate().finally(() => (this.#running = undefined));
    return this.#state;
  }

  /** Waits for a rotation under way; it cannot be stopped half-way through a portion. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #rotate(): Promise<void> {
    try {
      const onProgress = ({ done, total }: { done: number; total: number }) => {
        this.#state = { state: 'running', done, total };
      };
      this.#state = { state: 'finished', ...(await this.vault.rotate({ onProgress })) };
    } catch (error) {
      this.logger.error({ error: error as Error }, 'the rotation of keys failed; begin it again to go on');
      const { code, message } = isHubError(error) ? error : runtimeErrors.HUB_INTERNAL({ cause: error });
      this.#state = { state: 'failed', code, detail: message };
    }
  }
}
