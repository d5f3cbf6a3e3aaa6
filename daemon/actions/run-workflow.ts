import { z } from 'zod';
import { WHEN_STUCK, type RunRecord, type RunRequest } from '../workflow/index.js';
import { bridgeParameter } from './common-schemas.js';
import { GrymError } from '../kernel/index.js';
import type { Caller } from './declaration.js';
import { defineAction } from './define-action.js';
import { suggestion } from './did-you-mean.js';
import { waitForOwn } from './follow-run.js';
import { inputValues } from './input-values.js';
import { namedValues } from './json-parameters.js';
import { wholeRun, wholeRunSchema } from './run-schemas.js';
import type { ActionServices } from './services.js';
import { defaultBridge } from './target-bridge.js';

const MAXIMUM_DEADLINE_SECONDS = 30 * 24 * 3_600;

export const requestKeyParameter = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('The same key names the same run: a request that is sent twice runs once');

export const priorityParameter = z.int().min(-100).max(100).default(0).describe('-100 to 100; runs with a higher one start first');

export const deadlineParameter = z
  .number()
  .positive()
  .max(MAXIMUM_DEADLINE_SECONDS)
  .optional()
  .describe('Seconds from now; a run that has not ended by then fails: on time or not at all');

/** Wall clock. */
export function deadlineAt(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Date.now() + seconds * 1_000;
}

const paramsSchema = z.strictObject({
  workflow: z
    .string()
    .min(1)
    .max(500)
    .describe('Name of a workflow of the library; on the command line also a YAML file')
    .meta({ valuesFrom: 'workflows' }),
  inputs: namedValues
    .default({})
    .describe('Inputs of the workflow by name; a text is read by the type that the workflow declares')
    .meta({ valuesFrom: 'workflow-inputs' }),
  document: z
    .string()
    .min(1)
    .max(200_000)
    .optional()
    .describe('Text of a workflow document (YAML) to run instead of one of the library; then workflow is its file name, for messages'),
  bridge: bridgeParameter,
  priority: priorityParameter,
  deadlineSeconds: deadlineParameter,
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('The same seed and inputs make the same clips, bit for bit'),
  whenStuck: z
    .enum(WHEN_STUCK)
    .default('fail')
    .describe('When neither trying again nor another provider helps a step: fail, or ask (the run waits for your decision)'),
  requestKey: requestKeyParameter,
  wait: z
    .boolean()
    .default(true)
    .describe('Wait until the run has ended or waits for a decision or a bridge; otherwise the reply only names it'),
});
type Params = z.output<typeof paramsSchema>;

export const runWorkflowAction = defineAction({
  name: 'run-workflow',
  help: 'Run a workflow',
  params: paramsSchema,
  result: z.strictObject({ run: wholeRunSchema }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['workflow', 'inputs...'],
  async handler(services, params, context) {
    const { workflow } = services;
    const run = workflow.run(requestOf(services, params, context.caller), params.wait ? { signal: context.signal } : {});
    // The run's failure is told by its record where nobody waits for it here.
    if (!params.wait) run.settled.catch(() => undefined);
    const record: RunRecord = params.wait ? await waitForOwn(workflow, run, context) : workflow.get(run.runId);
    return { run: wholeRun(record) };
  },
});

function requestOf(services: ActionServices, params: Params, caller: Caller): RunRequest {
  const { document, priority, deadlineSeconds, seed, whenStuck, requestKey } = params;
  const declared = document === undefined ? libraryWorkflow(services, params.workflow).inputs : {};
  const inputs = inputValues(declared, params.inputs, services.library);
  return {
    ...{ inputs, priority, seed, whenStuck, requestKey },
    workflow: document === undefined ? params.workflow : { text: document, fileName: params.workflow },
    bridge: params.bridge ?? bridgeOf(services, inputs['bridge'], caller),
    deadlineAtMs: deadlineAt(deadlineSeconds),
  };
}

/** As for every action: the bridge that asks, else the only one that is connected; none where there are several. */
export function bridgeOf({ bridges }: ActionServices, input: unknown, caller: Caller): string | undefined {
  if (typeof input === 'string' && input !== '') return input;
  const found = defaultBridge(bridges, caller);
  return found.kind === 'one' ? found.bridge.bridgeId : undefined;
}

/** Throws GRYM_WORKFLOW_UNKNOWN with the nearest name. */
export function libraryWorkflow(
  { workflow }: Pick<ActionServices, 'workflow'>,
  name: string,
): ReturnType<typeof workflow.workflows>[number] {
  const all = workflow.workflows();
  const found = all.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = all.map((candidate) => candidate.name);
  throw new GrymError('GRYM_WORKFLOW_UNKNOWN', {
    workflow: name.slice(0, 100),
    suggestion: suggestion(name, names),
    known: names.join(', '),
  });
}
