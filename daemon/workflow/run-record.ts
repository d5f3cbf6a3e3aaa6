import type { LiveRun } from './live-run.js';
import type { JournalledRun } from './run-journal.js';
import type { RunRecord, StepTiming } from './types.js';

/** What the journal and memory know of a run, for whoever asks. */
export function runRecord(
  run: JournalledRun,
  live: LiveRun | undefined,
  timings: readonly StepTiming[],
  clipPath: string | null,
): RunRecord {
  const ended = run.endedAtMs !== null;
  const { runId, state, step, bridgeId, slot, clipHash, explanation, resumptions, submittedAtMs, endedAtMs, error } = run;
  return {
    runId,
    state,
    step,
    prompt: run.job.prompt,
    seed: run.job.seed,
    bridgeId,
    slot,
    fraction: ended ? 1 : (live?.fraction ?? 0),
    stage: ended ? run.note : (live?.stage ?? 'waiting for its turn'),
    clipHash,
    clipPath,
    explanation,
    resumptions,
    submittedAtMs,
    endedAtMs,
    error,
    timings,
  };
}
