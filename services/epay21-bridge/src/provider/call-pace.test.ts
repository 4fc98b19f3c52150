import { expect, test } from '@jest/globals';
import { CallPace } from './call-pace.ts';

const never = new AbortController().signal;

function mostInOneSecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

test('in no second more calls leave than the rate allows, however many wait, and in the order of asking', async () => {
  const pace = new CallPace(40);
  const left: { readonly index: number; readonly at: number }[] = [];
  const call = async (index: number) => {
    await pace.leave(never);
    left.push({ index, at: performance.now() });
  };
  const calls = Array.from({ length: 50 }, (_, index) => call(index));
  expect(pace.waiting).toBe(50);
  await Promise.all(calls);
  // What was not used up meanwhile is not made up for.
  await new Promise((resume) => setTimeout(resume, 200));
  await Promise.all(Array.from({ length: 50 }, (_, index) => call(50 + index)));
  expect(mostInOneSecond(left.map(({ at }) => at))).toBeLessThanOrEqual(40);
  expect(left.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(pace.waiting).toBe(0);
});

test('who gives up takes no turn, and holds up nobody', async () => {
  const pace = new CallPace(0.1);
  await pace.leave(never);
  const stopping = new AbortController();
  const waiting = [pace.leave(stopping.signal), pace.leave(stopping.signal)];
  stopping.abort(new Error('stopping'));
  expect(await Promise.allSettled(waiting)).toMatchObject([
    { status: 'rejected', reason: { message: 'stopping' } },
    { status: 'rejected', reason: { message: 'stopping' } },
  ]);
  expect(pace.waiting).toBe(0);
});
