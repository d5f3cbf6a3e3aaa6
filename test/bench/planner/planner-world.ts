// What a planner has to plan with: the built-in workflows, the steps of the catalogue, and the reader of workflow documents.
import type { JsonObject } from '../../../daemon/kernel/index.js';
import type { PlanRequest } from '../../../daemon/models/plan.js';
import { discoverSteps } from '../../../daemon/workflow/catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary } from '../../../daemon/workflow/definition/index.js';
import { createPlanning } from '../../../daemon/workflow/planning.js';

export interface PlannerWorld {
  request(text: string, known?: JsonObject): PlanRequest;
}

/** As the step `plan` has it, with a provider for everything. */
export async function openPlannerWorld(): Promise<PlannerWorld> {
  const catalogue = await discoverSteps();
  const library = loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: null }, catalogue.facts);
  const planning = createPlanning({
    library: () => library,
    catalogue,
    capabilities: { providers: () => [{ provider: 'any', version: '1' }] },
  });
  const [workflows, steps] = [planning.workflows(), planning.steps()];
  return {
    request: (request, known = {}) => ({
      ...{ request, known, workflows, steps, earlier: [] },
      check: (document) => planning.check(document, { prompt: request, ...known }),
    }),
  };
}
