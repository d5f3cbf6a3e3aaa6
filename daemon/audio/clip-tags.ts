import { z } from 'zod';
import type { Clock } from '../kernel/index.js';
import type { Database } from '../storage/index.js';

const tagRow = z.object({ tag: z.string() });
const hashRow = z.object({ hash: z.string() });

/** Tags of clips: lower-case words by which the library's search finds them. */
export class ClipTags {
  constructor(
    private readonly database: Database,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  /** In order of the alphabet. */
  of(hash: string): string[] {
    return this.database.all('SELECT tag FROM clip_tags WHERE hash = :hash ORDER BY tag', { hash }).map((row) => tagRow.parse(row).tag);
  }

  /** Adds and removes; what is so already stays so. Part of the caller's transaction where there is one. */
  change(hash: string, added: readonly string[], removed: readonly string[]): void {
    this.database.transaction(() => {
      for (const tag of removed) this.database.run('DELETE FROM clip_tags WHERE hash = :hash AND tag = :tag', { hash, tag });
      for (const tag of added) {
        this.database.run('INSERT INTO clip_tags (hash, tag, at_ms) VALUES (:hash, :tag, :at) ON CONFLICT DO NOTHING', {
          ...{ hash, tag },
          at: Math.round(this.clock.nowMs()),
        });
      }
    });
  }

  /** Clips that have all of the tags, or with an empty list those that have none at all. */
  clipsWith(tags: readonly string[]): Set<string> {
    const conditions = tags.map((_, index) => `EXISTS (SELECT 1 FROM clip_tags t WHERE t.hash = clips.hash AND t.tag = :tag${index})`);
    const condition = conditions.join(' AND ') || 'NOT EXISTS (SELECT 1 FROM clip_tags t WHERE t.hash = clips.hash)';
    const parameters = Object.fromEntries(tags.map((tag, index) => [`tag${index}`, tag]));
    return new Set(this.database.all(`SELECT hash FROM clips WHERE ${condition}`, parameters).map((row) => hashRow.parse(row).hash));
  }
}
