import { z } from 'zod';
import type { RunDetail } from '../workflow/index.js';
import { defineAction } from './define-action.js';
import { failureOf, waitForOther } from './follow-run.js';
import { resolveRun, runParameter, stepPathParameter } from './run-reference.js';
import { wholeRun, wholeRunSchema } from './run-schemas.js';

const decisionSchema = z.object({
  runId: z.string(),
  workflow: z.string(),
  title: z.string(),
  /** Of the step that asks. */
  path: z.string(),
  question: z.string(),
  options: z.array(z.object({ id: z.string(), label: z.string(), clip: z.string().nullable() })),
  /** Whether more than one option may be chosen. */
  multiple: z.boolean(),
  /** Whether the answer may carry a workflow document; show-run shows what there is to change. */
  takesDocument: z.boolean(),
  submittedAtMs: z.number(),
});
type Decision = z.output<typeof decisionSchema>;

export const listDecisionsAction = defineAction({
  name: 'list-decisions',
  help: 'List the questions that runs wait to have answered',
  params: z.strictObject({ limit: z.int().min(1).max(200).default(50).describe('At most so many') }),
  result: z.strictObject({ decisions: z.array(decisionSchema) }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler({ workflow }, { limit }) {
    const waiting = workflow.list({ state: 'open', limit: 1_000 }).filter(({ waitingFor }) => waitingFor !== null);
    const decisions: Decision[] = [];
    for (const { runId } of waiting) {
      if (decisions.length >= limit) break;
      decisions.push(...decisionsOf(workflow.detail(runId)));
    }
    return { decisions: decisions.slice(0, limit) };
  },
});

function decisionsOf({ runId, workflow, title, submittedAtMs, steps }: RunDetail): Decision[] {
  return steps.flatMap(({ waitingFor }) => {
    if (waitingFor?.kind !== 'decision') return [];
    const { path, question, options, multiple, takesDocument = false } = waitingFor;
    return [
      {
        ...{ runId, workflow, title, submittedAtMs, path, question, multiple, takesDocument },
        options: options.map((option) => ({ ...option })),
      },
    ];
  });
}

export const decideAction = defineAction({
  name: 'decide',
  help: 'Answer the question that a run waits for; it goes on at once',
  params: z.strictObject({
    run: runParameter.meta({ valuesFrom: 'decisions' }),
    answer: z
      .union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(100)])
      .describe('Id of an option, or several where the question allows that')
      .meta({ valuesFrom: 'answers' }),
    document: z
      .string()
      .min(1)
      .max(200_000)
      .optional()
      .describe(
        'Text of a workflow document (YAML) where the question takes one, such as a plan that you have changed; on the command line a file',
      ),
    path: stepPathParameter.optional().describe('Path of the step that asks, where the run waits for several'),
    wait: z.boolean().default(true).describe('Wait until the run has ended or waits again; going away does not stop it'),
  }),
  result: z.strictObject({ run: wholeRunSchema }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['run', 'answer...'],
  async handler({ workflow }, { run, answer, document, path, wait }, context) {
    const { runId } = resolveRun(workflow, run);
    const decided = workflow.decide(runId, path, [answer].flat(), document);
    const record = wait ? await waitForOther(workflow, runId, context) : decided;
    const failure = wait ? failureOf(record) : null;
    if (failure !== null) throw failure;
    return { run: wholeRun(record) };
  },
});
