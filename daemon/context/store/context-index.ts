import { z } from 'zod';
import { failpoint } from '../../kernel/index.js';
import { openRebuildableDatabase, removeDatabase, type Database, type SqlParameters } from '../../storage/index.js';
import { contextItemSchema, type ContextItem } from '../context-item.js';
import { facetsOf, facetWord, IDS_PER_MILLISECOND, INDEX_TABLES, INDEX_VERSION, wordsOf } from './index-tables.js';
import { wordsOfQuery, type CheckedQuery, type ContextPage } from './query.js';

const idRowSchema = z.object({ id: z.number().nullable() });
const itemRowSchema = z.object({ id: z.number(), priority: z.number(), item: z.string() });
const progressSchema = z.object({ journal: z.string(), sequence: z.number() });

type ItemRow = z.output<typeof itemRowSchema>;

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
      for (const { runId, replace, items } of changes) {
        if (replace) this.removeRun(runId);
        this.insert(items);
      }
      this.database.run('UPDATE progress SET sequence = $sequence', { sequence });
    });
    failpoint('context.indexed');
  }

  itemsOf(runId: string): ContextItem[] {
    return this.database
      .all('SELECT id, priority, item FROM items WHERE run_id = $runId ORDER BY id', { runId })
      .map((row) => this.read(row));
  }

  count(): number {
    return z.object({ items: z.number() }).parse(this.database.get('SELECT count(*) AS items FROM items')).items;
  }

  query(query: CheckedQuery): ContextPage {
    const rows =
      query.order === 'priority' ? this.byPriority(query) : this.newest(query, this.levels(query), query.limit + 1, cursorId(query));
    const page = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? page.at(-1) : undefined;
    const nextCursor = last === undefined ? null : query.order === 'priority' ? `${last.priority}/${last.id}` : String(last.id);
    return { items: page.map((row) => this.read(row)), nextCursor };
  }

  dispose(): void {
    this.database.dispose();
  }

  private read(row: unknown): ContextItem {
    return contextItemSchema.parse(JSON.parse(itemRowSchema.parse(row).item));
  }

  private removeRun(runId: string): void {
    this.database.run('DELETE FROM texts WHERE rowid IN (SELECT id FROM items WHERE run_id = $runId)', { runId });
    this.database.run('DELETE FROM items WHERE run_id = $runId', { runId });
  }

  private insert(items: readonly ContextItem[]): void {
    let id = -1;
    for (const item of items) {
      const first = Math.floor(item.atMs) * IDS_PER_MILLISECOND;
      id = id >= first && id < first + IDS_PER_MILLISECOND ? id + 1 : this.nextIdFrom(first);
      while (this.database.run('INSERT OR IGNORE INTO items VALUES ($id, $runId, $priority, $item)', this.rowOf(id, item)) === 0) id += 1;
      this.database.run('INSERT INTO texts (rowid, words, facets) VALUES ($id, $words, $facets)', {
        id,
        words: wordsOf(item),
        facets: facetsOf(item),
      });
      this.database.run('INSERT OR IGNORE INTO priorities VALUES ($priority)', { priority: item.priority });
    }
  }

  private rowOf(id: number, item: ContextItem): SqlParameters {
    return { id, runId: item.runId, priority: item.priority, item: JSON.stringify(item) };
  }

  /** Behind what the millisecond holds already; where it is full, the search goes on in the next ones. */
  private nextIdFrom(first: number): number {
    const row = this.database.get('SELECT max(id) AS id FROM items WHERE id >= $first AND id < $end', {
      first,
      end: first + IDS_PER_MILLISECOND,
    });
    const highest = idRowSchema.parse(row).id;
    return highest === null ? first : highest + 1;
  }

  /** The priorities to look at, highest first; null where all of them will do. */
  private levels({ priorityAtLeast }: CheckedQuery): number[] | null {
    return priorityAtLeast === undefined ? null : this.allLevels(priorityAtLeast);
  }

  private allLevels(minimum: number): number[] {
    return this.database
      .all('SELECT priority AS id FROM priorities WHERE priority >= $minimum ORDER BY priority DESC', { minimum })
      .map((row) => idRowSchema.parse(row).id ?? 0);
  }

  private byPriority(query: CheckedQuery): ItemRow[] {
    const [cursorLevel, cursorRow] = cursorPriority(query);
    const rows: ItemRow[] = [];
    for (const level of this.allLevels(query.priorityAtLeast ?? -100).filter((priority) => priority <= cursorLevel)) {
      if (rows.length > query.limit) break;
      rows.push(...this.newest(query, [level], query.limit + 1 - rows.length, level === cursorLevel ? cursorRow : Infinity));
    }
    return rows;
  }

  private newest(query: CheckedQuery, levels: readonly number[] | null, count: number, beforeId: number): ItemRow[] {
    const range = {
      first: Math.floor(query.fromMs ?? 0) * IDS_PER_MILLISECOND,
      end: Math.min(beforeId, (Math.floor(query.toMs ?? MAXIMUM_MS) + 1) * IDS_PER_MILLISECOND, Number.MAX_SAFE_INTEGER),
      count,
    };
    if (levels?.length === 0) return [];
    const match = matchOf(query, levels);
    const found =
      match !== null
        ? this.database.all(
            // CROSS JOIN: the full-text index leads, and is read only as far as the page goes.
            `SELECT items.id, items.priority, items.item FROM texts CROSS JOIN items ON items.id = texts.rowid
             WHERE texts MATCH $match AND texts.rowid >= $first AND texts.rowid < $end ORDER BY texts.rowid DESC LIMIT $count`,
            { ...range, match },
          )
        : levels?.length === 1
          ? this.database.all(
              `SELECT id, priority, item FROM items WHERE priority = $level AND id >= $first AND id < $end ORDER BY id DESC LIMIT $count`,
              { ...range, level: levels[0] ?? 0 },
            )
          : this.database.all(`SELECT id, priority, item FROM items WHERE id >= $first AND id < $end ORDER BY id DESC LIMIT $count`, range);
    return found.map((row) => itemRowSchema.parse(row));
  }
}

const MAXIMUM_MS = Number.MAX_SAFE_INTEGER / IDS_PER_MILLISECOND - 2;

function cursorId({ cursor }: CheckedQuery): number {
  const id = Number(cursor ?? Infinity);
  return Number.isNaN(id) ? Infinity : id;
}

function cursorPriority({ cursor }: CheckedQuery): [level: number, beforeId: number] {
  const match = /^(-?\d+)\/(\d+)$/.exec(cursor ?? '');
  return match === null ? [Infinity, Infinity] : [Number(match[1]), Number(match[2])];
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
