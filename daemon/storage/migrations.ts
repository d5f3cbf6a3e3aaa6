import { CONTEXT_SCHEMA } from './schema/context.js';
import { ENGINE_SCHEMA } from './schema/engine.js';
import { PARTS_SCHEMA } from './schema/parts.js';
import { RECOVERY_SCHEMA } from './schema/recovery.js';
import { STOPPING_SCHEMA } from './schema/stopping.js';
import { TAGS_SCHEMA } from './schema/tags.js';

/**
 * The schema's history, oldest first. The database's `user_version` is the number of entries applied.
 * An entry that was released is never edited: a change is a new entry.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- The index of the clips: all but the verdict can be rebuilt from the files.
  CREATE TABLE clips (
    hash TEXT PRIMARY KEY,
    verdict TEXT NOT NULL CHECK (verdict IN ('undecided', 'kept', 'rejected')),
    created_at_ms INTEGER NOT NULL,
    decided_at_ms INTEGER,
    -- For the text filter: name, prompt, instrument and key in lower case.
    search_text TEXT NOT NULL,
    facts TEXT NOT NULL
  ) STRICT;
  CREATE INDEX clips_by_time ON clips (created_at_ms);

  CREATE TABLE runs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    request_key TEXT UNIQUE,
    state TEXT NOT NULL,
    step TEXT,
    job TEXT NOT NULL,
    bridge_id TEXT,
    slot INTEGER,
    -- The slot change that delivers this run's clip, once it was assigned.
    revision INTEGER,
    clip_hash TEXT,
    resumptions INTEGER NOT NULL DEFAULT 0,
    submitted_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    note TEXT NOT NULL DEFAULT '',
    error TEXT
  ) STRICT;
  CREATE INDEX runs_by_state ON runs (state);
  CREATE INDEX runs_by_end ON runs (ended_at_ms);

  CREATE TABLE steps (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    step TEXT NOT NULL,
    -- Counted before the step is acted on, so that a step that kills the daemon is not tried for ever.
    attempts INTEGER NOT NULL,
    milliseconds REAL,
    PRIMARY KEY (run_id, step)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE bridges (
    bridge_id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE slot_changes (
    bridge_id TEXT NOT NULL REFERENCES bridges (bridge_id),
    revision INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    hash TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'interrupted', 'done', 'failed')),
    run_id TEXT,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (bridge_id, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX slot_changes_by_slot ON slot_changes (bridge_id, slot, revision);
  `,
  `
  -- What the generator said about the run's clip: an array of sentences.
  ALTER TABLE runs ADD COLUMN explanation TEXT NOT NULL DEFAULT '[]';
  `,
  ENGINE_SCHEMA,
  CONTEXT_SCHEMA,
  RECOVERY_SCHEMA,
  TAGS_SCHEMA,
  STOPPING_SCHEMA,
  PARTS_SCHEMA,
];
