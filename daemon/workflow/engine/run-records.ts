import type { JsonObject } from '../../kernel/index.js';
import { commandsWhileAsking, runProblem } from '../execution/index.js';
import type { RunDetail, RunProblem, RunRecord, RunWait, StepRecord, StepState, StepTiming } from '../types.js';
import type { JournalledRun, JournalledStep, JournalledWait } from './journal-rows.js';
import type { LiveRun } from './live-run.js';

export function runWait(path: string, wait: JournalledWait): RunWait {
  if (wait.kind === 'bridge') return { kind: 'bridge', path, bridgeId: wait.bridgeId };
  if (wait.kind === 'run') return { kind: 'run', path, runId: wait.runId };
  const { question, options } = wait;
  if (wait.kind === 'ask') return { kind: 'decision', path, question, options, multiple: false };
  const { multiple, details, takesDocument } = wait;
  const more = { ...(details !== undefined && { details }), ...(takesDocument !== undefined && { takesDocument }) };
  return { kind: 'decision', path, question, options, multiple, ...more };
}

/** What was asked for in words. */
function promptOf({ prompt, request }: JsonObject): string | null {
  if (typeof prompt === 'string') return prompt;
  return typeof request === 'string' ? request : null;
}

function shared(run: JournalledRun, clipHash: string | null, clipPath: (hash: string) => string) {
  const { runId, workflow, title, inputs, seed, priority, deadlineAtMs, rerunOf, partOf, edits, bridgeId, slot, submittedAtMs } = run;
  return {
    ...{ runId, workflow, title, inputs, seed, priority, deadlineAtMs, rerunOf, partOf, edits, bridgeId, slot, submittedAtMs, clipHash },
    prompt: promptOf(inputs),
    clipPath: clipHash === null ? null : clipPath(clipHash),
  };
}

/** Of a run that is open in this process. */
export function liveRecord(live: LiveRun, clipPath: (hash: string) => string): RunRecord {
  const { state, step, fraction, stage, waitingFor, outputs, explanation, resumptions, retries } = live;
  return {
    ...shared(live.run, live.clipHash, clipPath),
    ...{ state, step, fraction, stage, waitingFor, outputs, explanation, resumptions, retries },
    notes: [...live.notes],
    timings: [...live.timings],
    endedAtMs: null,
    error: null,
    problem: null,
  };
}

/** Of a run that has ended, or that no process has taken up yet. */
export function journalledRecord(run: JournalledRun, steps: StepSummary, clipPath: (hash: string) => string): RunRecord {
  const { state, outputs, notes, resumptions, retries, endedAtMs, error, problem } = run;
  const ended = endedAtMs !== null;
  return {
    ...shared(run, run.clipHash, clipPath),
    ...{ state, outputs, notes, resumptions, retries, endedAtMs, error, problem },
    step: null,
    fraction: ended ? 1 : 0,
    stage: ended ? run.stage : 'waiting for its turn',
    waitingFor: steps.waitingFor,
    explanation: ended ? run.explanation : steps.explanation,
    timings: steps.timings,
  };
}

export interface StepSummary {
  readonly timings: readonly StepTiming[];
  readonly explanation: readonly string[];
  readonly waitingFor: RunWait | null;
}

export function summaryOf(steps: readonly JournalledStep[]): StepSummary {
  const waiting = steps.find(({ wait }) => wait !== null);
  return {
    timings: steps.flatMap(({ path, milliseconds }) => (milliseconds === null ? [] : [{ step: path, milliseconds }])),
    explanation: steps.flatMap(({ explanation }) => explanation),
    waitingFor: waiting?.wait ? runWait(waiting.path, waiting.wait) : null,
  };
}

function stepState(step: JournalledStep): StepState {
  return step.state === 'started' ? 'running' : step.state;
}

export function stepRecord(step: JournalledStep): StepRecord {
  const { path, attempts, milliseconds, cachedFrom, input, params, output, wait, error, tried, note } = step;
  return {
    ...{ path, attempts, milliseconds, cachedFrom, output, error, tried, note },
    step: step.step,
    state: stepState(step),
    provider: step.provider?.provider ?? null,
    input: input ?? params,
    waitingFor: wait === null ? null : runWait(path, wait),
  };
}

/** Of a run that is stuck and asks how to go on: what failed and was tried, and one command for each answer. */
function problemOfQuestion({ runId, title }: RunRecord, steps: readonly JournalledStep[]): RunProblem | null {
  for (const { path, step, input, tried, wait } of steps) {
    if (wait?.kind !== 'ask') continue;
    const next = commandsWhileAsking(runId, path, wait.options);
    return runProblem({ runId, title, error: wait.error, step: { path, name: step, input, tried }, next, state: 'waiting' });
  }
  return null;
}

export function runDetail(record: RunRecord, steps: readonly JournalledStep[]): RunDetail {
  const problem = record.problem ?? (record.waitingFor === null ? null : problemOfQuestion(record, steps));
  return { ...record, problem, steps: steps.map(stepRecord) };
}
