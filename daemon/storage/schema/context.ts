/** The journal of context changes. What is read by queries lies in an index of its own, which can be rebuilt. */
export const CONTEXT_SCHEMA = `
  -- One row: names this journal, so that an index knows whether it was made of it.
  CREATE TABLE context_journal_name (name TEXT NOT NULL) STRICT;
  INSERT INTO context_journal_name VALUES (lower(hex(randomblob(16))));

  CREATE TABLE context_runs (
    run_id TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    -- The last change that both copies of the run's document hold; the journal's rows up to it are gone. NULL: all rows are there.
    sealed_sequence INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX context_runs_by_seal ON context_runs (sealed_sequence);

  -- Append-only. AUTOINCREMENT: a number is never used again, so that the index knows what it has seen.
  CREATE TABLE context_journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('items', 'forget')),
    -- Array of items; empty for a run that was forgotten.
    items TEXT NOT NULL
  ) STRICT;
  CREATE INDEX context_journal_by_run ON context_journal (run_id, sequence);
  `;
