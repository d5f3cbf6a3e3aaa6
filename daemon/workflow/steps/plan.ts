import { z } from 'zod';
import type { NewContextItem } from '../../context/index.js';
import { GrymError, jsonObjectSchema } from '../../kernel/index.js';
import type { Plan, PlanOptions, PlanRequest, Planner, Roles } from '../../models/index.js';
import { defineStep, type StepIo, type StepOutcome } from '../catalogue/step-definition.js';
import type { Planning } from '../planning.js';
import { knownFields, knownOf, requestField } from './shared/known-fields.js';
import { plannerOf } from './shared/planner-of.js';

interface PlanServices {
  readonly roles: Pick<Roles, 'planner'>;
  readonly planning: Planning;
}

const BUILT_IN = 'templates';
/** What is kept of a model's thoughts. */
const KEPT_THOUGHTS = 4_000;
/** Of the thoughts that stream by, so many characters are shown, and so many must have come since the last time. */
const SHOWN_THOUGHTS = 100;
const THOUGHTS_BETWEEN = 50;

const attemptSchema = z.strictObject({
  document: z.string().describe('The plan'),
  outcome: z.enum(['done', 'failed']).describe('What became of it'),
  summary: z.array(z.string()).describe('What came of it, or what failed, one sentence each'),
});

const factsSchema = z.strictObject({
  tempoBpm: z.number().nullable().describe('Tempo'),
  key: z.string().nullable().describe('Key'),
  metre: z.string().nullable().describe('Metre, such as "7/8"'),
  bars: z.number().nullable().describe('Length in bars'),
  instrument: z.string().nullable().describe('Instrument'),
});

const inputSchema = z.strictObject({
  request: requestField,
  ...knownFields,
  earlier: z.array(attemptSchema).max(8).default([]).describe('Plans of this request that were carried out, oldest first'),
  mayReplan: z.boolean().default(true).describe('False: whatever came of them, there is no other plan'),
});
type Input = z.output<typeof inputSchema>;

const outputSchema = z.strictObject({
  verdict: z
    .enum(['plan', 'satisfied', 'give-up'])
    .describe('A plan to carry out; or after earlier ones: what was asked for is there, or nothing else is tried'),
  workflow: z.string().nullable().describe('Name of the workflow of the library, where the plan is one with inputs'),
  inputs: jsonObjectSchema.describe('Its inputs'),
  document: z.string().nullable().describe('A workflow document that does it, in the format of the library (YAML); null without a plan'),
  provider: z.string().describe('What planned it; "templates" is built in, without a model'),
  facts: factsSchema.nullable().describe('What was understood of the request; null without a plan'),
  fallback: z.string().nullable().describe('Why it was not the planner that was asked; null where it was'),
  thoughts: z.string().describe('What a model thought before it answered, cut; empty where none did'),
  reasons: z.array(z.string()).describe('Why so, one sentence each'),
});
type Output = z.output<typeof outputSchema>;
type Done = Extract<StepOutcome<Output>, { kind: 'done' }>;

export default defineStep({
  name: 'plan',
  help: 'Finds a workflow that does what a request in words asks for; after it was carried out, judges the result and may plan anew',
  version: 2,
  input: inputSchema,
  output: outputSchema,
  capability: 'plan.workflow',
  idempotency: 'idempotent',
  // The library of workflows is not part of the input.
  cacheable: false,
  plannable: false,
  cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0.01 }),
  // A large model thinks for minutes on a small computer.
  deadlineMs: 900_000,
  run: async (input, services: PlanServices, io) => {
    const planner = plannerOf(services, io);
    const request = requestOf(input, services.planning);
    const options = optionsOf(io);
    if (input.earlier.length === 0) {
      const plan = checked(await planner.plan(request, options), request);
      return planned(plan, input, { lines: linesOf(plan, planner), reasons: plan.reasons });
    }
    const review = await planner.review(request, options);
    if (review.kind === 'satisfied') {
      const line = `The result is what was asked for, says the planner (${planner.provider}): ${review.reason}`;
      return ended('satisfied', review.reason, planner, line);
    }
    if (review.kind === 'replan' && input.mayReplan) {
      const plan = checked(review.plan, request);
      const anew = `Planned anew, for the ${ordinal(input.earlier.length)} time: ${review.reason}`;
      return planned(plan, input, { lines: [anew, ...linesOf(plan, planner)], reasons: [review.reason, ...plan.reasons] });
    }
    return givenUp(input, planner, review);
  },
});

