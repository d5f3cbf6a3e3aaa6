/** The journal of context changes. What is read by queries lies in an index of its own, which can be rebuilt. */
export const CONTEXT_SCHEMA = `
  CREATE TABLE context_runs (
    run_id TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    -- The last change of the run, once both copies of its document hold it; its rows of the journal are gone then.
    sealed_sequence INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX context_runs_unsealed ON context_runs (run_id) WHERE sealed_sequence IS NULL;

  -- Append-only. AUTOINCREMENT: a number is never used again, so that the index knows what it has seen.
  CREATE TABLE context_journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('items', 'forget')),
    -- Array of items; of a forgotten run empty.
    items TEXT NOT NULL
  ) STRICT;
  CREATE INDEX context_journal_by_run ON context_journal (run_id, sequence);
  `;
