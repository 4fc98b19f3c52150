import { expect, jest, test } from '@jest/globals';
import { Progress } from './progress.ts';

function watched(isTTY: boolean) {
  const written: string[] = [];
  const out = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { written, out };
}

test('a command that takes longer than two seconds says so: a line that lives on a terminal, one line in a log', () => {
  jest.useFakeTimers();
  try {
    for (const isTTY of [true, false]) {
      const { written, out } = watched(isTTY);
      const progress = new Progress(out);
      progress.update('3 of 9 keys wrapped');
      jest.advanceTimersByTime(1_999);
      expect(written).toEqual([]);
      jest.advanceTimersByTime(2_001);
      expect(written.join('')).toContain('3 of 9 keys wrapped');
      expect(written).toHaveLength(isTTY ? 3 : 1);
      progress.end();
      const length = written.length;
      jest.advanceTimersByTime(60_000);
      expect(written).toHaveLength(length);
    }
  } finally {
    jest.useRealTimers();
  }
});

test('a quick command says nothing', () => {
  const { written, out } = watched(true);
  new Progress(out).end();
  expect(written).toEqual([]);
});
