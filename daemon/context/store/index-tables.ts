import type { ContextItem } from '../context-item.js';

/** Raised with every change of the tables or of what stands in them: an index of another version is made anew. */
export const INDEX_VERSION = 2;

/**
 * An item's id is its time: milliseconds × 1,024 + a number within the millisecond. So every list is in the order of time, a
 * range of time is a range of ids, and a page begins where the one before ended, whatever else is asked for.
 */
export const IDS_PER_MILLISECOND = 1_024;

/**
 * The full-text index counts backwards: its number of an item is this one less the item's id. It is read upwards only, where it
 * stops as soon as a page is full; downwards it unpacks the places of every word first.
 */
export const HIGHEST_ID = Number.MAX_SAFE_INTEGER;

/**
 * `facets` holds what an item is found by (run, workflow, field, …) as one word each, so that the full-text index intersects
 * all conditions by itself: no combination of them needs an index of its own or a scan.
 */
export const INDEX_TABLES = `
  CREATE TABLE progress (journal TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
  CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    priority INTEGER NOT NULL,
    item TEXT NOT NULL
  ) STRICT;
  CREATE INDEX items_by_run ON items (run_id);
  CREATE INDEX items_by_priority ON items (priority, id);
  -- The priorities that occur; few.
  CREATE TABLE priorities (priority INTEGER PRIMARY KEY) STRICT;
  CREATE VIRTUAL TABLE texts USING fts5 (
    words, facets, content = '', contentless_delete = 1, detail = column, tokenize = 'unicode61 remove_diacritics 2'
  );
`;

const MAXIMUM_TEXT_CHARACTERS = 4_000;

type FacetKind = 'run' | 'workflow' | 'field' | 'category' | 'rank' | 'tag' | 'priority';

/** One word for the tokeniser, whatever the value holds. */
export function facetWord(kind: FacetKind, value: string): string {
  return `${kind}x${Buffer.from(value).toString('hex')}`;
}

export function facetsOf(item: ContextItem): string {
  return [
    facetWord('run', item.runId),
    facetWord('workflow', item.workflow),
    facetWord('field', item.field),
    facetWord('category', item.category),
    facetWord('rank', item.rank),
    facetWord('priority', String(item.priority)),
    ...item.tags.map((tag) => facetWord('tag', tag)),
  ].join(' ');
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

export function wordsOf({ text, value, tags }: ContextItem): string {
  return [text, ...textsIn(value), ...tags].join(' ').slice(0, MAXIMUM_TEXT_CHARACTERS);
}