function requestOf(input: Input, planning: Planning): PlanRequest {
  const { request, earlier } = input;
  const known = knownOf(input);
  return {
    ...{ request, known, earlier, workflows: planning.workflows(), steps: planning.steps() },
    check: (document) => planning.check(document, { prompt: request, ...known }),
  };
}

/** A planner answers for its plan; one that is wrong all the same is no plan, and another planner is asked. */
function checked(plan: Plan, request: PlanRequest): Plan {
  const mistakes = request.check(plan.document);
  if (mistakes.length === 0) return plan;
  throw new GrymError('GRYM_STEP_OUTPUT_INVALID', {
    step: 'plan',
    problems: `the plan of ${plan.provider} is wrong: ${mistakes.slice(0, 3).join(' ')}`,
  });
}

function linesOf({ provider, fallback, reasons }: Plan, planner: Planner): string[] {
  if (fallback !== null) return [`Planned by ${nameOf(provider)} instead of ${planner.provider}: ${fallback}`, ...reasons];
  return provider === BUILT_IN ? [...reasons] : [`Planned by ${provider}.`, ...reasons];
}

const nameOf = (provider: string): string => (provider === BUILT_IN ? 'the built-in templates' : provider);

function planned(
  plan: Plan,
  { request, earlier }: Input,
  { lines, reasons }: { lines: readonly string[]; reasons: readonly string[] },
): Done {
  const { workflow, inputs, document, provider, facts, fallback, thoughts } = plan;
  const said: NewContextItem = { category: 'prompt', field: 'prompt', value: request, rank: 'request', tags: ['plan'], text: request };
  return {
    kind: 'done',
    output: {
      ...{ verdict: 'plan', workflow, inputs, document, provider, facts: { ...facts }, fallback },
      ...{ thoughts: thoughts.slice(-KEPT_THOUGHTS), reasons: [...reasons] },
    },
    items: earlier.length === 0 ? [said] : [],
    explanation: lines,
  };
}

function ended(verdict: 'satisfied' | 'give-up', reason: string, { provider }: Planner, line: string): Done {
  const none: Pick<Output, 'workflow' | 'inputs' | 'document' | 'facts' | 'fallback' | 'thoughts'> = {
    ...{ workflow: null, inputs: {}, document: null, facts: null, fallback: null, thoughts: '' },
  };
  return { kind: 'done', output: { verdict, ...none, provider, reasons: [reason] }, explanation: [line] };
}

/** Where one of the plans has led to something, that is the result, with the planner's doubts; else the request has failed. */
function givenUp({ request, earlier }: Input, planner: Planner, review: { readonly kind: string; readonly reason: string }): Done {
  const times = earlier.length - 1;
  const reason = review.kind === 'replan' ? `it was planned anew ${times} times, and that is the most (${review.reason})` : review.reason;
  if (earlier.some(({ outcome }) => outcome === 'done')) {
    return ended('give-up', reason, planner, `The planner (${planner.provider}) is not satisfied, and tries nothing else: ${reason}`);
  }
  const failed = earlier.at(-1)?.summary[0] ?? '';
  throw new GrymError('GRYM_PLAN_GIVEN_UP', {
    request: request.slice(0, 200),
    reason: withoutStop(failed),
    judgement: withoutStop(reason),
  });
}

const withoutStop = (text: string): string => text.trim().replace(/\.$/, '');

function ordinal(count: number): string {
  return ['first', 'second', 'third'][count - 1] ?? `${count}th`;
}

/** Thoughts go by as the step's stage: enough of them to see that, and of what, it thinks. */
function optionsOf({ signal, progress }: Pick<StepIo<never>, 'signal' | 'progress'>): PlanOptions {
  let fraction = 0;
  let tail = '';
  let unseen = 0;
  return {
    signal,
    onThought: (text) => {
      tail = (tail + text).slice(-SHOWN_THOUGHTS);
      unseen += text.length;
      if (unseen < THOUGHTS_BETWEEN) return;
      unseen = 0;
      progress(fraction, `thinking: …${tail.replaceAll(/\s+/g, ' ').trim()}`);
    },
    onProgress: (now, stage) => {
      fraction = now;
      progress(now, stage);
    },
  };
}
