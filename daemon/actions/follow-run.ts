import { GrymError } from '../kernel/index.js';
import { ENDED_RUN_STATES, type RunHandle, type RunRecord, type Workflow } from '../workflow/index.js';
import type { ActionContext } from './declaration.js';

/** Whether nothing more happens to a run until somebody does something: it has ended, or waits for a bridge or a decision. */
export function isSettled({ state }: RunRecord): boolean {
  return state.startsWith('waiting-') || (ENDED_RUN_STATES as readonly string[]).includes(state);
}

/**
 * Waits for a run of this request, which is cancelled with the request, and tells its progress. Rejects with the run's error, whose remedy
 * then says where to read what was tried and what can be done.
 */
export async function waitForOwn(workflow: Workflow, run: RunHandle, { progress }: ActionContext): Promise<RunRecord> {
  const stopListening = workflow.onEvent(({ run: { runId, fraction, stage } }) => {
    if (runId === run.runId) progress(fraction, stage);
  });
  try {
    return await run.settled;
  } catch (error) {
    throw withDirections(error, run.runId);
  } finally {
    stopListening();
  }
}

/** Follows a run that goes on whether this request is cancelled or not. Resolves with the record whatever it ended as. */
export async function waitForOther(workflow: Workflow, runId: string, { progress, signal }: ActionContext): Promise<RunRecord> {
  const now = workflow.get(runId);
  if (isSettled(now)) return now;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stopListening();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => finish(() => reject(new GrymError('GRYM_CANCELLED', { what: `waiting for run ${runId}, which goes on` })));
    const stopListening = workflow.onEvent(({ run }) => {
      if (run.runId !== runId) return;
      if (isSettled(run)) finish(() => resolve(run));
      else progress(run.fraction, run.stage);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The run's error, as the one who asked for the run needs it. */
export function failureOf(run: RunRecord): GrymError | null {
  return run.error === null || (run.state !== 'failed' && run.state !== 'cancelled')
    ? null
    : (withDirections(GrymError.fromWire(run.error), run.runId) as GrymError);
}

function withDirections(error: unknown, runId: string): unknown {
  if (!(error instanceof GrymError) || error.kind === 'cancelled' || error.code === 'GRYM_SHUTTING_DOWN') return error;
  const { message, remedy, kind, code } = error.toWire();
  const directions = `What was tried and what can be done now: grym show-run ${runId}`;
  return GrymError.fromWire({ code, kind, message, remedy: `${remedy} ${directions}` });
}
