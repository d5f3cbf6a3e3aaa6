import { z } from 'zod';
import { contextItemSchema, type ContextItem } from '../context-item.js';
import type { ContextRun } from '../hooks.js';

/** An item as it lies in journal and document, where run and workflow are said once. */
export const storedItemSchema = contextItemSchema.omit({ runId: true, workflow: true });
export type StoredItem = z.output<typeof storedItemSchema>;

export const storedItemsSchema = z.array(storedItemSchema);

export const contextDocumentSchema = z.strictObject({
  version: z.literal(1),
  runId: z.string(),
  workflow: z.string(),
  begunAtMs: z.number(),
  /** The last change of the journal that is in it. */
  appliedSequence: z.int().min(0),
  /** In the order of the graph. */
  items: storedItemsSchema,
});
export type ContextDocument = z.output<typeof contextDocumentSchema>;

export function toStored({ runId: _runId, workflow: _workflow, ...item }: ContextItem): StoredItem {
  return item;
}

export function fromStored(item: StoredItem, { runId, workflow }: Pick<ContextRun, 'runId' | 'workflow'>): ContextItem {
  return { ...item, runId, workflow };
}

/** In the order of the graph: what a run's items are compared by. */
export function inOrderOfGraph<Item extends StoredItem>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => {
    if (a.position !== b.position) return a.position < b.position ? -1 : 1;
    if (a.path !== b.path) return a.path < b.path ? -1 : 1;
    return a.ordinal - b.ordinal;
  });
}
