import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryOperations, ReplayBatches, TargetState } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { DeliveryDiagnosis } from './delivery-diagnosis.ts';
import { DmsConnections } from './transport/dms-connections.ts';
import { sampleSettings } from './sample-envelope.ts';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'diagnosis-'))));
afterEach(() => rm(root, { recursive: true, force: true }));

const healthy: TargetState = {
  tenant: 'musterstadt',
  target: 'eakte',
  paused: false,
  breaker: { state: 'CLOSED', failures: 0, openings: 0, until: undefined },
  closedMs: 0,
};

async function findings({
  targets = [healthy],
  counts = [] as object[],
  replays = [] as object[],
  stranded = [] as { tenant: string; count: number }[],
  createDirectories = false,
}: {
  targets?: readonly TargetState[];
  counts?: readonly object[];
  replays?: readonly object[];
  stranded?: readonly { tenant: string; count: number }[];
  createDirectories?: boolean;
}) {
  const operations = { counts: async () => counts, targets: async () => targets };
  const snapshot = {
    tenants: [
      {
        slug: 'musterstadt',
        targets: [
          { id: 'eakte', kind: 'xdomea' },
          { id: 'other', kind: 'other' },
        ],
      },
    ],
    target: () => ({
      settings: sampleSettings({
        handOver: { by: 'directory', inbox: join(root, 'in'), createDirectories },
        replies: { by: 'directory', folder: join(root, 'out'), createDirectories },
      }),
    }),
  };
  const directory = { current: () => snapshot } as unknown as Directory;
  const connections = new DmsConnections(directory);
  const listed = {
    list: async (_: unknown, state: string) => replays.filter((one) => 'state' in one && one.state === state),
  };
  const diagnosis = new DeliveryDiagnosis(
    operations as unknown as DeliveryOperations,
    directory,
    connections,
    listed as unknown as ReplayBatches,
    async () => stranded,
  );
  const all = await diagnosis.examine();
  return all.map(({ level, text }) => `${level}: ${text}`);
}

describe('doctor', () => {
  test('finds nothing wrong with healthy targets and their directories', async () => {
    await mkdir(join(root, 'in'));
    await mkdir(join(root, 'out'));
    expect(await findings({})).toEqual([
      'ok: inbox of the DMS can be written',
      'ok: reply directory can be read and emptied',
    ]);
  });

  test('names directories that are missing, unless the hub makes them', async () => {
    expect(await findings({})).toEqual([
      'problem: inbox of the DMS cannot be written (ENOENT)',
      'problem: reply directory cannot be read and emptied (ENOENT)',
    ]);
    expect((await findings({ createDirectories: true })).every((line) => line.startsWith('ok'))).toBe(true);
  });

  test('names notices whose application never came', async () => {
    const [line] = await findings({ stranded: [{ tenant: 'musterstadt', count: 2 }] });
    expect(line).toMatch(/^warning: 2 notices .* have waited for their application/);
  });

  test('names deliveries that need a person', async () => {
    const count = (state: string, overdue = 0) => ({
      tenant: 'musterstadt',
      target: 'eakte',
      state,
      count: 3,
      overdue,
    });
    const counts = [
      count('QUEUED'),
      count('AWAITING_RESULT', 2),
      count('PARKED'),
      count('IN_DOUBT'),
      count('REJECTED'),
    ];
    expect((await findings({ counts })).slice(0, 5)).toEqual([
      'ok: 3 QUEUED',
      'problem: 3 AWAITING_RESULT, 2 of them overdue',
      'problem: 3 PARKED',
      'problem: 3 IN_DOUBT',
      'problem: 3 REJECTED',
    ]);
  });

  test('names targets that are paused or fail', async () => {
    const open = { ...healthy.breaker, state: 'OPEN' } as const;
    const targets = [{ ...healthy, paused: true, pauseReason: 'move' }, { ...healthy, breaker: open }, healthy];
    expect((await findings({ targets })).slice(0, 2)).toEqual([
      'problem: paused (move); resume it when it works again',
      'warning: fails again and again: tried with one delivery at a time',
    ]);
  });

  test('names replays of many that are under way, and warns of paused ones', async () => {
    const replay = { id: 'r-1', done: 3, total: 9, refused: 1, rate: 50 };
    const replays = [
      { ...replay, state: 'RUNNING' },
      { ...replay, id: 'r-2', state: 'PAUSED' },
    ];
    expect((await findings({ replays })).slice(0, 2)).toEqual([
      'warning: PAUSED: 3 of 9 queued again, 1 left alone, at most 50 per second',
      'ok: RUNNING: 3 of 9 queued again, 1 left alone, at most 50 per second',
    ]);
  });
});
