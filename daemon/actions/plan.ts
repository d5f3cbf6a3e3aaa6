import { z } from 'zod';
import { GrymError } from '../kernel/index.js';
import { knownParameters, plannedRequest } from './ask.js';
import { defineAction } from './define-action.js';
import { waitForOwn } from './follow-run.js';
import { planSchema, plansOf } from './plans-of-run.js';
import { resolveRun, runParameter } from './run-reference.js';

const paramsSchema = z.strictObject({
  request: z.string().max(10_000).default('').describe('What is wanted, in plain words'),
  ...knownParameters,
  of: runParameter.optional().describe('Instead of planning: the latest plan of this run, such as one that waits to be carried out'),
});

const resultSchema = planSchema.extend({ runId: z.string() });

export const planAction = defineAction({
  name: 'plan',
  help: 'Plan how to do what is asked for in plain words, and print the plan as a workflow document; nothing is carried out',
  params: paramsSchema,
  result: resultSchema,
  danger: 'none',
  performanceSafe: false,
  positional: ['request...'],
  async handler(services, { request, of, ...known }, context) {
    const { workflow } = services;
    if ((of === undefined) === (request.trim() === '')) {
      throw new GrymError('GRYM_ACTION_PARAMETERS', {
        action: 'plan',
        problems: 'give either what is wanted, in words, or the run whose plan is wanted (of).',
      });
    }
    let runId: string;
    if (of === undefined) {
      const run = workflow.run(plannedRequest(services, 'plan', request, known, context.caller), { signal: context.signal });
      ({ runId } = await waitForOwn(workflow, run, context));
    } else ({ runId } = resolveRun(workflow, of));
    const plan = plansOf(workflow.detail(runId)).at(-1);
    if (plan === undefined) throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'plan', problems: `the run ${runId} has no plan.` });
    return { ...plan, runId };
  },
});
