import { z } from 'zod';
import type { Database } from '../storage/index.js';
import { clipFactsSchema, VERDICTS, type ClipFacts, type Verdict } from './clip-facts.js';

const rowSchema = z.object({
  hash: z.string(),
  verdict: z.enum(VERDICTS),
  created_at_ms: z.number(),
  decided_at_ms: z.number().nullable(),
  facts: z.string(),
});

export interface IndexedClip {
  readonly hash: string;
  readonly verdict: Verdict;
  readonly createdAtMs: number;
  readonly decidedAtMs: number | null;
  readonly facts: ClipFacts;
}

function toIndexedClip(row: unknown): IndexedClip {
  const { hash, verdict, created_at_ms, decided_at_ms, facts } = rowSchema.parse(row);
  return { hash, verdict, createdAtMs: created_at_ms, decidedAtMs: decided_at_ms, facts: clipFactsSchema.parse(JSON.parse(facts)) };
}

function searchText(facts: ClipFacts): string {
  return [facts.name, facts.prompt, facts.instrument, facts.key ?? ''].join('\n').toLowerCase();
}

/** The table of clips. */
export class ClipIndex {
  constructor(private readonly database: Database) {}

  /** False where the clip is known already; its verdict and time stay as they are then. */
  insert(hash: string, facts: ClipFacts, createdAtMs: number): boolean {
    const changed = this.database.run(
      `INSERT INTO clips (hash, verdict, created_at_ms, search_text, facts)
       VALUES (:hash, 'undecided', :createdAtMs, :searchText, :facts) ON CONFLICT (hash) DO NOTHING`,
      { hash, createdAtMs: Math.round(createdAtMs), searchText: searchText(facts), facts: JSON.stringify(facts) },
    );
    return changed === 1;
  }

  find(hash: string): IndexedClip | undefined {
    const row = this.database.get('SELECT * FROM clips WHERE hash = :hash', { hash });
    return row === undefined ? undefined : toIndexedClip(row);
  }

  /** At most `limit` hashes that begin with `prefix` (hexadecimal). */
  startingWith(prefix: string, limit: number): string[] {
    // 'g' sorts after every hexadecimal digit.
    return this.database
      .all('SELECT hash FROM clips WHERE hash >= :prefix AND hash < :end ORDER BY hash LIMIT :limit', { prefix, end: `${prefix}g`, limit })
      .map((row) => z.object({ hash: z.string() }).parse(row).hash);
  }

  /** Newest first. Every word of `text` must occur, in the facts or in a tag. */
  list(filter: { verdict: Verdict | 'all'; text: string; limit: number }): IndexedClip[] {
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    const conditions = words
      .map(
        (_, index) => `AND (instr(search_text, :word${index}) > 0
          OR EXISTS (SELECT 1 FROM clip_tags WHERE clip_tags.hash = clips.hash AND instr(tag, :word${index}) > 0))`,
      )
      .join(' ');
    const parameters = Object.fromEntries(words.map((word, index) => [`word${index}`, word]));
    return this.database
      .all(
        `SELECT * FROM clips WHERE (:verdict = 'all' OR verdict = :verdict) ${conditions}
         ORDER BY created_at_ms DESC, rowid DESC LIMIT :limit`,
        { verdict: filter.verdict, limit: filter.limit, ...parameters },
      )
      .map(toIndexedClip);
  }

  decide(hash: string, verdict: Verdict, decidedAtMs: number): void {
    this.database.run('UPDATE clips SET verdict = :verdict, decided_at_ms = :at WHERE hash = :hash', {
      hash,
      verdict,
      at: Math.round(decidedAtMs),
    });
  }

  hashes(): Set<string> {
    return new Set(this.database.all('SELECT hash FROM clips').map((row) => z.object({ hash: z.string() }).parse(row).hash));
  }

  count(): number {
    return z.object({ count: z.number() }).parse(this.database.get('SELECT count(*) AS count FROM clips')).count;
  }
}
