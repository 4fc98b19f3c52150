import { expect, test } from '@jest/globals';
import type { Target } from '@ozg-hub/directory';
import { ServiceLines } from './service-lines.ts';

const target = { tenant: 'musterstadt', id: 'zahlung' } as Target;

function lines() {
  const state = { now: 0, password: 'one', looked: 0, opened: [] as string[], closed: [] as string[], missing: false };
  const directory = {
    connection: async () => {
      state.looked += 1;
      if (state.missing) throw new Error('secret missing');
      return { ...target, settings: { password: state.password } };
    },
  };
  const open = ({ password }: { password: string }) => {
    state.opened.push(password);
    return { password, close: () => void state.closed.push(password) };
  };
  return { state, lines: new ServiceLines(directory, open, () => state.now) };
}

test('secrets are looked up once for many calls, again after a minute, and the connection stays where they are the same', async () => {
  const { state, lines: to } = lines();
  await Promise.all([to.to(target), to.to(target), to.to(target)]);
  expect(state).toMatchObject({ looked: 1, opened: ['one'] });
  state.now = 60_001;
  await Promise.all([to.to(target), to.to(target)]);
  expect(state).toMatchObject({ looked: 2, opened: ['one'] });
});

test('secrets that were refused are looked up at the next call; what is under way keeps its connection', async () => {
  const { state, lines: to } = lines();
  await to.to(target);
  to.doubt(target);
  state.password = 'two';
  expect(await to.to(target)).toMatchObject({ password: 'two' });
  expect(state).toMatchObject({ looked: 2, opened: ['one', 'two'], closed: [] });
  await to.stop();
  expect(state.closed.toSorted()).toEqual(['one', 'two']);
});

test('a secret that is missing fails the call, and is looked up again by the next', async () => {
  const { state, lines: to } = lines();
  state.missing = true;
  await expect(to.to(target)).rejects.toThrow('secret missing');
  state.missing = false;
  expect(await to.to(target)).toMatchObject({ password: 'one' });
});
