import { z } from 'zod';
import { failpoint } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { ContextRun } from '../hooks.js';
import { storedItemsSchema, storedTraceSchema, type StoredItem, type StoredTrace } from './stored-context.js';

const runRowSchema = z.object({
  run_id: z.string(),
  workflow: z.string(),
  begun_at_ms: z.number(),
  sealed_sequence: z.number().nullable(),
});
const changeRowSchema = z.object({
  sequence: z.number(),
  run_id: z.string(),
  kind: z.enum(['items', 'forget']),
  items: z.string(),
  trace: z.string().nullable(),
});

export interface JournalledRun extends ContextRun {
  /** Null while all its changes are in the journal. */
  readonly sealedSequence: number | null;
}

export interface JournalledChange {
  readonly sequence: number;
  readonly runId: string;
  readonly kind: 'items' | 'forget';
  readonly items: readonly StoredItem[];
  readonly traces: readonly StoredTrace[];
}

const storedTracesSchema = z.array(storedTraceSchema);

function toRun(row: unknown): JournalledRun {
  const { run_id, workflow, begun_at_ms, sealed_sequence } = runRowSchema.parse(row);
  return { runId: run_id, workflow, atMs: begun_at_ms, sealedSequence: sealed_sequence };
}

function toChange(row: unknown): JournalledChange {
  const { sequence, run_id, kind, items, trace } = changeRowSchema.parse(row);
  const traces = trace === null ? [] : storedTracesSchema.parse(JSON.parse(trace));
  return { sequence, runId: run_id, kind, items: storedItemsSchema.parse(JSON.parse(items)), traces };
}

/** The tables of the database that hold what is true about contexts. */
export class ContextJournal {
  constructor(private readonly database: Database) {}

  /** Names the journal: another database has another one. */
  name(): string {
    return z.object({ name: z.string() }).parse(this.database.get('SELECT name FROM context_journal_name')).name;
  }

  addRun({ runId, workflow, atMs }: ContextRun): void {
    this.database.run('INSERT OR IGNORE INTO context_runs (run_id, workflow, begun_at_ms) VALUES ($runId, $workflow, $atMs)', {
      runId,
      workflow,
      atMs: Math.floor(atMs),
    });
  }

  run(runId: string): JournalledRun | null {
    const row = this.database.get('SELECT * FROM context_runs WHERE run_id = $runId', { runId });
    return row === undefined ? null : toRun(row);
  }

  /** Its number. */
  append(runId: string, items: readonly StoredItem[], traces: readonly StoredTrace[]): number {
    const sequence = this.insert(runId, 'items', JSON.stringify(items), traces.length === 0 ? null : JSON.stringify(traces));
    failpoint('context.journalled');
    return sequence;
  }

  /** Whether this change of this run is there: false after its transaction was rolled back. */
  holds(runId: string, sequence: number): boolean {
    return (
      this.database.get('SELECT 1 FROM context_journal WHERE sequence = $sequence AND run_id = $runId', { sequence, runId }) !== undefined
    );
  }

  changesOf(runId: string, afterSequence: number): JournalledChange[] {
    return this.database
      .all(`SELECT * FROM context_journal WHERE run_id = $runId AND sequence > $afterSequence AND kind = 'items' ORDER BY sequence`, {
        runId,
        afterSequence,
      })
      .map(toChange);
  }

  /** Of all runs, oldest first. */
  changesAfter(afterSequence: number, limit: number): JournalledChange[] {
    return this.database
      .all('SELECT * FROM context_journal WHERE sequence > $afterSequence ORDER BY sequence LIMIT $limit', { afterSequence, limit })
      .map(toChange);
  }

  unsealedRuns(): JournalledRun[] {
    return this.database.all('SELECT * FROM context_runs WHERE sealed_sequence IS NULL ORDER BY run_id').map(toRun);
  }

  sealedAfter(sequence: number): JournalledRun[] {
    return this.database
      .all('SELECT * FROM context_runs WHERE sealed_sequence > $sequence ORDER BY sealed_sequence', { sequence })
      .map(toRun);
  }

  /** Both copies of the documents hold these changes: the rows are not needed any more. One transaction. */
  seal(runs: readonly { readonly runId: string; readonly sequence: number }[]): void {
    this.database.transaction(() => {
      for (const { runId, sequence } of runs) {
        this.database.run('UPDATE context_runs SET sealed_sequence = $sequence WHERE run_id = $runId', { runId, sequence });
        this.database.run(`DELETE FROM context_journal WHERE run_id = $runId AND sequence <= $sequence AND kind = 'items'`, {
          runId,
          sequence,
        });
      }
    });
  }

  /** Inside a transaction: the run goes, and a change that says so stays until document and index have followed. */
  forget(runId: string): void {
    if (this.database.run('DELETE FROM context_runs WHERE run_id = $runId', { runId }) === 0) return;
    this.database.run('DELETE FROM context_journal WHERE run_id = $runId', { runId });
    this.insert(runId, 'forget', '[]', null);
  }

  forgotten(limit: number): { runId: string; sequence: number }[] {
    return this.database
      .all(`SELECT * FROM context_journal WHERE kind = 'forget' ORDER BY sequence LIMIT $limit`, { limit })
      .map((row) => toChange(row));
  }

  /** Document and index have followed. One transaction. */
  dropForgotten(sequences: readonly number[]): void {
    this.database.transaction(() => {
      for (const sequence of sequences) this.database.run('DELETE FROM context_journal WHERE sequence = $sequence', { sequence });
    });
  }

  private insert(runId: string, kind: 'items' | 'forget', items: string, trace: string | null): number {
    const row = this.database.get(
      'INSERT INTO context_journal (run_id, kind, items, trace) VALUES ($runId, $kind, $items, $trace) RETURNING sequence',
      { runId, kind, items, trace },
    );
    return z.object({ sequence: z.number() }).parse(row).sequence;
  }
}
