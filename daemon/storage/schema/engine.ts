/**
 * Runs of workflows, their steps (activations), definitions, cache and queue. The runs of the previous release, whose only
 * workflow was the main job, are carried over as runs of `generate`: its steps `generate` and `file` are one step now.
 */
export const ENGINE_SCHEMA = `
  DROP INDEX runs_by_state;
  DROP INDEX runs_by_end;
  ALTER TABLE runs RENAME TO released_runs;

  CREATE TABLE workflow_definitions (
    -- SHA-256 of the canonical JSON.
    hash TEXT PRIMARY KEY,
    definition TEXT NOT NULL
  ) STRICT;

  CREATE TABLE runs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    request_key TEXT UNIQUE,
    workflow TEXT NOT NULL,
    title TEXT NOT NULL,
    -- Null for a run that the previous release accepted, until it is taken up.
    definition_hash TEXT REFERENCES workflow_definitions (hash),
    state TEXT NOT NULL,
    inputs TEXT NOT NULL,
    -- Parameters that a re-run sets, by the path of the step.
    edits TEXT NOT NULL DEFAULT '{}',
    rerun_of TEXT,
    seed INTEGER NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    deadline_at_ms INTEGER,
    -- What happens when nothing else helps a step: 'fail', or 'ask' a person.
    when_stuck TEXT NOT NULL DEFAULT 'fail',
    bridge_id TEXT,
    slot INTEGER,
    clip_hash TEXT,
    outputs TEXT,
    explanation TEXT NOT NULL DEFAULT '[]',
    notes TEXT NOT NULL DEFAULT '[]',
    resumptions INTEGER NOT NULL DEFAULT 0,
    -- Further attempts that its steps have taken.
    retries INTEGER NOT NULL DEFAULT 0,
    submitted_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    stage TEXT NOT NULL DEFAULT '',
    error TEXT,
    problem TEXT
  ) STRICT;

  INSERT INTO runs (sequence, run_id, request_key, workflow, title, state, inputs, seed, bridge_id, slot, clip_hash, outputs,
                    explanation, resumptions, submitted_at_ms, ended_at_ms, stage, error)
    SELECT sequence, run_id, request_key, 'generate', 'Generate', state,
      json_object(
        'prompt', job ->> '$.prompt', 'sampleRate', job -> '$.sampleRate', 'tempoBpm', job -> '$.tempoBpm', 'bars', job -> '$.bars',
        'metreNumerator', job -> '$.metre.numerator', 'metreDenominator', job -> '$.metre.denominator', 'key', job ->> '$.key',
        'bridge', bridge_id, 'slot', slot, 'whenBridgeAbsent', job ->> '$.whenBridgeAbsent'),
      job ->> '$.seed', bridge_id, slot, clip_hash,
      CASE WHEN state IN ('done', 'library-only') THEN json_object('clip', clip_hash) END,
      explanation, resumptions, submitted_at_ms, ended_at_ms, note, error
    FROM released_runs ORDER BY sequence;
  CREATE INDEX runs_by_state ON runs (state);
  CREATE INDEX runs_by_end ON runs (ended_at_ms);
  CREATE INDEX runs_by_definition ON runs (definition_hash);

  CREATE TABLE activations (
    sequence INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (sequence) ON DELETE CASCADE,
    path TEXT NOT NULL,
    position TEXT NOT NULL,
    scope TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'waiting', 'done', 'failed', 'skipped', 'cancelled')),
    -- Counted before the step is acted on, so that a step that kills the daemon is not tried for ever.
    attempts INTEGER NOT NULL,
    -- As the graph gave them.
    params TEXT NOT NULL,
    -- As the step got them; null where that is not known yet.
    input TEXT,
    prepared TEXT,
    provider TEXT,
    output TEXT,
    explanation TEXT,
    note TEXT NOT NULL DEFAULT '',
    cached_from TEXT,
    milliseconds REAL,
    -- What it waits for, and the key by which that is found.
    wait TEXT,
    wait_key TEXT,
    -- Answer to a question that the recovery of an error asked.
    answer TEXT,
    tried TEXT,
    error TEXT,
    UNIQUE (run, path)
  ) STRICT;

  INSERT INTO activations (run, path, position, scope, step, state, attempts, params, output, explanation, milliseconds, error)
    SELECT sequence, 'generate', '0', '', 'generate',
      CASE WHEN clip_hash IS NOT NULL THEN 'done' WHEN ended_at_ms IS NULL THEN 'started' WHEN state = 'cancelled' THEN 'cancelled' ELSE 'failed' END,
      (SELECT max(attempts) FROM steps WHERE steps.run_id = released_runs.run_id AND step IN ('generate', 'file')), '{}',
      CASE WHEN clip_hash IS NOT NULL THEN json_object('clip', clip_hash) END, explanation,
      (SELECT sum(milliseconds) FROM steps WHERE steps.run_id = released_runs.run_id AND step IN ('generate', 'file')),
      CASE WHEN clip_hash IS NULL THEN error END
    FROM released_runs WHERE EXISTS (SELECT 1 FROM steps WHERE steps.run_id = released_runs.run_id AND step = 'generate');
  INSERT INTO activations (run, path, position, scope, step, state, attempts, params, prepared, output, milliseconds, wait, wait_key, error)
    SELECT sequence, 'deliver', '1', '', 'deliver',
      CASE WHEN state = 'waiting-for-bridge' THEN 'waiting' WHEN ended_at_ms IS NULL THEN 'started'
        WHEN state IN ('failed', 'cancelled') THEN state ELSE 'done' END,
      coalesce((SELECT attempts FROM steps WHERE steps.run_id = released_runs.run_id AND step = 'deliver'), 0), '{}',
      CASE WHEN revision IS NOT NULL THEN json_object('bridgeId', bridge_id, 'slot', slot, 'hash', clip_hash, 'revision', revision) END,
      CASE WHEN state IN ('done', 'library-only') THEN json_object('delivered', json(CASE state WHEN 'done' THEN 'true' ELSE 'false' END)) END,
      (SELECT milliseconds FROM steps WHERE steps.run_id = released_runs.run_id AND step = 'deliver'),
      CASE WHEN state = 'waiting-for-bridge' THEN json_object('kind', 'bridge', 'bridgeId', bridge_id, 'slot', slot) END,
      CASE WHEN state = 'waiting-for-bridge' THEN bridge_id || '/' || slot END,
      CASE WHEN clip_hash IS NOT NULL THEN error END
    FROM released_runs
    WHERE clip_hash IS NOT NULL AND bridge_id IS NOT NULL AND (state = 'waiting-for-bridge'
      OR EXISTS (SELECT 1 FROM steps WHERE steps.run_id = released_runs.run_id AND step = 'deliver'));
  DROP TABLE steps;
  DROP TABLE released_runs;
  CREATE INDEX activations_by_step ON activations (step, milliseconds) WHERE milliseconds IS NOT NULL;
  CREATE INDEX activations_by_wait ON activations (wait_key) WHERE wait_key IS NOT NULL;

  CREATE TABLE step_cache (
    -- SHA-256 of step, its version, input, provider and the provider's version.
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    -- Time that making it again would take.
    cost_ms REAL NOT NULL,
    -- GreedyDual-Size: the one with the least goes first.
    worth REAL NOT NULL
  ) STRICT;
  CREATE INDEX step_cache_by_worth ON step_cache (worth);

  CREATE TABLE queue_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paused INTEGER NOT NULL
  ) STRICT;
  INSERT INTO queue_state (id, paused) VALUES (1, 0);
`;
