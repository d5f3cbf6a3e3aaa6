import { z } from 'zod';
import { GrymError } from '../../kernel/index.js';
import { CONTEXT_CATEGORIES, CONTEXT_RANKS, type ContextItem } from '../context-item.js';

export const MAXIMUM_QUERY_LIMIT = 200;
const MAXIMUM_WORDS = 16;

const name = z.string().min(1).max(200);

/** What is asked of the index. All that is given has to fit. */
export const contextQuerySchema = z.strictObject({
  runId: name.optional(),
  workflow: name.optional(),
  field: name.optional(),
  category: z.enum(CONTEXT_CATEGORIES).optional(),
  rank: z.enum(CONTEXT_RANKS).optional(),
  tag: name.optional(),
  /** Wall clock; both ends belong to it. */
  fromMs: z.number().min(0).optional(),
  toMs: z.number().min(0).optional(),
  priorityAtLeast: z.int().min(-100).max(100).optional(),
  /** Words that all have to occur in the item's text, or in its value where that is text. Case and accents do not count. */
  text: z.string().max(1_000).optional(),
  /** `newest`: the latest first. `priority`: the highest first, then the latest. */
  order: z.enum(['newest', 'priority']).default('newest'),
  limit: z.int().min(1).max(MAXIMUM_QUERY_LIMIT).default(50),
  /** `nextCursor` of the page before, of the same query. */
  cursor: z
    .string()
    .regex(/^(-?\d{1,3})?\/(\d{1,16})?$/, 'expected the nextCursor of the page before')
    .optional(),
});
export type ContextQuery = z.input<typeof contextQuerySchema>;
export type CheckedQuery = z.output<typeof contextQuerySchema>;

export interface ContextPage {
  readonly items: readonly ContextItem[];
  /** Null where there is nothing more. */
  readonly nextCursor: string | null;
}

/** Throws GRYM_CONTEXT_QUERY_INVALID. */
export function checkQuery(query: ContextQuery): CheckedQuery {
  const parsed = contextQuerySchema.safeParse(query);
  if (parsed.success) {
    if (parsed.data.text !== undefined) wordsOfQuery(parsed.data.text);
    return parsed.data;
  }
  const reason = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new GrymError('GRYM_CONTEXT_QUERY_INVALID', { reason });
}

/** Words as the index holds them. Throws GRYM_CONTEXT_QUERY_INVALID where there is none, or too many. */
export function wordsOfQuery(text: string): string[] {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) throw new GrymError('GRYM_CONTEXT_QUERY_INVALID', { reason: `text: "${text.slice(0, 60)}" has no words` });
  if (words.length > MAXIMUM_WORDS) throw new GrymError('GRYM_CONTEXT_QUERY_INVALID', { reason: `text: more than ${MAXIMUM_WORDS} words` });
  return words;
}
