import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { DeliveryOperations } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Finding } from '@ozg-hub/runtime';
import { type XdomeaTarget, xdomeaTargets } from './xdomea/xdomea-targets.ts';

const NEEDS_A_PERSON: ReadonlySet<string> = new Set(['PARKED', 'IN_DOUBT', 'REJECTED']);

/** What `doctor` says of deliveries and of the directories of DMS. */
export class DeliveryDiagnosis {
  constructor(
    private readonly operations: Pick<DeliveryOperations, 'counts' | 'targets'>,
    private readonly directory: Directory,
  ) {}

  async examine(): Promise<readonly Finding[]> {
    const targets = xdomeaTargets(this.directory.current());
    const folders = await Promise.all(targets.map(folderFindings));
    return [...(await this.#deliveries()), ...(await this.#closed()), ...folders.flat()];
  }

  async #deliveries(): Promise<Finding[]> {
    const counts = await this.operations.counts();
    return counts.map(({ tenant, target, state, count, overdue }) => ({
      level: NEEDS_A_PERSON.has(state) || overdue > 0 ? 'problem' : 'ok',
      subject: `${tenant}/${target}`,
      text: `${count} ${state}${overdue > 0 ? `, ${overdue} of them overdue` : ''}`,
    }));
  }

  /** Targets to which nothing goes at the moment. */
  async #closed(): Promise<Finding[]> {
    return (await this.operations.targets()).flatMap(({ tenant, target, paused, pauseReason, breaker }): Finding[] => {
      const subject = `${tenant}/${target}`;
      if (paused) {
        const text = `paused (${pauseReason ?? 'no reason given'}); resume it when it works again`;
        return [{ level: 'problem', subject, text }];
      }
      if (breaker.state === 'CLOSED') return [];
      return [{ level: 'warning', subject, text: 'fails again and again: tried with one delivery at a time' }];
    });
  }
}

interface Folder {
  readonly path: string;
  readonly createDirectories: boolean;
}

async function folderFindings({ tenant, target, settings }: XdomeaTarget): Promise<Finding[]> {
  const { handOver, replies } = settings;
  const subject = `${tenant}/${target}`;
  const finding = async (name: string, folder: Folder, mode: number, verb: string): Promise<Finding> => {
    const code = await problemOf(folder.path, mode);
    if (code === undefined) return { level: 'ok', subject, text: `${name} can be ${verb}` };
    if (code === 'ENOENT' && folder.createDirectories) {
      return { level: 'ok', subject, text: `${name} is made at the first delivery` };
    }
    return { level: 'problem', subject, text: `${name} cannot be ${verb} (${code})` };
  };
  return [
    await finding('inbox of the DMS', { ...handOver, path: handOver.inbox }, constants.W_OK, 'written'),
    ...(replies
      ? [
          await finding(
            'reply directory',
            { ...replies, path: replies.folder },
            constants.R_OK | constants.W_OK,
            'read and emptied',
          ),
        ]
      : []),
  ];
}

async function problemOf(folder: string, mode: number): Promise<string | undefined> {
  try {
    await access(folder, mode);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
