import { z } from 'zod';
import type { RunDetail } from '../workflow/index.js';

/** A plan that a run has made, and what became of it. */
export const planSchema = z.strictObject({
  /** Who made it. */
  provider: z.string(),
  /** Why it was not the planner that was asked; null where it was. */
  fallback: z.string().nullable(),
  reasons: z.array(z.string()),
  /** What was understood of the request. */
  facts: z.record(z.string(), z.unknown()).nullable(),
  /** What a model thought before it answered, cut. */
  thoughts: z.string(),
  /** A workflow document (YAML): as it is or was carried out, where somebody has changed it. */
  document: z.string(),
  edited: z.boolean(),
  /** Null while it is not carried out, or where it was given up. */
  outcome: z.enum(['done', 'failed']).nullable(),
  /** Id of the run that carried it out. */
  run: z.string().nullable(),
});
export type PlanOfRun = z.output<typeof planSchema>;

const plannedView = z.object({
  ...{ verdict: z.literal('plan'), provider: z.string(), fallback: z.string().nullable(), reasons: z.array(z.string()) },
  ...{ facts: z.record(z.string(), z.unknown()).nullable(), thoughts: z.string(), document: z.string() },
});
const reviewedView = z.object({ document: z.string(), edited: z.boolean() });
const carriedOutView = z.object({ outcome: z.enum(['done', 'failed']), run: z.string().nullable() });

/** Characters of all thoughts that are told together: a message holds only so many. */
const TOLD_THOUGHTS = 16_000;

/** The plans of a run, in the order in which they were made; a workflow of one's own may plan too, by the same steps. */
export function plansOf({ steps }: RunDetail): PlanOfRun[] {
  const besides = (path: string, step: string): unknown => {
    const block = path.slice(0, path.lastIndexOf('/') + 1);
    return steps.find((other) => other.step === step && other.path.slice(0, other.path.lastIndexOf('/') + 1) === block)?.output;
  };
  const planned = steps.flatMap(({ path, step, output }) => {
    const { data } = step === 'plan' ? plannedView.safeParse(output) : { data: undefined };
    return data === undefined ? [] : [{ path, plan: data }];
  });
  return planned.map(({ path, plan: { verdict: _verdict, ...plan } }) => {
    const { data: reviewed } = reviewedView.safeParse(besides(path, 'review-plan'));
    const { data: carriedOut } = carriedOutView.safeParse(besides(path, 'carry-out-plan'));
    return {
      ...plan,
      thoughts: plan.thoughts.slice(-Math.floor(TOLD_THOUGHTS / planned.length)),
      ...{ document: reviewed?.document ?? plan.document, edited: reviewed?.edited ?? false },
      ...{ outcome: carriedOut?.outcome ?? null, run: carriedOut?.run ?? null },
    };
  });
}
