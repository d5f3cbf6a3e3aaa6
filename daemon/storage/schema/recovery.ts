/** Circuit breakers. */
export const RECOVERY_SCHEMA = `
  -- Circuit breakers of providers; one that is closed and has seen no failure has no row.
  CREATE TABLE breakers (
    provider TEXT PRIMARY KEY,
    -- In a row.
    failures INTEGER NOT NULL,
    -- In a row, without a success between them.
    openings INTEGER NOT NULL,
    -- Wall clock; NULL = closed.
    opened_at_ms REAL,
    rest_ms REAL NOT NULL,
    last_error TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
