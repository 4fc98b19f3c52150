import { setTimeout as pause } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { RotationState } from '@ozg-hub/runtime/settings';
import type { HubClient } from './hub-client.ts';
import type { Progress } from './progress.ts';
import { askHub } from './run-command.ts';

const POLL_MS = 200;

interface RotateOptions {
  readonly dropRetired?: number;
  readonly json?: boolean;
}

interface Rotated {
  readonly rotation: RotationState;
  readonly dropped?: readonly string[];
}

export function addVaultCommands(program: Command): void {
  program
    .command('vault')
    .description('Keys of the vault.')
    .command('rotate')
    .description('Makes a new master key and wraps all keys anew; contents stay as they are. May be interrupted.')
    .option(
      '--drop-retired <days>',
      'then drops master keys retired for so many days: backups from before can no longer be read',
      days,
    )
    .option('--json', 'print JSON')
    .action((options: RotateOptions) =>
      askHub('changes', options, (hub, progress) => rotate(hub, progress, options), {
        text: ({ rotation, dropped }) =>
          [describe(rotation), ...(dropped ? [describeDropped(dropped)] : [])].join('\n'),
        exitCode: ({ rotation }) => (rotation.state === 'finished' ? 0 : 1),
      }),
    );
  program
    .command('erase <submission>')
    .description('Erases the contents of a completed or cancelled submission, also in copies of the data taken before.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub(
        'changes',
        options,
        (hub) =>
          hub.call<{ id: string; copiesUnreadable: boolean }>(
            'POST',
            `/civento-intake/ops/v1/submissions/${encodeURIComponent(id)}/erasure`,
          ),
        {
          text: ({ copiesUnreadable }) =>
            copiesUnreadable
              ? 'Erased, also in every copy of the data taken before.'
              : 'Erased here. The keyring cannot be changed, so copies taken before stay readable with it.',
        },
      ),
    );
}

async function rotate(hub: HubClient, progress: Progress, { dropRetired }: RotateOptions): Promise<Rotated> {
  let rotation = await hub.call<RotationState>('POST', '/hub/ops/v1/vault/rotation');
  while (rotation.state === 'running') {
    progress.update(`${rotation.done} of ${rotation.total} keys wrapped`);
    await pause(POLL_MS);
    rotation = await hub.call<RotationState>('GET', '/hub/ops/v1/vault/rotation');
  }
  if (rotation.state !== 'finished' || dropRetired === undefined) return { rotation };
  const path = `/hub/ops/v1/vault/retired-keys?olderThanDays=${dropRetired}`;
  return { rotation, ...(await hub.call<{ dropped: string[] }>('DELETE', path)) };
}

function describe(rotation: RotationState): string {
  if (rotation.state === 'failed')
    return `${rotation.code}: ${rotation.detail}\nCall it again to go on where it stopped.`;
  if (rotation.state !== 'finished') return rotation.state;
  const { masterId, tenantKeys, dataKeys, unreadable } = rotation;
  return [
    `Master key ${masterId} wraps ${tenantKeys} tenant keys and ${dataKeys} data keys now.`,
    ...(unreadable > 0 ? [`${unreadable} data keys were erased before and stay unreadable.`] : []),
    'The key before opens older backups until it is dropped (--drop-retired).',
  ].join('\n');
}

function describeDropped(dropped: readonly string[]): string {
  return dropped.length === 0 ? 'No master key was retired that long ago.' : `Dropped: ${dropped.join(', ')}.`;
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number of days');
  return value;
}
