export type {
  ExecutionOutcome,
  FurtherStart,
  NextCommand,
  ProviderDirectory,
  StepExecutor,
  StepOrder,
  TriedEntry,
} from './step-executor.js';
