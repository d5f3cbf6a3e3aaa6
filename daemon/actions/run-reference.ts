import { z } from 'zod';
import { GrymError, isGrymError } from '../kernel/index.js';
import type { RunRecord, Workflow } from '../workflow/index.js';

/** Ids begin with the time, so their ends tell runs of the same minute apart. */
const MINIMUM_CHARACTERS = 4;
/** Runs that are kept are not many more; an older one is named by its whole id. */
const LOOKED_THROUGH = 1_000;

export const runParameter = z
  .string()
  .min(1)
  .max(64)
  .describe(`Id of a run, its last ${MINIMUM_CHARACTERS} or more characters, or "last" (of those that were asked for)`)
  .meta({ valuesFrom: 'runs' });

export const stepPathParameter = z.string().min(1).max(500).meta({ valuesFrom: 'step-paths' });

/** The run that is meant. Throws GRYM_RUN_UNKNOWN or GRYM_RUN_AMBIGUOUS. */
export function resolveRun(workflow: Workflow, named: string): RunRecord {
  try {
    return workflow.get(named);
  } catch (error) {
    if (!isGrymError(error, 'GRYM_RUN_UNKNOWN')) throw error;
    const [run, ...others] = candidates(workflow, named);
    if (run === undefined) throw error;
    if (others.length === 0) return run;
    const known = [run, ...others].slice(0, 5).map(({ runId, title }) => `${runId} (${title})`);
    throw new GrymError('GRYM_RUN_AMBIGUOUS', { run: named, known: known.join(', ') }, { cause: error });
  }
}

function candidates(workflow: Workflow, named: string): RunRecord[] {
  if (named === 'last') return workflow.list({ onlyAskedFor: true, limit: 1 });
  if (named.length < MINIMUM_CHARACTERS) return [];
  return workflow.list({ limit: LOOKED_THROUGH }).filter(({ runId }) => runId.endsWith(named) || runId.startsWith(named));
}
