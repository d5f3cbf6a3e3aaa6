import { z } from 'zod';
import { tempoBpmSchema } from '../../protocol/index.js';
import type { JsonObject, JsonValue } from '../kernel/index.js';
import type { RunRequest } from '../workflow/index.js';
import { bridgeParameter, slotParameter } from './common-schemas.js';
import type { Caller } from './declaration.js';
import { defineAction } from './define-action.js';
import { waitForOwn } from './follow-run.js';
import { plansOf, planSchema } from './plans-of-run.js';
import { wholeRun, wholeRunSchema } from './run-schemas.js';
import { bridgeOf, deadlineAt, deadlineParameter, priorityParameter, requestKeyParameter } from './run-workflow.js';
import type { ActionServices } from './services.js';

/** What may be known of a request beside its words. */
export const knownParameters = {
  bridge: bridgeParameter,
  slot: slotParameter.optional().describe('Slot 0 to 15 for the result; else the next free one'),
  clip: z
    .string()
    .min(4)
    .max(64)
    .optional()
    .describe('Clip that it is about: its hash, or the first characters of it')
    .meta({ valuesFrom: 'clips' }),
  tempoBpm: tempoBpmSchema.optional().describe('Tempo, 20 to 400; else of the words'),
  key: z.string().min(1).max(40).optional().describe('Key, such as "A minor"; else of the words'),
  bars: z.int().min(1).max(64).optional().describe('Length in bars, 1 to 64; else of the words'),
  candidates: z.int().min(1).max(8).optional().describe('How many are made, 1 to 8; the best one is taken; else of the words'),
};
export type KnownParameters = z.output<z.ZodObject<typeof knownParameters>>;

const paramsSchema = z.strictObject({
  request: z.string().max(10_000).regex(/\S/, 'words that say what is wanted').describe('What is wanted, in plain words'),
  ...knownParameters,
  review: z
    .boolean()
    .default(false)
    .describe('Show each plan before it is carried out; the run waits until you have it carried out, change it or give it up'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('The same seed and plan make the same clips, bit for bit'),
  priority: priorityParameter,
  deadlineSeconds: deadlineParameter,
  requestKey: requestKeyParameter,
  wait: z
    .boolean()
    .default(true)
    .describe('Wait until the run has ended or waits for a decision or a bridge; otherwise the reply only names it'),
});

export const askAction = defineAction({
  name: 'ask',
  help: 'Ask for anything in plain words: it is planned, carried out, looked at, and planned anew where that helps',
  params: paramsSchema,
  /** `plans`: those that were made, in order, with what became of each. The run's explanation says who planned, and why anew. */
  result: z.strictObject({ run: wholeRunSchema, plans: z.array(planSchema) }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['request...'],
  async handler(services, params, context) {
    const { workflow } = services;
    const { review, seed, priority, deadlineSeconds, requestKey, wait } = params;
    const request: RunRequest = {
      ...plannedRequest(services, 'ask', params.request, params, context.caller),
      ...{ seed, priority, requestKey, deadlineAtMs: deadlineAt(deadlineSeconds) },
    };
    const run = workflow.run({ ...request, inputs: { ...request.inputs, review } }, wait ? { signal: context.signal } : {});
    // The run's failure is told by its record where nobody waits for it here.
    if (!wait) run.settled.catch(() => undefined);
    if (wait) await waitForOwn(workflow, run, context);
    const detail = workflow.detail(run.runId);
    return { run: wholeRun(detail), plans: plansOf(detail) };
  },
});

/** A run of one of the workflows that plan, with all that is known of the request. Throws GRYM_CLIP_UNKNOWN or GRYM_CLIP_AMBIGUOUS. */
export function plannedRequest(
  services: ActionServices,
  workflow: 'ask' | 'plan',
  request: string,
  { bridge, slot, clip, tempoBpm, key, bars, candidates }: KnownParameters,
  caller: Caller,
): RunRequest & { readonly inputs: JsonObject } {
  const given: Readonly<Record<string, JsonValue | undefined>> = {
    ...{ request, slot, tempoBpm, key, bars, candidates },
    clip: clip === undefined ? undefined : services.library.reference(clip).hash,
  };
  const inputs = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
  return { workflow, inputs, bridge: bridge ?? bridgeOf(services, undefined, caller) };
}
