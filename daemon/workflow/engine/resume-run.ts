import { GrymError, toGrymError } from '../../kernel/index.js';
import { runProblem } from '../execution/index.js';
import type { ExecutionParts } from './execution-parts.js';
import type { JournalledRun } from './journal-rows.js';
import type { RunViews } from './run-views.js';
import { WorkflowExecution } from './workflow-execution.js';

/** A run that another process left open; null where it cannot go on, which it says as its end. Part of the transaction of the start. */
export function resumeRun(run: JournalledRun, views: RunViews, parts: ExecutionParts): WorkflowExecution | null {
  const { runs, steps, clock, logger } = parts;
  const { runId, sequence, title, explanation, notes } = run;
  try {
    const definition = views.definition(run);
    if (definition === null) throw new GrymError('GRYM_INTERNAL', { reason: `the definition of the run ${runId} is gone` });
    runs.resume(sequence);
    const inputs = views.adopt(run, definition);
    const journalled = steps.ofRun(sequence);
    return new WorkflowExecution(parts, { ...run, inputs }, definition.compiled, { resumptions: run.resumptions + 1, journalled });
  } catch (thrown) {
    const error = toGrymError(thrown);
    if (error.code === 'GRYM_LIBRARY_UNWRITABLE') throw error;
    logger.error('A run cannot be taken up again', { runId, error });
    const problem = runProblem({ runId, title, error, step: null });
    const end = { state: 'failed', stage: error.message, outputs: null, clipHash: null, error: error.toWire() } as const;
    runs.end(sequence, { ...end, explanation, notes, problem, endedAtMs: clock.nowMs() });
    return null;
  }
}
