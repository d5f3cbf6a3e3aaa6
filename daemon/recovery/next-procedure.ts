import type { ErrorCode, ErrorKind } from '../kernel/index.js';
import { MAXIMUM_REDUCTIONS, recoveryPolicy, type Procedure, type RecoveryPolicy } from './recovery-table.js';

/** Where a step stands after a failure. */
export interface RecoveryFacts {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  /** With this provider and these settings, this failure included. */
  readonly failuresHere: number;
  /** Of this step in all, over all processes, this failure included. */
  readonly failures: number;
  /** Set by the workflow: the most failures of this step. Null = as the policy says. */
  readonly attempts: number | null;
  readonly waits: number;
  readonly reductions: number;
  /** Another provider of the capability is there, has not been tried and does not rest. */
  readonly hasOtherProvider: boolean;
  readonly canShrink: boolean;
  readonly mayAsk: boolean;
  /** Whether the run as a whole has retries left. */
  readonly hasRetriesLeft: boolean;
}

function isPossible(procedure: Procedure, facts: RecoveryFacts, policy: RecoveryPolicy): boolean {
  if (procedure === 'give-up') return true;
  if (procedure === 'ask') return facts.mayAsk;
  if (!facts.hasRetriesLeft || (facts.attempts !== null && facts.failures >= facts.attempts)) return false;
  switch (procedure) {
    case 'retry':
      // A workflow's own number of attempts stands in for the policy's, but brings no retry where one is of no use.
      return policy.attempts > 1 && facts.failuresHere < (facts.attempts ?? policy.attempts);
    case 'other-provider':
      return facts.hasOtherProvider;
    case 'smaller-settings':
      return facts.canShrink && facts.reductions < MAXIMUM_REDUCTIONS;
    case 'wait':
      return facts.waits < policy.waitsMs.length;
  }
}

/** What is done next. A function of its facts alone. */
export function nextProcedure(facts: RecoveryFacts): Procedure {
  const policy = recoveryPolicy(facts.code, facts.kind);
  return (['retry', ...policy.procedures] as const).find((procedure) => isPossible(procedure, facts, policy)) ?? 'give-up';
}
