import fc from 'fast-check';
import { ERROR_CATALOGUE, ERROR_KINDS, type ErrorCode } from '../../../daemon/kernel/index.js';
import {
  MAXIMUM_REDUCTIONS,
  nextProcedure,
  RECOVERY_BY_CODE,
  RECOVERY_BY_KIND,
  recoveryPolicy,
  type RecoveryFacts,
} from '../../../daemon/recovery/index.js';

const FACTS: RecoveryFacts = {
  code: 'GRYM_GENERATOR_FAILED',
  kind: 'model-fault',
  failuresHere: 1,
  failures: 1,
  attempts: null,
  waits: 0,
  reductions: 0,
  hasOtherProvider: false,
  canShrink: false,
  mayAsk: false,
  hasRetriesLeft: true,
};

test('every way ends in giving up, names nothing twice and waits as often as it says', () => {
  const policies = [...Object.values(RECOVERY_BY_KIND), ...Object.values(RECOVERY_BY_CODE)];
  expect(Object.keys(RECOVERY_BY_KIND).sort()).toEqual([...ERROR_KINDS].sort());
  for (const { procedures, waitsMs } of policies) {
    expect(procedures.at(-1)).toBe('give-up');
    expect(new Set(procedures).size).toBe(procedures.length);
    expect((procedures as readonly string[]).includes('wait')).toBe(waitsMs.length > 0);
  }
});

test('retries first, then the procedures in the table’s order', () => {
  const { attempts } = RECOVERY_BY_KIND['model-fault'];
  expect(nextProcedure({ ...FACTS, hasOtherProvider: true, canShrink: true, mayAsk: true })).toBe('retry');
  const spent = { ...FACTS, failuresHere: attempts, failures: attempts };
  expect(nextProcedure({ ...spent, hasOtherProvider: true, canShrink: true, mayAsk: true })).toBe('other-provider');
  expect(nextProcedure({ ...spent, canShrink: true, mayAsk: true })).toBe('smaller-settings');
  expect(nextProcedure({ ...spent, mayAsk: true })).toBe('ask');
  expect(nextProcedure(spent)).toBe('give-up');
});

test('a workflow’s own number of attempts beats the policy, and brings no retry where none helps', () => {
  expect(nextProcedure({ ...FACTS, attempts: 1 })).toBe('give-up');
  expect(nextProcedure({ ...FACTS, attempts: 9, failures: 8, failuresHere: 8 })).toBe('retry');
  expect(nextProcedure({ ...FACTS, attempts: 3, failures: 3, failuresHere: 1, hasOtherProvider: true, mayAsk: true })).toBe('ask');
  expect(nextProcedure({ ...FACTS, code: 'GRYM_CLIP_UNKNOWN', kind: 'invalid-input', attempts: 9 })).toBe('give-up');
});

const facts = fc.constantFrom(...(Object.keys(ERROR_CATALOGUE) as ErrorCode[])).chain((code) =>
  fc.record({
    code: fc.constant(code),
    kind: fc.constant(ERROR_CATALOGUE[code].kind),
    failuresHere: fc.integer({ min: 1, max: 30 }),
    failures: fc.integer({ min: 1, max: 30 }),
    attempts: fc.option(fc.integer({ min: 1, max: 20 })),
    waits: fc.integer({ min: 0, max: 5 }),
    reductions: fc.integer({ min: 0, max: 5 }),
    hasOtherProvider: fc.boolean(),
    canShrink: fc.boolean(),
    mayAsk: fc.boolean(),
    hasRetriesLeft: fc.boolean(),
  }),
);

test('of any error: without retries left, or where nothing is possible, no further attempt is made', () => {
  fc.assert(
    fc.property(facts, (given) => {
      const procedure = nextProcedure(given);
      const policy = recoveryPolicy(given.code, given.kind);
      const isAttempt = procedure !== 'ask' && procedure !== 'give-up';
      if (isAttempt) expect(given.hasRetriesLeft).toBe(true);
      if (isAttempt && given.attempts !== null) expect(given.failures).toBeLessThan(given.attempts);
      if (procedure === 'other-provider') expect(given.hasOtherProvider).toBe(true);
      if (procedure === 'smaller-settings') expect(given.canShrink && given.reductions < MAXIMUM_REDUCTIONS).toBe(true);
      if (procedure === 'wait') expect(given.waits).toBeLessThan(policy.waitsMs.length);
      if (procedure === 'ask') expect(given.mayAsk).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
