import { z } from 'zod';
import { jsonValueSchema } from '../../kernel/index.js';
import { CONTEXT_RANKS, contextItemSchema, type ContextItem } from '../context-item.js';
import { TRACE_ORIGINS, type ContextRun, type StepTrace } from '../hooks.js';
import { traceSentence } from '../rules/index.js';

/** An item as it lies in journal and document, where run and workflow are said once. */
export const storedItemSchema = contextItemSchema.omit({ runId: true, workflow: true });
export type StoredItem = z.output<typeof storedItemSchema>;

export const storedItemsSchema = z.array(storedItemSchema);

/** What is recorded of the rules that were not taken for one parameter, the best first. */
const MAXIMUM_LOST = 16;

const storedParameterSchema = z.strictObject({
  field: z.string(),
  value: jsonValueSchema,
  by: z.enum(TRACE_ORIGINS),
  rule: z.string().nullable(),
  confidence: z.number(),
  sources: z.array(
    z.strictObject({
      field: z.string(),
      value: jsonValueSchema,
      rank: z.enum(CONTEXT_RANKS),
      confidence: z.number(),
      path: z.string(),
    }),
  ),
  lost: z.array(z.strictObject({ value: jsonValueSchema, rule: z.string().nullable(), because: z.string() })),
});

/** A trace as it lies in journal and document, without the sentences, which follow from the rest. */
export const storedTraceSchema = z.strictObject({
  path: z.string(),
  scope: z.string(),
  position: z.string(),
  step: z.string(),
  capability: z.string().nullable(),
  parameters: z.array(storedParameterSchema),
});
export type StoredTrace = z.output<typeof storedTraceSchema>;

export const contextDocumentSchema = z.strictObject({
  version: z.literal(1),
  runId: z.string(),
  workflow: z.string(),
  begunAtMs: z.number(),
  /** The last change of the journal that is in it. */
  appliedSequence: z.int().min(0),
  /** In the order of the graph. */
  items: storedItemsSchema,
  /** In the order of the graph. The first documents did not have them. */
  traces: z.array(storedTraceSchema).default([]),
});
export type ContextDocument = z.output<typeof contextDocumentSchema>;

export function toStored({ runId: _runId, workflow: _workflow, ...item }: ContextItem): StoredItem {
  return item;
}

export function fromStored(item: StoredItem, { runId, workflow }: Pick<ContextRun, 'runId' | 'workflow'>): ContextItem {
  return { ...item, runId, workflow };
}

export function toStoredTrace({ path, scope, position, step, capability, parameters }: StepTrace): StoredTrace {
  return {
    ...{ path, scope, position, step, capability },
    parameters: parameters.map(({ field, value, by, rule, confidence, sources, lost }) => ({
      ...{ field, value, by, rule, confidence },
      sources: [...sources],
      lost: lost.slice(0, MAXIMUM_LOST),
    })),
  };
}

export function fromStoredTrace({ parameters, ...at }: StoredTrace): StepTrace {
  return { ...at, parameters: parameters.map((facts) => ({ ...facts, sentence: traceSentence(facts) })) };
}

/** In the order of the graph: what a run's items are compared by. */
export function inOrderOfGraph<Item extends StoredItem>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => {
    if (a.position !== b.position) return a.position < b.position ? -1 : 1;
    if (a.path !== b.path) return a.path < b.path ? -1 : 1;
    return a.ordinal - b.ordinal;
  });
}
