export { SqliteBreakerStore, type BreakerRecord, type BreakerStore } from './breaker-store.js';
export {
  BREAKER_POLICY,
  BREAKER_STATES,
  Breakers,
  type Admission,
  type BreakerPolicy,
  type BreakersOptions,
  type BreakerState,
  type BreakerView,
} from './breakers.js';
export { nextProcedure, type RecoveryFacts } from './next-procedure.js';
export {
  MAXIMUM_INTERRUPTIONS,
  MAXIMUM_REDUCTIONS,
  PROCEDURES,
  RECOVERY_BY_CODE,
  RECOVERY_BY_KIND,
  recoveryPolicy,
  type Backoff,
  type Procedure,
  type RecoveryPolicy,
} from './recovery-table.js';
export { RetryDelays, type Random } from './retry-delays.js';
export { DEFAULT_RUN_RETRIES, runRetryBudget, type RunRetryBudget } from './run-retry-budget.js';
export { toStepError } from './step-error.js';
