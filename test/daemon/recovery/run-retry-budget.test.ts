import { DEFAULT_RUN_RETRIES, runRetryBudget } from '../../../daemon/recovery/index.js';

test('so many and no more, each journalled before it is taken', () => {
  const journalled: number[] = [];
  const budget = runRetryBudget({ limit: 3, used: 1, onTaken: (used) => journalled.push(used) });
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  expect(budget.used).toBe(3);
  expect(journalled).toEqual([2, 3]);
});

test('what the journal does not take is not taken', () => {
  const budget = runRetryBudget({
    onTaken: () => {
      throw new Error('disk full');
    },
  });
  expect(() => budget.take()).toThrow('disk full');
  expect([budget.used, budget.limit]).toEqual([0, DEFAULT_RUN_RETRIES]);
});
