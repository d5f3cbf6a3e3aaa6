import type { Planner } from '../../../../daemon/models/index.js';
import type { RunHandle, RunRecord } from '../../../../daemon/workflow/index.js';
import carryOutPlan from '../../../../daemon/workflow/steps/carry-out-plan.js';
import plan from '../../../../daemon/workflow/steps/plan.js';
import reviewPlan from '../../../../daemon/workflow/steps/review-plan.js';
import { openEngine, type EngineBench, type EngineBenchOptions } from './engine-bench.js';

export interface AskBench extends EngineBench {
  ask(request?: string, inputs?: Readonly<Record<string, string | number | boolean>>): RunHandle;
  /** The runs that carry out its plans, oldest first. */
  parts(runId: string): RunRecord[];
}

/** The engine with its test steps and the steps that plan. */
export function openAsk(folder: string, planners: readonly Planner[], options: EngineBenchOptions = {}): AskBench {
  const bench = openEngine(folder, { ...options, planners, steps: [plan, reviewPlan, carryOutPlan, ...(options.steps ?? [])] });
  return Object.assign(bench, {
    ask: (request = 'something dark', inputs: Readonly<Record<string, string | number | boolean>> = {}) => {
      const handle = bench.workflow.run({ workflow: 'ask', inputs: { request, ...inputs }, seed: 7 });
      handle.finished.catch(() => undefined);
      handle.settled.catch(() => undefined);
      return handle;
    },
    parts: (runId: string) =>
      bench.workflow
        .list({ limit: 100 })
        .filter(({ partOf }) => partOf === runId)
        .reverse(),
  });
}

/** A plan of one step that hands on a value. */
export const handsOn = (value: string): string => `  - { id: make, use: work, with: { value: ${value} } }\n`;
