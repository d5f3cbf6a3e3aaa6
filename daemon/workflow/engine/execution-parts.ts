import type { ContextHooks, NewContextItem } from '../../context/index.js';
import type { Clock, GrymError, JsonObject, JsonValue, Logger } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { CapabilityProvider, StepCatalogue } from '../catalogue/index.js';
import type { NextCommand, StepExecutor } from '../execution/index.js';
import type { RunEvent, RunState } from '../types.js';
import type { Dispatcher } from './dispatcher.js';
import type { JournalledWait } from './journal-rows.js';
import type { OpenStep } from './open-step.js';
import type { RunJournal } from './run-journal.js';
import type { StepCache } from './step-cache.js';
import type { StepJournal } from './step-journal.js';
import type { WorkflowExecution } from './workflow-execution.js';

/** What becomes of a step, on its way into the journal. */
export type StepResult =
  | {
      readonly kind: 'done';
      readonly step: OpenStep;
      readonly output: JsonValue;
      readonly items: readonly NewContextItem[];
      readonly explanation: readonly string[];
      readonly libraryOnly: string | null;
      readonly provider: CapabilityProvider | null;
      readonly input: JsonObject | null;
      readonly milliseconds: number | null;
      /** `<run>/<path>` where the result was made elsewhere. */
      readonly cachedFrom: string | null;
    }
  | { readonly kind: 'failed'; readonly step: OpenStep; readonly error: GrymError; readonly next: readonly NextCommand[] | undefined }
  | { readonly kind: 'skipped'; readonly step: OpenStep; readonly note: string }
  | { readonly kind: 'wait'; readonly step: OpenStep; readonly wait: JournalledWait };

export interface RunEnd {
  readonly state: RunState;
  readonly error: GrymError | null;
}

/** How a run is ended from outside: by whoever asked for it, or by its deadline. */
export interface StoppedRun extends RunEnd {
  readonly state: 'cancelled' | 'failed';
  readonly error: GrymError;
}

/** What executions tell the engine, after it is in the journal. */
export interface ExecutionListener {
  changed(execution: WorkflowExecution, kind: RunEvent['kind']): void;
  /** A step is over; its place may be taken by another run. */
  stepEnded(): void;
  waiting(execution: WorkflowExecution, step: OpenStep): void;
  ended(execution: WorkflowExecution, end: RunEnd): void;
  /** The journal takes no more for now; `resume` is to be called later. */
  suspended(execution: WorkflowExecution, error: unknown): void;
}

/** What all executions share. */
export interface ExecutionParts {
  readonly database: Database;
  readonly runs: RunJournal;
  readonly steps: StepJournal;
  readonly cache: StepCache;
  readonly catalogue: StepCatalogue;
  readonly executor: StepExecutor;
  readonly contexts: ContextHooks;
  readonly dispatcher: Dispatcher;
  readonly services: unknown;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A step that was started this often without an end, over all processes, is given up. */
  readonly maximumStepAttempts: number;
  readonly listener: ExecutionListener;
  /** Of a run that is part of another one and is open; null where it is not. */
  readonly stateOfPart: (runId: string) => RunState | null;
  /** True while a bridge is there to be sent to. */
  readonly isConnected: (bridgeId: string) => boolean;
}
