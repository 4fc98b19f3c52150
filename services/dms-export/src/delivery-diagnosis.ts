import type { DeliveryOperations, ReplayBatches } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Finding } from '@ozg-hub/runtime';
import type { DmsConnections } from './transport/dms-connections.ts';
import type { NoticeRepository } from './cases/notice.repository.ts';
import { placeFindings } from './place-diagnosis.ts';
import { xdomeaTargets } from './xdomea/xdomea-targets.ts';

const NEEDS_A_PERSON: ReadonlySet<string> = new Set(['PARKED', 'IN_DOUBT', 'REJECTED']);

/** What `doctor` says of deliveries and of the directories of DMS. */
export class DeliveryDiagnosis {
  constructor(
    private readonly operations: Pick<DeliveryOperations, 'counts' | 'targets'>,
    private readonly directory: Pick<Directory, 'current'>,
    private readonly connections: DmsConnections,
    private readonly replays: Pick<ReplayBatches, 'list'>,
    private readonly stranded: () => ReturnType<NoticeRepository['stranded']>,
  ) {}

  async examine(): Promise<readonly Finding[]> {
    const targets = xdomeaTargets(this.directory.current());
    const folders = await Promise.all(targets.map((target) => placeFindings(this.connections, target)));
    const ofDeliveries = [...(await this.#deliveries()), ...(await this.#closed()), ...(await this.#replays())];
    return [...ofDeliveries, ...(await this.#notices()), ...folders.flat()];
  }

  /** Notices of submissions that this service never heard of. */
  async #notices(): Promise<Finding[]> {
    return (await this.stranded()).map(({ tenant, count }) => ({
      level: 'warning',
      subject: tenant,
      text:
        `${count} notices (e.g. Quittungen) have waited for their application for more than an hour: ` +
        'look for parked messages of submission.accepted; where its case was forgotten, file them by hand',
    }));
  }

  async #deliveries(): Promise<Finding[]> {
    const counts = await this.operations.counts();
    return counts.map(({ tenant, target, state, count, overdue }) => ({
      level: NEEDS_A_PERSON.has(state) || overdue > 0 ? 'problem' : 'ok',
      subject: `${tenant}/${target}`,
      text: `${count} ${state}${overdue > 0 ? `, ${overdue} of them overdue` : ''}`,
    }));
  }

  /** Replays of many that somebody paused go on only when somebody resumes them. */
  async #replays(): Promise<Finding[]> {
    const [paused, running] = [
      await this.replays.list(undefined, 'PAUSED'),
      await this.replays.list(undefined, 'RUNNING'),
    ];
    return [...paused, ...running].map(({ id, state, done, total, refused, rate }) => ({
      level: state === 'PAUSED' ? 'warning' : 'ok',
      subject: `replay ${id}`,
      text: `${state}: ${done} of ${total} queued again, ${refused} left alone, at most ${rate} per second`,
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
