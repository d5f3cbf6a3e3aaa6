import { GrymError, toGrymError } from '../../kernel/index.js';
import { runProblem } from '../execution/index.js';
import type { ExecutionParts } from './execution-parts.js';
import type { JournalledRun } from './journal-rows.js';
import type { RunViews } from './run-views.js';
import { WorkflowExecution } from './workflow-execution.js';

/**
 * The runs that another process left open; one transaction. Whatever is wrong with one of them is told as its end, and keeps
 * neither the others nor the daemon from their work. `open`: ids of those that go on.
 */
export function resumeRuns(views: RunViews, parts: ExecutionParts): { open: string[]; executions: WorkflowExecution[] } {
  const { runs, clock, logger, database } = parts;
  return database.transaction(() => {
    const journalled = runs.open();
    for (const { sequence, runId, reason } of journalled.unreadable) {
      logger.error('A run cannot be read, and ends', { runId, reason });
      const error = new GrymError('GRYM_INTERNAL', { reason: `the run ${runId} cannot be read from the journal` });
      runs.endUnreadable(sequence, error.toWire(), clock.nowMs());
    }
    const executions = journalled.runs.map((run) => resumeRun(run, views, parts)).filter((execution) => execution !== null);
    return { open: executions.map(({ run }) => run.runId), executions };
  });
}

/** Null where it cannot go on. */
function resumeRun(run: JournalledRun, views: RunViews, parts: ExecutionParts): WorkflowExecution | null {
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
