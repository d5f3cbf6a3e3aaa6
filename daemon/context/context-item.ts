import { z } from 'zod';
import { jsonValueSchema, type JsonValue } from '../kernel/index.js';

/** Whose word counts more: an earlier one wins. Within a rank the newest item wins. */
export const CONTEXT_RANKS = ['request', 'host', 'analysis', 'preference', 'default'] as const;
export type ContextRank = (typeof CONTEXT_RANKS)[number];

/** What kind of fact an item is (design: audio parameters, processing requirements, and so on). */
export const CONTEXT_CATEGORIES = [
  'audio-parameters',
  'processing-requirements',
  'stylistic-preferences',
  'generation-parameters',
  'task-history',
  'prompt',
] as const;
export type ContextCategory = (typeof CONTEXT_CATEGORIES)[number];

/** One fact, as a step or a rule says it. The store adds run, position and time. */
export const newContextItemSchema = z.strictObject({
  category: z.enum(CONTEXT_CATEGORIES),
  /** Name of the field it fills, such as `tempoBpm`, `key`, `loudnessLufs`, `brightness`, `prompt`. */
  field: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]*$/)
    .max(60),
  value: jsonValueSchema,
  rank: z.enum(CONTEXT_RANKS),
  /** 0 … 1. */
  confidence: z.number().min(0).max(1).default(1),
  tags: z.array(z.string().min(1).max(60)).max(20).default([]),
  /** For queries: higher is more important; 0 is ordinary. */
  priority: z.int().min(-100).max(100).default(0),
  /** Words for the full-text search and for people; empty where the value says it all. */
  text: z.string().max(10_000).default(''),
  /** The rule that set it, or null where a step, the host or the request says it outright. */
  rule: z.string().max(120).nullable().default(null),
});
export type NewContextItem = z.input<typeof newContextItemSchema>;

/**
 * An item of a run. Runs are compared by these fields, so all but `atMs` are functions of the run's definition, inputs and
 * results, never of time or of interruptions.
 *
 * The schema is for what was kept: limits and defaults were applied before it was written, and what JSON was read from can only be
 * JSON. To check them again for each item of each answer took longer than to find the items.
 */
export const contextItemSchema = newContextItemSchema.extend({
  field: z.string(),
  value: z.custom<JsonValue>((value) => value !== undefined),
  confidence: z.number(),
  tags: z.array(z.string()),
  priority: z.number(),
  text: z.string(),
  rule: z.string().nullable(),
  runId: z.string(),
  workflow: z.string(),
  /** Path of the activation that said it (`candidates[1]/analyse`), or `` for what the run was asked for. */
  path: z.string(),
  /** Path of the parallel branch that the item belongs to; `` = the run as a whole. A branch sees its own items and those of the branches around it. */
  scope: z.string(),
  /** Place of the activation in the order of the graph; sorts as text. "Newest" means highest position, then ordinal. */
  position: z.string(),
  ordinal: z.int().min(0),
  /** Name of the step in the catalogue; `` for what the run was asked for. */
  step: z.string(),
  /** Of that step; null where it names none, and for what the run was asked for. */
  capability: z.string().nullable(),
  atMs: z.number(),
});
export type ContextItem = z.output<typeof contextItemSchema>;
