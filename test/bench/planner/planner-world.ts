// What a planner has to plan with: the built-in workflows, the steps of the catalogue, and the reader of workflow documents.
import type { JsonObject } from '../../../daemon/kernel/index.js';
import type { PlannableStep, PlanRequest } from '../../../daemon/models/plan.js';
import { discoverSteps } from '../../../daemon/workflow/catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary, readWorkflow } from '../../../daemon/workflow/definition/index.js';

export interface PlannerWorld {
  request(text: string, known?: JsonObject): PlanRequest;
}

export async function openPlannerWorld(): Promise<PlannerWorld> {
  const { facts, steps: definitions } = await discoverSteps();
  const plannable = new Set(definitions.filter((definition) => definition.plannable !== false).map(({ name }) => name));
  const library = loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: null }, facts);
  const workflows = library.entries.filter(({ compiled }) => compiled !== null);
  const steps: PlannableStep[] = facts.flatMap(({ name, help, input, output }) =>
    input === null || output === null || !plannable.has(name) ? [] : [{ name, help, input, output, available: true }],
  );
  const check = (document: string): string[] =>
    readWorkflow(document, 'planned.yaml', library.facts).mistakes.map(({ where, message }) => `${where}: ${message}`);
  return { request: (request, known = {}) => ({ request, known, workflows, steps, check, earlier: [] }) };
}
