import { z } from 'zod';
import { failpoint } from '../../kernel/index.js';
import { openRebuildableDatabase, removeDatabase, type Database, type SqlParameters } from '../../storage/index.js';
import { contextItemSchema, type ContextItem } from '../context-item.js';
import { facetsOf, facetWord, HIGHEST_ID, IDS_PER_MILLISECOND, INDEX_TABLES, INDEX_VERSION, wordsOf } from './index-tables.js';
import { wordsOfQuery, type CheckedQuery } from './query.js';

const idRowSchema = z.object({ id: z.number().nullable() });
const itemRowsSchema = z.array(z.object({ id: z.number(), item: z.string() }));
const itemsSchema = z.array(contextItemSchema);
const progressSchema = z.object({ journal: z.string(), sequence: z.number() });

type ItemRow = z.output<typeof itemRowsSchema>[number];

/** What one transaction of the index holds. */
export interface IndexChange {
  readonly runId: string;
  /** Whether all that is known of the run is taken out first. */
  readonly replace: boolean;
  readonly items: readonly ContextItem[];
}

/**
 * The index over all items, in a file of its own that commits without waiting for the disk: everything in it can be made again
 * from journal and documents. It knows which journal it was made of, and up to which change.
 */
export class ContextIndex {
  private constructor(
    private readonly path: string,
    private readonly database: Database,
  ) {}

  /** `emptyBecause`: why it has to be filled; null where it goes on from where it was. */
  static open(path: string, journal: string): { index: ContextIndex; emptyBecause: string | null } {
    const { database, emptyBecause } = openRebuildableDatabase(path, INDEX_VERSION, INDEX_TABLES);
    const index = new ContextIndex(path, database);
    try {
      if (emptyBecause !== null || database.get('SELECT 1 FROM progress') === undefined) {
        database.run('INSERT INTO progress VALUES ($journal, 0)', { journal });
        return { index, emptyBecause: emptyBecause ?? 'it was never filled' };
      }
      if (index.progress().journal !== journal) throw new Error('it belongs to another journal');
      return { index, emptyBecause: null };
    } catch (error) {
      database.dispose();
      throw error;
    }
  }

  static removeFile(path: string): void {
    removeDatabase(path);
  }

  /** Removes it; the next `open` begins anew. */
  remove(): void {
    this.dispose();
    removeDatabase(this.path);
  }

  progress(): { journal: string; sequence: number } {
    return progressSchema.parse(this.database.get('SELECT journal, sequence FROM progress'));
  }

  /** One transaction: the changes, and that the journal was read up to `sequence`. */
  apply(changes: readonly IndexChange[], sequence: number): void {
    this.database.transaction(() => {
      const added = new Map<number, ContextItem>();
      for (const { runId, replace, items } of changes) {
        if (replace) {
          this.insertTexts(added);
          this.removeRun(runId);
        }
        this.insert(items, added);
      }
      this.insertTexts(added);
      this.database.run('UPDATE progress SET sequence = $sequence', { sequence });
    });
    failpoint('context.indexed');
  }

  itemsOf(runId: string): ContextItem[] {
    return itemsIn(itemRowsSchema.parse(this.database.all('SELECT id, item FROM items WHERE run_id = $runId ORDER BY id', { runId })));
  }

  count(): number {
    return z.object({ items: z.number() }).parse(this.database.get('SELECT count(*) AS items FROM items')).items;
  }

  /**
   * One part of a page: all of it, or what it takes of one priority. `goOn` is where the next part begins; null where there is
   * nothing more.
   */
  part(query: CheckedQuery, from: Place, count: number): { items: ContextItem[]; goOn: Place | null } {
    const levels = this.levelsFor(query);
    const level = query.order === 'priority' ? levels?.find((priority) => priority <= from.level) : undefined;
    if (levels?.length === 0 || (query.order === 'priority' && level === undefined)) return { items: [], goOn: null };
    const first = Math.floor(query.fromMs ?? 0) * IDS_PER_MILLISECOND;
    const beforeId = level === undefined || level === from.level ? from.beforeId : Infinity;
    const end = Math.min(beforeId, (Math.floor(query.toMs ?? MAXIMUM_MS) + 1) * IDS_PER_MILLISECOND, Number.MAX_SAFE_INTEGER);
    const wanted = level === undefined ? levels : [level];
    const rows = this.rows(matchOf(query, wanted), wanted?.length === 1 ? wanted[0] : undefined, { first, end, count });
    const items = itemsIn(rows);
    const last = rows.at(-1);
    if (last !== undefined && rows.length === count) return { items, goOn: { level: level ?? Infinity, beforeId: last.id } };
    const nextLevel = level === undefined ? undefined : levels?.find((priority) => priority < level);
    return { items, goOn: nextLevel === undefined ? null : { level: nextLevel, beforeId: Infinity } };
  }

  dispose(): void {
    this.database.dispose();
  }

  private removeRun(runId: string): void {
    this.database.run(`DELETE FROM texts WHERE rowid IN (SELECT ${HIGHEST_ID} - id FROM items WHERE run_id = $runId)`, { runId });
    this.database.run('DELETE FROM items WHERE run_id = $runId', { runId });
  }

