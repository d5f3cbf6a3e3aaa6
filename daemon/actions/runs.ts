import { z } from 'zod';
import { wireErrorSchema } from '../../protocol/index.js';
import { isGrymError } from '../kernel/index.js';
import { OPEN_RUN_STATES, RUN_STATES, STEP_STATES, type RunRecord, type StepRecord } from '../workflow/index.js';
import { bridgeParameter } from './common-schemas.js';
import { defineAction } from './define-action.js';
import { waitForOther } from './follow-run.js';
import { resolveRun, runParameter, stepPathParameter } from './run-reference.js';
import { runSchema, runSummary, wholeRun, wholeRunSchema, type RunSummary } from './run-schemas.js';
import type { ActionServices } from './services.js';

/** Less than a WebSocket message holds, whatever characters there are in it. */
const PAGE_CHARACTERS = 80_000;

/** At least one entry, then as many as fit. */
function onePage<Entry>(entries: readonly Entry[]): Entry[] {
  let characters = 0;
  return entries.filter((entry, index) => {
    characters += JSON.stringify(entry).length;
    return index === 0 || characters <= PAGE_CHARACTERS;
  });
}

const MAXIMUM_LISTED_RUNS = 1_000;

export const listRunsAction = defineAction({
  name: 'list-runs',
  help: 'List the runs, newest first',
  params: z.strictObject({
    state: z
      .enum([...RUN_STATES, 'open'])
      .optional()
      .describe(`Only runs in this state; open = ${OPEN_RUN_STATES.join(', ')}`),
    workflow: z.string().min(1).max(100).optional().describe('Only runs of this workflow').meta({ valuesFrom: 'workflows' }),
    bridge: bridgeParameter.describe('Only runs for this bridge: its name or id'),
    limit: z.int().min(1).max(MAXIMUM_LISTED_RUNS).default(20).describe('At most so many'),
  }),
  /** `leftOut`: how many more there would be within the limit, left out so that the reply is not too large. */
  result: z.strictObject({ runs: z.array(runSchema), leftOut: z.int() }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler(services, { state, workflow, bridge, limit }) {
    if (bridge === undefined) return listed(services.workflow.list({ state, workflow, limit }));
    const bridgeId = bridgeIdOf(services, bridge);
    const all = services.workflow.list({ state, workflow, limit: MAXIMUM_LISTED_RUNS });
    return listed(all.filter((run) => run.bridgeId === bridgeId).slice(0, limit));
  },
});

function listed(found: readonly RunRecord[]): { runs: RunSummary[]; leftOut: number } {
  const runs = onePage(found.map((run) => runSummary(run, 'list')));
  return { runs, leftOut: found.length - runs.length };
}

/** A bridge that is not there any more is named by its id. */
function bridgeIdOf({ bridges }: ActionServices, named: string): string {
  try {
    return bridges.resolve(named).bridgeId;
  } catch (error) {
    if (isGrymError(error, 'GRYM_BRIDGE_UNKNOWN')) return named;
    throw error;
  }
}

const stepSchema = z.object({
  path: z.string(),
  step: z.string(),
  state: z.enum(STEP_STATES),
  attempts: z.int(),
  milliseconds: z.number().nullable(),
  /** Where the result came from where the step did not run here; else null. */
  cachedFrom: z.string().nullable(),
  provider: z.string().nullable(),
  error: wireErrorSchema.nullable(),
  tried: z.array(z.object({ attempt: z.int(), provider: z.string().nullable(), code: z.string(), kind: z.string(), words: z.string() })),
  note: z.string(),
  /** Only where they were asked for. */
  input: z.unknown().optional(),
  output: z.unknown().optional(),
});
type StepView = z.output<typeof stepSchema>;

export const showRunAction = defineAction({
  name: 'show-run',
  help: 'Show a run: its steps with times and attempts, what it waits for, what failed and what can be done',
  params: z.strictObject({
    run: runParameter,
    under: stepPathParameter.optional().describe('Only the step with this path and those inside it'),
    values: z.boolean().default(false).describe('With the input and the output of each step'),
    offset: z.int().min(0).default(0).describe('Leave out so many steps'),
    limit: z.int().min(1).max(2_000).default(300).describe('At most so many steps'),
    wait: z.boolean().default(false).describe('Wait until the run has ended or waits for a decision or a bridge'),
  }),
  result: z.strictObject({ run: wholeRunSchema, steps: z.array(stepSchema), stepsTotal: z.int() }),
  danger: 'none',
  performanceSafe: false,
  positional: ['run', 'under'],
  async handler({ workflow }, { run, under, values, offset, limit, wait }, context) {
    const { runId } = resolveRun(workflow, run);
    if (wait) await waitForOther(workflow, runId, context);
    const detail = workflow.detail(runId);
    const inside = detail.steps.filter(({ path }) => under === undefined || isInside(path, under));
    const wanted = inside.slice(offset, offset + limit).map((step) => stepView(step, values));
    return { run: wholeRun(detail), steps: onePage(wanted), stepsTotal: inside.length };
  },
});

function isInside(path: string, block: string): boolean {
  return path === block || (path.startsWith(block) && ['/', '['].includes(path.charAt(block.length)));
}

function stepView(record: StepRecord, values: boolean): StepView {
  const { path, step, state, attempts, milliseconds, cachedFrom, provider, error, tried, note, input, output } = record;
  return {
    ...{ path, step, state, attempts, milliseconds, cachedFrom, provider, error, note },
    tried: tried.map((entry) => ({ ...entry })),
    ...(values ? { input, output } : {}),
  };
}

export const cancelRunAction = defineAction({
  name: 'cancel-run',
  help: 'Cancel a run that has not ended',
  params: z.strictObject({ run: runParameter.meta({ valuesFrom: 'open-runs' }) }),
  result: z.strictObject({ runId: z.string(), cancelled: z.boolean() }),
  danger: 'destructive',
  performanceSafe: false,
  positional: ['run'],
  handler({ workflow }, { run }) {
    const { runId } = resolveRun(workflow, run);
    return { runId, cancelled: workflow.cancel(runId) };
  },
});
