import { z } from 'zod';
import type { ClipLibrary } from '../audio/index.js';
import { GrymError, jsonValueSchema, type JsonObject, type JsonValue } from '../kernel/index.js';
import type { InputDeclaration, RunDetail } from '../workflow/index.js';
import { defineAction } from './define-action.js';
import { waitForOwn } from './follow-run.js';
import { inputValues } from './input-values.js';
import { namedValues } from './json-parameters.js';
import { resolveRun, runParameter, stepPathParameter } from './run-reference.js';
import { wholeRun, wholeRunSchema } from './run-schemas.js';
import { requestKeyParameter } from './run-workflow.js';
import type { ActionServices } from './services.js';

export const rerunAction = defineAction({
  name: 'rerun',
  help: 'Run a run again from one of its steps, with changed inputs or parameters; the results before it are shared',
  params: z.strictObject({
    run: runParameter,
    from: stepPathParameter
      .optional()
      .describe('Path of the step to run again, as show-run lists it; without it the first one that failed, else the first of all'),
    inputs: namedValues
      .default({})
      .describe('Inputs of the workflow that are to be others; the rest stays')
      .meta({ valuesFrom: 'run-inputs' }),
    params: namedValues.default({}).describe('Parameters of the step that are to be others; the rest stays'),
    requestKey: requestKeyParameter,
    wait: z
      .boolean()
      .default(true)
      .describe('Wait until the run has ended or waits for a decision or a bridge; otherwise the reply only names it'),
  }),
  result: z.strictObject({ run: wholeRunSchema }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['run', 'from', 'inputs...'],
  async handler(services, params, context) {
    const { workflow, library } = services;
    const detail = workflow.detail(resolveRun(workflow, params.run).runId);
    const from = params.from ?? firstToRepeat(detail);
    const handle = workflow.rerun(
      {
        ...{ runId: detail.runId, from, requestKey: params.requestKey },
        inputs: inputValues(declaredInputs(services, detail), params.inputs, library),
        params: stepParameters(detail, from, params.params, library),
      },
      params.wait ? { signal: context.signal } : {},
    );
    if (!params.wait) handle.settled.catch(() => undefined);
    return { run: wholeRun(params.wait ? await waitForOwn(workflow, handle, context) : workflow.get(handle.runId)) };
  },
});

function firstToRepeat({ runId, steps }: RunDetail): string {
  const step = steps.find(({ state }) => state === 'failed') ?? steps[0];
  if (step !== undefined) return step.path;
  throw new GrymError('GRYM_ACTION_PARAMETERS', {
    action: 'rerun',
    problems: `no step of the run ${runId} has begun, so there is none to run again.`,
  });
}

/** Of the library; those of a document that was handed in are told by the values it had. */
function declaredInputs({ workflow }: ActionServices, { workflow: name, inputs }: RunDetail): Record<string, InputDeclaration> {
  const known = workflow.workflows().find((candidate) => candidate.name === name)?.inputs;
  if (known !== undefined) return known;
  return Object.fromEntries(Object.entries(inputs).map(([input, value]) => [input, declarationLike(value)]));
}

function declarationLike(value: JsonValue): InputDeclaration {
  const type = Array.isArray(value) ? 'list' : typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
  return { type, help: '', optional: value === null };
}

/** A text is read as a value of the kind that the step had before; what it did not have, as JSON where it is some. */
function stepParameters(detail: RunDetail, from: string, given: Readonly<Record<string, unknown>>, library: ClipLibrary): JsonObject {
  const before = detail.steps.find(({ path }) => path === from)?.input ?? {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, parameterLike(before[name] ?? null, jsonValueSchema.parse(value), library)]),
  );
}

const HASH = /^[0-9a-f]{64}$/;

function parameterLike(before: JsonValue, value: JsonValue, library: ClipLibrary): JsonValue {
  if (typeof value !== 'string') return value;
  if (typeof before === 'string') return HASH.test(before) ? library.reference(value).hash : value;
  try {
    return jsonValueSchema.parse(JSON.parse(value));
  } catch {
    return value;
  }
}