  private insert(items: readonly ContextItem[], added: Map<number, ContextItem>): void {
    for (const item of items) {
      const id = this.nextId(Math.floor(item.atMs) * IDS_PER_MILLISECOND);
      this.database.run('INSERT INTO items VALUES ($id, $runId, $priority, $item)', this.rowOf(id, item));
      this.database.run('INSERT OR IGNORE INTO priorities VALUES ($priority)', { priority: item.priority });
      added.set(id, item);
    }
  }

  /** In the order of its numbers: the full-text index writes out what it has gathered wherever the next number is lower. */
  private insertTexts(added: Map<number, ContextItem>): void {
    for (const [id, item] of [...added].sort(([a], [b]) => b - a)) {
      this.database.run('INSERT INTO texts (rowid, words, facets) VALUES ($number, $words, $facets)', {
        number: HIGHEST_ID - id,
        words: wordsOf(item),
        facets: facetsOf(item),
      });
    }
    added.clear();
  }

  private rowOf(id: number, item: ContextItem): SqlParameters {
    return { id, runId: item.runId, priority: item.priority, item: JSON.stringify(item) };
  }

  /** Behind what the millisecond holds already; where it is full, in the next one that is not. */
  private nextId(wanted: number): number {
    for (let first = wanted; ; first += IDS_PER_MILLISECOND) {
      const end = first + IDS_PER_MILLISECOND;
      const row = this.database.get('SELECT max(id) AS id FROM items WHERE id >= $first AND id < $end', { first, end });
      const highest = idRowSchema.parse(row).id;
      if (highest === null) return first;
      if (highest + 1 < end) return highest + 1;
    }
  }

  /** The priorities to look at, highest first; null where every one of them will do, in any order. */
  private levelsFor({ order, priorityAtLeast = -100 }: CheckedQuery): number[] | null {
    const levels = this.levels(priorityAtLeast);
    return order === 'newest' && levels.length === this.levels(-100).length ? null : levels;
  }

  private levels(minimum: number): number[] {
    return this.database
      .all('SELECT priority AS id FROM priorities WHERE priority >= $minimum ORDER BY priority DESC', { minimum })
      .map((row) => idRowSchema.parse(row).id ?? 0);
  }

  private rows(match: string | null, level: number | undefined, range: { first: number; end: number; count: number }): ItemRow[] {
    const found =
      match !== null
        ? this.database.all(
            // CROSS JOIN: the full-text index leads, and is read only as far as the page goes. CAST: numbers are bound as REAL, and
            // by one of these the full-text index does not begin where the page begins, but reads all that was before it.
            `SELECT items.id, items.item FROM texts CROSS JOIN items ON items.id = ${HIGHEST_ID} - texts.rowid
             WHERE texts MATCH $match AND texts.rowid > CAST($before AS INTEGER) AND texts.rowid <= CAST($last AS INTEGER)
             ORDER BY texts.rowid LIMIT $count`,
            { match, before: HIGHEST_ID - range.end, last: HIGHEST_ID - range.first, count: range.count },
          )
        : level !== undefined
          ? this.database.all(
              `SELECT id, item FROM items WHERE priority = $level AND id >= $first AND id < $end ORDER BY id DESC LIMIT $count`,
              { ...range, level },
            )
          : this.database.all(`SELECT id, item FROM items WHERE id >= $first AND id < $end ORDER BY id DESC LIMIT $count`, range);
    return itemRowsSchema.parse(found);
  }
}

function itemsIn(rows: readonly ItemRow[]): ContextItem[] {
  return itemsSchema.parse(rows.map(({ item }) => JSON.parse(item) as unknown));
}

const MAXIMUM_MS = Number.MAX_SAFE_INTEGER / IDS_PER_MILLISECOND - 2;

/** Where a page goes on. `level`: the priority it is at; Infinity where the order is by time alone. */
export interface Place {
  readonly level: number;
  readonly beforeId: number;
}

export const BEGINNING: Place = { level: Infinity, beforeId: Infinity };

export function cursorOf({ level, beforeId }: Place): string {
  return `${level === Infinity ? '' : level}/${beforeId === Infinity ? '' : beforeId}`;
}

/** Null for a text that is no cursor. */
export function placeOf(cursor: string): Place | null {
  const match = /^(-?\d{1,3})?\/(\d{1,16})?$/.exec(cursor);
  if (match === null) return null;
  return { level: match[1] === undefined ? Infinity : Number(match[1]), beforeId: match[2] === undefined ? Infinity : Number(match[2]) };
}

/** The full-text expression; null where nothing is asked for but time, or one priority. */
function matchOf(query: CheckedQuery, levels: readonly number[] | null): string | null {
  const { runId, workflow, field, category, rank, tag, text } = query;
  const facets = [
    runId === undefined ? [] : facetWord('run', runId),
    workflow === undefined ? [] : facetWord('workflow', workflow),
    field === undefined ? [] : facetWord('field', field),
    category === undefined ? [] : facetWord('category', category),
    rank === undefined ? [] : facetWord('rank', rank),
    tag === undefined ? [] : facetWord('tag', tag),
  ].flat();
  const parts = facets.map((word) => `facets : ${word}`);
  if (text !== undefined) parts.push(...wordsOfQuery(text).map((word) => `words : "${word}"`));
  if (parts.length === 0 && (levels === null || levels.length === 1)) return null;
  if (levels !== null) parts.push(`facets : (${levels.map((level) => facetWord('priority', String(level))).join(' OR ')})`);
  return parts.map((part) => `(${part})`).join(' AND ');
}
