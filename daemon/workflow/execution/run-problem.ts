import type { GrymError, JsonObject } from '../../kernel/index.js';
import type { WireError } from '../../../protocol/index.js';
import type { RunProblem } from '../types.js';
import { commandsAfterFailure } from './next-commands.js';
import type { NextCommand, TriedEntry } from './step-executor.js';

export interface ProblemFacts {
  readonly runId: string;
  /** Of the workflow, for people. */
  readonly title: string;
  readonly error: GrymError | WireError;
  /** Null where no step failed: the run's deadline passed in the queue, an expression of the workflow has no value. */
  readonly step: {
    readonly path: string;
    /** Name in the catalogue. */
    readonly name: string;
    readonly input: JsonObject | null;
    readonly tried: readonly TriedEntry[];
  } | null;
  /** What the executor gave with the failure; made here where it is not at hand any more. */
  readonly next?: readonly NextCommand[] | undefined;
  /** Why the run was cut short where it did not fail: a run that waits for an answer, one that was cancelled. */
  readonly state?: 'failed' | 'cancelled' | 'waiting';
}

function place({ title, step, state = 'failed' }: ProblemFacts): string {
  const what = { failed: 'failed', cancelled: 'was cancelled', waiting: 'waits for an answer' }[state];
  if (step === null) return `"${title}" ${what}`;
  const where = step.path === step.name ? `in the step "${step.name}"` : `in the step "${step.name}" (${step.path})`;
  return `"${title}" ${what} ${where}`;
}

/** Why a run stopped, for people: what failed and where, what was tried, what can be done now. */
export function runProblem(facts: ProblemFacts): RunProblem {
  const { runId, error, step } = facts;
  const remedy = error.remedy === '' ? '' : ` ${error.remedy}`;
  const next =
    facts.next ?? commandsAfterFailure({ runId, path: step?.path ?? null, kind: error.kind, input: step?.input ?? null, smaller: null });
  return {
    what: `${place(facts)}: ${error.message}${remedy}`,
    tried: step === null ? [] : step.tried.map(({ words }) => words),
    next,
  };
}
