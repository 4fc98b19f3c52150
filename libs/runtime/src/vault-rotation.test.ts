import { expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import type { RotationOptions, RotationReport } from '@ozg-hub/vault';
import { runtimeErrors } from './errors.ts';
import { VaultRotation } from './vault-rotation.ts';

const report: RotationReport = { masterId: 'm2', tenantKeys: 1, dataKeys: 9, unreadable: 0 };

/** A vault that rotates until it is told to end. */
function rotating() {
  let options: RotationOptions | undefined;
  let end: (report: RotationReport) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const rotate = (given?: RotationOptions) => {
    options = given;
    return new Promise<RotationReport>((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
  };
  const rotation = new VaultRotation({ rotate }, silentLogger);
  return {
    rotation,
    progress: (done: number) => options?.onProgress?.({ done, total: 9 }),
    end: () => end(report),
    fail: (error: Error) => fail(error),
  };
}

test('a rotation tells how far it is, and ends with its report', async () => {
  const { rotation, progress, end } = rotating();
  expect(rotation.state).toEqual({ state: 'none' });
  expect(rotation.begin()).toEqual({ state: 'running', done: 0, total: 0 });
  progress(4);
  expect(rotation.state).toEqual({ state: 'running', done: 4, total: 9 });
  end();
  await rotation.ended();
  expect(rotation.state).toEqual({ state: 'finished', ...report });
});

test('a second one is refused while the first runs, and allowed after it', async () => {
  const { rotation, end } = rotating();
  rotation.begin();
  expect(() => rotation.begin()).toThrow(expect.objectContaining({ code: 'HUB_ROTATION_RUNNING' }));
  end();
  await rotation.ended();
  expect(rotation.begin().state).toBe('running');
});

test('one that fails says why, in the words of the hub', async () => {
  const { rotation, fail } = rotating();
  rotation.begin();
  fail(runtimeErrors.HUB_STOPPING());
  await rotation.ended();
  expect(rotation.state).toEqual({ state: 'failed', code: 'HUB_STOPPING', detail: 'The hub is stopping.' });
  rotation.begin();
  fail(new Error('secret'));
  await rotation.ended();
  expect(JSON.stringify(rotation.state)).not.toContain('secret');
});
