import { expect, test } from '@jest/globals';
import { MemoryBudget } from './memory-budget.ts';

test('what requests hold together stays below the limit and is free again after each', () => {
  const budget = new MemoryBudget(100);
  const [first, second] = [budget.hold(), budget.hold()];
  first.add(60);
  second.add(40);
  expect(() => second.add(1)).toThrow(expect.objectContaining({ code: 'HUB_INTAKE_BUSY', status: 503 }));
  expect(budget.held).toBe(100);
  first.release();
  first.release();
  expect(budget.held).toBe(40);
  second.add(60);
  second.release();
  expect(budget.held).toBe(0);
});
