import { z } from 'zod';
import { sha256Schema, wireErrorSchema } from '../../protocol/index.js';
import { RUN_STATES, type RunRecord, type RunWait } from '../workflow/index.js';

const decisionOptionSchema = z.object({ id: z.string(), label: z.string(), clip: z.string().nullable() });

const waitSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('decision'),
    path: z.string(),
    question: z.string(),
    options: z.array(decisionOptionSchema),
    multiple: z.boolean(),
    /** What the question is about, where it takes more than a sentence; not in lists. */
    details: z.string().optional(),
    /** The answer may carry a workflow document. */
    takesDocument: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('bridge'), path: z.string(), bridgeId: z.string() }),
  /** For a run that is part of this one; the state tells what that one waits for, where it waits. */
  z.object({ kind: z.literal('run'), path: z.string(), runId: z.string() }),
]);

/** A run in a list and in events: what it is and how far, without the values that it works on. */
export const runSchema = z.object({
  runId: z.string(),
  workflow: z.string(),
  title: z.string(),
  state: z.enum(RUN_STATES),
  step: z.string().nullable(),
  prompt: z.string().nullable(),
  seed: z.int(),
  priority: z.int(),
  deadlineAtMs: z.number().nullable(),
  rerunOf: z.string().nullable(),
  /** The run that carries this one out as a part of itself; null where somebody asked for it. */
  partOf: z.string().nullable(),
  bridgeId: z.string().nullable(),
  slot: z.int().nullable(),
  fraction: z.number(),
  stage: z.string(),
  waitingFor: waitSchema.nullable(),
  clipHash: sha256Schema.nullable(),
  clipPath: z.string().nullable(),
  explanation: z.array(z.string()),
  notes: z.array(z.string()),
  resumptions: z.int(),
  retries: z.int(),
  submittedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  error: wireErrorSchema.nullable(),
  timings: z.array(z.object({ step: z.string(), milliseconds: z.number() })),
});
export type RunSummary = z.output<typeof runSchema>;

/** A run with what it was given and what came of it. */
export const wholeRunSchema = runSchema.extend({
  inputs: z.record(z.string(), z.unknown()),
  /** Parameters that a re-run set, by the path of the step: they count before workflow, inputs and rules. */
  edits: z.record(z.string(), z.record(z.string(), z.unknown())),
  /** Null until the run has ended well. */
  outputs: z.record(z.string(), z.unknown()).nullable(),
  /** What failed, what was tried, and what can be done now, one command for each; null where nothing failed. */
  problem: z
    .object({
      what: z.string(),
      tried: z.array(z.string()),
      next: z.array(z.object({ what: z.string(), command: z.string() })),
    })
    .nullable(),
});
export type WholeRun = z.output<typeof wholeRunSchema>;

/** Sentences and timings of a run with many steps, at most: in lists, in events, and where one run is shown. */
const SENTENCES = { list: 10, event: 40, whole: 200 } as const;

export function runSummary(record: RunRecord, purpose: keyof typeof SENTENCES = 'event'): RunSummary {
  const most = SENTENCES[purpose];
  const { runId, workflow, title, state, step, prompt, seed, priority, deadlineAtMs, rerunOf, partOf, bridgeId, slot } = record;
  const { fraction, stage, waitingFor, clipHash, clipPath, explanation, notes, resumptions, retries } = record;
  const { submittedAtMs, endedAtMs, error, timings } = record;
  return {
    ...{ runId, workflow, title, state, step, prompt, seed, priority, deadlineAtMs, rerunOf, partOf, bridgeId, slot },
    ...{ fraction, stage, clipHash, clipPath, resumptions, retries, submittedAtMs, endedAtMs, error },
    waitingFor: waitingFor === null ? null : waitOf(waitingFor, purpose),
    explanation: explanation.slice(0, most),
    notes: notes.slice(0, most),
    timings: timings.slice(0, most).map(({ step: name, milliseconds }) => ({ step: name, milliseconds })),
  };
}

export function wholeRun(record: RunRecord): WholeRun {
  const { inputs, edits, outputs, problem } = record;
  return {
    ...runSummary(record, 'whole'),
    ...{ inputs: { ...inputs }, edits: { ...edits }, outputs: outputs === null ? null : { ...outputs } },
    problem: problem === null ? null : { what: problem.what, tried: [...problem.tried], next: problem.next.map((step) => ({ ...step })) },
  };
}

function waitOf(wait: RunWait, purpose: keyof typeof SENTENCES): z.output<typeof waitSchema> {
  if (wait.kind !== 'decision') return { ...wait };
  const { details, ...question } = wait;
  const options = wait.options.map((option) => ({ ...option }));
  return { ...question, options, ...(details !== undefined && purpose !== 'list' && { details }) };
}
