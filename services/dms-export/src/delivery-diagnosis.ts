import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { DeliveryOperations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Finding } from '@ozg-hub/runtime';
import type { XdomeaDirectorySettings } from './xdomea-directory-settings.ts';

const NEEDS_A_PERSON = new Set(['PARKED', 'IN_DOUBT', 'REJECTED']);

/** What `doctor` says of deliveries and of the directories of DMS. */
export class DeliveryDiagnosis {
  constructor(
    private readonly operations: DeliveryOperations,
    private readonly directory: Directory,
  ) {}

  async examine(): Promise<readonly Finding[]> {
    return [...(await this.#deliveries()), ...(await this.#paused()), ...(await this.#inboxes())];
  }

  async #deliveries(): Promise<Finding[]> {
    const counts = await this.operations.counts();
    return counts.map(({ tenant, target, state, count, overdue }) => ({
      level: NEEDS_A_PERSON.has(state) || overdue > 0 ? 'problem' : 'ok',
      subject: `${tenant}/${target}`,
      text: `${count} ${state}${overdue > 0 ? `, ${overdue} of them overdue` : ''}`,
    }));
  }

  async #paused(): Promise<Finding[]> {
    const targets = await this.operations.targets();
    return targets
      .filter(({ paused }) => paused !== undefined)
      .map(({ tenant, target }) => ({
        level: 'problem',
        subject: `${tenant}/${target}`,
        text: 'paused; resume it when it works again',
      }));
  }

  async #inboxes(): Promise<Finding[]> {
    const snapshot = this.directory.current();
    const folders = snapshot.tenants.flatMap(({ slug, targets }) =>
      targets
        .filter(({ kind }) => kind === 'xdomea-directory')
        .map(({ id }) => ({
          subject: `${slug}/${id}`,
          settings: snapshot.target(slug, id).settings as unknown as XdomeaDirectorySettings,
        })),
    );
    return Promise.all(folders.map(({ subject, settings }) => inboxFinding(subject, settings)));
  }
}

async function inboxFinding(subject: string, { inbox, createDirectories }: XdomeaDirectorySettings): Promise<Finding> {
  try {
    await access(inbox, constants.W_OK);
    return { level: 'ok', subject, text: 'inbox of the DMS is writable' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && createDirectories)
      return { level: 'ok', subject, text: 'inbox is made at the first delivery' };
    return { level: 'problem', subject, text: `inbox of the DMS cannot be written (${code ?? 'unknown'})` };
  }
}
