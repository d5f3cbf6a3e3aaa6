import type { WireError } from '../../../protocol/index.js';
import { GrymError } from '../../kernel/index.js';
import type { GraphEnd } from '../definition/index.js';
import { runProblem, type NextCommand } from '../execution/index.js';
import type { RunState } from '../types.js';
import type { RunEnd, StepResult } from './execution-parts.js';
import type { JournalledRun } from './journal-rows.js';
import type { LiveRun } from './live-run.js';
import type { OpenStep } from './open-step.js';
import { clipOf } from './result-committer.js';
import type { JournalledEnd } from './run-journal.js';

/** A step that failed in this process. */
export interface StepFailure {
  readonly step: OpenStep;
  readonly error: GrymError;
  readonly next: readonly NextCommand[] | undefined;
}

export function failureOf(result: StepResult, error: WireError): StepFailure {
  return result.kind === 'failed' ? result : { step: result.step, error: GrymError.fromWire(error), next: undefined };
}

export interface EndingRun {
  readonly run: JournalledRun;
  readonly live: LiveRun;
  /** The run was ended from outside: cancelled, or past its deadline. */
  readonly stopped: RunEnd | null;
  readonly graphEnd: GraphEnd | null;
  readonly failures: ReadonlyMap<string, StepFailure>;
  /** Steps that are cut off. */
  readonly open: Iterable<OpenStep>;
}

interface Outcome extends RunEnd {
  readonly outputs: JournalledEnd['outputs'];
  readonly failure: StepFailure | undefined;
}

function outcomeOf({ stopped, graphEnd, failures, live }: EndingRun): Outcome {
  if (stopped !== null) return { ...stopped, outputs: null, failure: undefined };
  if (graphEnd?.kind === 'succeeded') {
    return { state: live.isLibraryOnly ? 'library-only' : 'done', error: null, outputs: graphEnd.outputs, failure: undefined };
  }
  if (graphEnd === null) throw new GrymError('GRYM_INTERNAL', { reason: 'a run without an end is ended' });
  const failure = failures.get(graphEnd.path);
  return { state: 'failed', error: failure?.error ?? GrymError.fromWire(graphEnd.error), outputs: null, failure };
}

/** Of the steps that are cut off, the one that has been under way the longest. */
function longest(open: Iterable<OpenStep>): OpenStep | undefined {
  return [...open].filter(({ row }) => row !== null).sort((a, b) => a.startedAtMs - b.startedAtMs)[0];
}

function stageOf({ state, error }: RunEnd, notes: readonly string[]): string {
  if (state === 'library-only') return `in the library only: ${notes.join('; ')}`;
  return error === null || state === 'cancelled' ? state : error.message;
}

/** How a run ends, for the journal and for those who wait for it. */
export function endingOf(ending: EndingRun, endedAtMs: number): { readonly journalled: JournalledEnd; readonly end: RunEnd } {
  const { run, live } = ending;
  const { state, error, outputs, failure } = outcomeOf(ending);
  const step = failure?.step ?? longest(ending.open);
  const place = step && { path: step.path, name: step.activation.step, input: step.input, tried: step.tried };
  const facts = { runId: run.runId, title: run.title, step: place ?? null, next: failure?.next };
  return {
    end: { state, error },
    journalled: {
      ...{ state: state satisfies RunState, outputs, endedAtMs, explanation: live.explanation, notes: live.notes },
      stage: stageOf({ state, error }, live.notes),
      clipHash: outputs === null ? null : clipOf(outputs),
      error: error?.toWire() ?? null,
      problem: state === 'failed' && error !== null ? runProblem({ ...facts, error }) : null,
    },
  };
}
