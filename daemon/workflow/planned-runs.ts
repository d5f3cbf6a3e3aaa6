import type { JsonObject } from '../kernel/index.js';
import type { RunRecord } from './types.js';

/** What a step wants carried out as a part of its own run. */
export interface PlannedRunRequest {
  /** A workflow document (YAML), under the rules for plans. */
  readonly document: string;
  /** What was asked for, by names of inputs: what the document declares of it is given to it, and its context begins with it. */
  readonly known: JsonObject;
  /** Null: the seed of the run that it is part of. */
  readonly seed: number | null;
}

/** The runs that steps carry out. They have bridge, priority, deadline and fate of the run that they are parts of. */
export interface PlannedRuns {
  /**
   * Part of the transaction that journals the step's start: journals the run, or finds the one that an earlier start of the step has
   * journalled. Returns its id. Throws what `Workflow.run` throws for a request that cannot be.
   */
  accept(of: { readonly runId: string; readonly path: string }, request: PlannedRunRequest): string;
  /** Lets it begin, where it has neither begun nor ended. */
  begin(runId: string): void;
  /** Throws GRYM_RUN_UNKNOWN. */
  get(runId: string): RunRecord;
}
