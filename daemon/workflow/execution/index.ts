export { commandsAfterFailure, commandsWhileAsking, type FailureFacts } from './next-commands.js';
export { DEFAULT_GRACE_MS, DEFAULT_LEASE_WAIT_MS, RecoveringExecutor, type RecoveringExecutorOptions } from './recovering-executor.js';
export { runProblem, type ProblemFacts } from './run-problem.js';
export type {
  ExecutionOutcome,
  FurtherStart,
  NextCommand,
  ProviderDirectory,
  StepExecutor,
  StepOrder,
  TriedEntry,
} from './step-executor.js';
