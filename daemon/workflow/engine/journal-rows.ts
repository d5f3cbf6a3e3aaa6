import { z } from 'zod';
import { wireErrorSchema } from '../../../protocol/index.js';
import { ERROR_KINDS, jsonObjectSchema, jsonValueSchema } from '../../kernel/index.js';
import type { TriedEntry } from '../execution/index.js';
import { RUN_STATES, WHEN_STUCK, type RunProblem } from '../types.js';

const json = <T extends z.ZodType>(schema: T) => z.string().transform((text) => schema.parse(JSON.parse(text)));

const problemSchema: z.ZodType<RunProblem> = z.object({
  what: z.string(),
  tried: z.array(z.string()),
  next: z.array(z.object({ what: z.string(), command: z.string() })),
});

/** How an open run is to end, whatever its graph says. */
const stoppingSchema = z.object({ state: z.enum(['cancelled', 'failed']), error: wireErrorSchema });
export type JournalledStop = z.infer<typeof stoppingSchema>;

export const runRowSchema = z
  .object({
    sequence: z.int(),
    run_id: z.string(),
    workflow: z.string(),
    title: z.string(),
    definition_hash: z.string().nullable(),
    state: z.enum(RUN_STATES),
    inputs: json(jsonObjectSchema),
    edits: json(z.record(z.string(), jsonObjectSchema)),
    rerun_of: z.string().nullable(),
    part_of: z.string().nullable(),
    part_path: z.string().nullable(),
    seed: z.int(),
    priority: z.int(),
    deadline_at_ms: z.number().nullable(),
    when_stuck: z.enum(WHEN_STUCK),
    bridge_id: z.string().nullable(),
    slot: z.int().nullable(),
    clip_hash: z.string().nullable(),
    outputs: json(jsonObjectSchema).nullable(),
    explanation: json(z.array(z.string())),
    notes: json(z.array(z.string())),
    resumptions: z.int(),
    retries: z.int(),
    submitted_at_ms: z.int(),
    stopping: json(stoppingSchema).nullable(),
    ended_at_ms: z.int().nullable(),
    stage: z.string(),
    error: json(wireErrorSchema).nullable(),
    problem: json(problemSchema).nullable(),
  })
  .transform((row) => ({
    sequence: row.sequence,
    runId: row.run_id,
    workflow: row.workflow,
    title: row.title,
    definitionHash: row.definition_hash,
    state: row.state,
    inputs: row.inputs,
    edits: row.edits,
    rerunOf: row.rerun_of,
    partOf: row.part_of,
    partPath: row.part_path,
    seed: row.seed,
    priority: row.priority,
    deadlineAtMs: row.deadline_at_ms,
    whenStuck: row.when_stuck,
    bridgeId: row.bridge_id,
    slot: row.slot,
    clipHash: row.clip_hash,
    outputs: row.outputs,
    explanation: row.explanation,
    notes: row.notes,
    resumptions: row.resumptions,
    retries: row.retries,
    submittedAtMs: row.submitted_at_ms,
    stopping: row.stopping,
    endedAtMs: row.ended_at_ms,
    stage: row.stage,
    error: row.error,
    problem: row.problem,
  }));
/** A run as the journal has it. */
export type JournalledRun = z.output<typeof runRowSchema>;

export const ACTIVATION_STATES = ['started', 'waiting', 'done', 'failed', 'skipped', 'cancelled'] as const;
export type ActivationState = (typeof ACTIVATION_STATES)[number];

const optionSchema = z.object({ id: z.string(), label: z.string(), clip: z.string().nullable() });
/** What a journalled step waits for. `ask`: the recovery of an error needs a person. */
export const journalledWaitSchema = z.discriminatedUnion('kind', [
  z.object({
    ...{ kind: z.literal('decision'), question: z.string(), options: z.array(optionSchema), multiple: z.boolean() },
    ...{ details: z.string().optional(), takesDocument: z.boolean().optional() },
  }),
  z.object({ kind: z.literal('run'), runId: z.string() }),
  z.object({ kind: z.literal('ask'), question: z.string(), options: z.array(optionSchema), error: wireErrorSchema }),
  z.object({ kind: z.literal('bridge'), bridgeId: z.string(), slot: z.int().optional(), onlyDuringGrace: z.boolean().optional() }),
]);
export type JournalledWait = z.infer<typeof journalledWaitSchema>;

const triedSchema: z.ZodType<TriedEntry> = z.object({
  attempt: z.int(),
  provider: z.string().nullable(),
  code: z.string(),
  kind: z.enum(ERROR_KINDS),
  words: z.string(),
});
const providerSchema = z.object({ provider: z.string(), version: z.string() });

export const activationRowSchema = z
  .object({
    sequence: z.int(),
    path: z.string(),
    position: z.string(),
    scope: z.string(),
    step: z.string(),
    state: z.enum(ACTIVATION_STATES),
    attempts: z.int(),
    params: json(jsonObjectSchema),
    input: json(jsonObjectSchema).nullable(),
    prepared: json(jsonValueSchema).nullable(),
    provider: json(providerSchema).nullable(),
    output: json(jsonValueSchema).nullable(),
    explanation: json(z.array(z.string())).nullable(),
    note: z.string(),
    cached_from: z.string().nullable(),
    milliseconds: z.number().nullable(),
    wait: json(journalledWaitSchema).nullable(),
    answer: z.string().nullable(),
    tried: json(z.array(triedSchema)).nullable(),
    error: json(wireErrorSchema).nullable(),
  })
  .transform(({ cached_from, explanation, tried, ...row }) => ({
    ...row,
    cachedFrom: cached_from,
    explanation: explanation ?? [],
    tried: tried ?? [],
  }));
/** One step of a run as the journal has it. */
export type JournalledStep = z.output<typeof activationRowSchema>;
