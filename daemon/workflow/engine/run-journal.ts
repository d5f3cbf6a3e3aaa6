import { z } from 'zod';
import type { WireError } from '../../../protocol/index.js';
import { messageOf, type JsonObject } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import { OPEN_RUN_STATES, type RunEdits, type RunProblem, type RunState, type WhenStuck } from '../types.js';
import { runRowSchema, type JournalledRun, type JournalledStop } from './journal-rows.js';

export interface NewRun {
  readonly runId: string;
  readonly requestKey: string | null;
  readonly workflow: string;
  readonly title: string;
  readonly definitionHash: string;
  readonly inputs: JsonObject;
  readonly edits: RunEdits;
  /** What is to be said of it from the beginning. */
  readonly notes: readonly string[];
  readonly rerunOf: string | null;
  /** Of the step of another run that carries this one out. */
  readonly partOf?: { readonly runId: string; readonly path: string } | undefined;
  readonly seed: number;
  readonly priority: number;
  readonly deadlineAtMs: number | null;
  readonly whenStuck: WhenStuck;
  readonly bridgeId: string | null;
  readonly slot: number | null;
  readonly submittedAtMs: number;
}

export interface JournalledEnd {
  readonly state: RunState;
  readonly stage: string;
  readonly outputs: JsonObject | null;
  readonly clipHash: string | null;
  readonly explanation: readonly string[];
  readonly notes: readonly string[];
  readonly error: WireError | null;
  readonly problem: RunProblem | null;
  readonly endedAtMs: number;
}

/** A run whose row does not read as one. */
export interface UnreadableRun {
  readonly sequence: number;
  readonly runId: string;
  readonly reason: string;
}

export interface RunFilter {
  readonly state: RunState | 'open' | 'all';
  readonly workflow: string | null;
  readonly onlyAskedFor: boolean;
  readonly limit: number;
}

const countSchema = z.object({ count: z.number() });
const sequenceSchema = z.object({ sequence: z.int() });
const unreadableSchema = z.object({ sequence: z.int(), run_id: z.string() });
const idSchema = z.object({ run_id: z.string() });
const slotSchema = z.object({ slot: z.int() });
const definitionSchema = z.object({ definition: z.string() });
const pausedSchema = z.object({ paused: z.int() });
const forgottenSchema = z.object({ run_id: z.string(), definition_hash: z.string().nullable() });
const OPEN_LIST = OPEN_RUN_STATES.map((state) => `'${state}'`).join(', ');
/** More are forgotten with the next ends, so that no end of a run takes long. */
const FORGOTTEN_AT_ONCE = 20;

/** The tables of runs and definitions. Every method is one transaction, or part of the one that surrounds it. */
export class RunJournal {
  /** Ended runs in the table that are no parts of others; counted anew where a transaction was rolled back. */
  private ended: number;

  constructor(
    private readonly database: Database,
    private readonly finishedRunsKept: number,
  ) {
    this.ended = this.countEnded();
  }

  /** Returns the run's sequence. The definition is stored once for all runs of it. */
  accept(run: NewRun, definition: string): number {
    this.database.run('INSERT INTO workflow_definitions (hash, definition) VALUES (:hash, :definition) ON CONFLICT (hash) DO NOTHING', {
      ...{ hash: run.definitionHash, definition },
    });
    const row = this.database.get(
      `INSERT INTO runs (run_id, request_key, workflow, title, definition_hash, state, inputs, edits, notes, rerun_of, part_of,
         part_path, seed, priority, deadline_at_ms, when_stuck, bridge_id, slot, submitted_at_ms)
       VALUES (:runId, :requestKey, :workflow, :title, :definitionHash, 'queued', :inputs, :edits, :notes, :rerunOf, :partOf,
         :partPath, :seed, :priority, :deadlineAtMs, :whenStuck, :bridgeId, :slot, :submittedAtMs) RETURNING sequence`,
      {
        ...run,
        partOf: run.partOf?.runId ?? null,
        partPath: run.partOf?.path ?? null,
        inputs: JSON.stringify(run.inputs),
        edits: JSON.stringify(run.edits),
        notes: JSON.stringify(run.notes),
        deadlineAtMs: run.deadlineAtMs === null ? null : Math.round(run.deadlineAtMs),
        submittedAtMs: Math.round(run.submittedAtMs),
      },
    );
    return sequenceSchema.parse(row).sequence;
  }

  definition(hash: string): string | undefined {
    const row = this.database.get('SELECT definition FROM workflow_definitions WHERE hash = :hash', { hash });
    return row === undefined ? undefined : definitionSchema.parse(row).definition;
  }

  /** For a run that the previous release accepted. */
  adopt(sequence: number, definition: { hash: string; text: string; inputs: JsonObject }): void {
    const { hash, text, inputs } = definition;
    this.database.run('INSERT INTO workflow_definitions (hash, definition) VALUES (:hash, :text) ON CONFLICT (hash) DO NOTHING', {
      ...{ hash, text },
    });
    this.database.run('UPDATE runs SET definition_hash = :hash, inputs = :inputs WHERE sequence = :sequence', {
      ...{ sequence, hash, inputs: JSON.stringify(inputs) },
    });
  }

  find(runId: string): JournalledRun | undefined {
    const row = this.database.get('SELECT * FROM runs WHERE run_id = :runId', { runId });
    return row === undefined ? undefined : runRowSchema.parse(row);
  }

  has(runId: string): boolean {
    return this.database.get('SELECT 1 FROM runs WHERE run_id = :runId', { runId }) !== undefined;
  }

  findByRequestKey(requestKey: string): JournalledRun | undefined {
    const row = this.database.get('SELECT * FROM runs WHERE request_key = :requestKey', { requestKey });
    return row === undefined ? undefined : runRowSchema.parse(row);
  }

  /** Newest first. */
  list({ state, workflow, onlyAskedFor, limit }: RunFilter): JournalledRun[] {
    return this.database
      .all(
        `SELECT * FROM runs WHERE (:state = 'all' OR state = :state OR (:state = 'open' AND state IN (${OPEN_LIST})))
           AND (:workflow IS NULL OR workflow = :workflow) AND (:onlyAskedFor = 0 OR part_of IS NULL)
         ORDER BY sequence DESC LIMIT :limit`,
        { state, workflow, onlyAskedFor: onlyAskedFor ? 1 : 0, limit },
      )
      .map((row) => runRowSchema.parse(row));
  }

  /** The run that a step carries out, whatever became of it. */
  findPart(runId: string, path: string): JournalledRun | undefined {
    const row = this.database.get('SELECT * FROM runs WHERE part_of = :runId AND part_path = :path', { runId, path });
    return row === undefined ? undefined : runRowSchema.parse(row);
  }

  /** Ids of the open runs that are parts of a run. */
  openParts(runId: string): string[] {
    return this.database
      .all(`SELECT run_id FROM runs WHERE part_of = :runId AND ended_at_ms IS NULL`, { runId })
      .map((row) => idSchema.parse(row).run_id);
  }

  /** In the order they were accepted. `unreadable`: those whose rows are damaged, or of a later release. */
  open(): { readonly runs: JournalledRun[]; readonly unreadable: UnreadableRun[] } {
    const runs: JournalledRun[] = [];
    const unreadable: UnreadableRun[] = [];
    for (const row of this.database.all(`SELECT * FROM runs WHERE state IN (${OPEN_LIST}) ORDER BY sequence`)) {
      try {
        runs.push(runRowSchema.parse(row));
      } catch (error) {
        const { sequence, run_id: runId } = unreadableSchema.parse(row);
        unreadable.push({ sequence, runId, reason: messageOf(error) });
      }
    }
    return { runs, unreadable };
  }

  /** Ends a run that cannot be read, as far as it can be kept: what is not the JSON that it should be is emptied. */
  endUnreadable(sequence: number, error: WireError, endedAtMs: number): void {
    const kept = (column: string, type: 'object' | 'array'): string =>
      `CASE WHEN json_valid(${column}) AND json_type(${column}) = '${type}' THEN ${column} ELSE '${type === 'object' ? '{}' : '[]'}' END`;
    this.database.run(
      `UPDATE runs SET inputs = ${kept('inputs', 'object')}, edits = '{}', outputs = NULL, explanation = '[]', notes = '[]',
         when_stuck = 'fail', problem = NULL, stopping = NULL, deadline_at_ms = NULL WHERE sequence = :sequence`,
      { sequence },
    );
    const end = { state: 'failed', stage: error.message, outputs: null, clipHash: null, explanation: [], notes: [] } as const;
    this.end(sequence, { ...end, error, problem: null, endedAtMs });
  }

  /** Slots of a bridge that open runs are to fill. */
  promisedSlots(bridgeId: string): number[] {
    return this.database
      .all(`SELECT slot FROM runs WHERE bridge_id = :bridgeId AND slot IS NOT NULL AND state IN (${OPEN_LIST})`, { bridgeId })
      .map((row) => slotSchema.parse(row).slot);
  }

  setState(sequence: number, state: RunState): void {
    this.database.run('UPDATE runs SET state = :state WHERE sequence = :sequence', { sequence, state });
  }

  setClip(sequence: number, clipHash: string): void {
    this.database.run('UPDATE runs SET clip_hash = :clipHash WHERE sequence = :sequence', { sequence, clipHash });
  }

  setRetries(sequence: number, retries: number): void {
    this.database.run('UPDATE runs SET retries = :retries WHERE sequence = :sequence', { sequence, retries });
  }

  /** What was carried out is to stop: a process that takes the run up ends it so. */
  setStopping(sequence: number, stopping: JournalledStop): void {
    this.database.run('UPDATE runs SET stopping = :stopping WHERE sequence = :sequence', { sequence, stopping: JSON.stringify(stopping) });
  }

  /** A run that another process left open. */
  resume(sequence: number): void {
    this.database.run('UPDATE runs SET resumptions = resumptions + 1 WHERE sequence = :sequence', { sequence });
  }

  /**
   * Ends a run once; false where it had ended before. Ends keep their order even where the clock was set back, so the run that
   * has just ended is never the one that is forgotten.
   */
  end(sequence: number, end: JournalledEnd): boolean {
    const changed = this.database.run(
      `UPDATE runs SET state = :state, stage = :stage, outputs = :outputs, clip_hash = coalesce(:clipHash, clip_hash),
         explanation = :explanation, notes = :notes, error = :error, problem = :problem,
         ended_at_ms = max(:endedAtMs, coalesce((SELECT max(ended_at_ms) FROM runs) + 1, 0))
       WHERE sequence = :sequence AND ended_at_ms IS NULL`,
      {
        ...{ sequence, state: end.state, stage: end.stage, clipHash: end.clipHash, endedAtMs: Math.round(end.endedAtMs) },
        outputs: end.outputs === null ? null : JSON.stringify(end.outputs),
        explanation: JSON.stringify(end.explanation),
        notes: JSON.stringify(end.notes),
        error: end.error === null ? null : JSON.stringify(end.error),
        problem: end.problem === null ? null : JSON.stringify(end.problem),
      },
    );
    if (changed === 1 && !this.isPart(sequence)) this.ended += 1;
    return changed === 1;
  }

  /**
   * Forgets some of the oldest ended runs beyond the number kept, with the runs that are parts of them, and definitions that no run
   * has any more. A run of which a part is open stays. Returns their ids.
   */
  forgetOldest(): string[] {
    const limit = Math.min(FORGOTTEN_AT_ONCE, this.ended - this.finishedRunsKept);
    if (limit <= 0) return [];
    const forgotten = this.database
      .all(
        `DELETE FROM runs WHERE sequence IN
           (SELECT sequence FROM runs AS whole WHERE ended_at_ms IS NOT NULL AND part_of IS NULL AND NOT EXISTS
             (SELECT 1 FROM runs AS part WHERE part.part_of = whole.run_id AND part.ended_at_ms IS NULL)
            ORDER BY ended_at_ms, sequence LIMIT :limit)
         RETURNING run_id, definition_hash`,
        { limit },
      )
      .map((row) => forgottenSchema.parse(row));
    this.ended -= forgotten.length;
    for (const { run_id: runId } of [...forgotten]) {
      const parts = this.database.all('DELETE FROM runs WHERE part_of = :runId RETURNING run_id, definition_hash', { runId });
      forgotten.push(...parts.map((row) => forgottenSchema.parse(row)));
    }
    for (const hash of new Set(forgotten.map((run) => run.definition_hash))) {
      this.database.run(
        'DELETE FROM workflow_definitions WHERE hash = :hash AND NOT EXISTS (SELECT 1 FROM runs WHERE definition_hash = :hash)',
        {
          hash,
        },
      );
    }
    return forgotten.map((run) => run.run_id);
  }

  /** To be called after a transaction was rolled back. */
  rolledBack(): void {
    this.ended = this.countEnded();
  }

  /** How many runs are in a state. */
  count(state: RunState): number {
    return countSchema.parse(this.database.get('SELECT count(*) AS count FROM runs WHERE state = :state', { state })).count;
  }

  isQueuePaused(): boolean {
    return pausedSchema.parse(this.database.get('SELECT paused FROM queue_state')).paused === 1;
  }

  setQueuePaused(paused: boolean): void {
    this.database.run('UPDATE queue_state SET paused = :paused', { paused: paused ? 1 : 0 });
  }

  private isPart(sequence: number): boolean {
    return this.database.get('SELECT 1 FROM runs WHERE sequence = :sequence AND part_of IS NOT NULL', { sequence }) !== undefined;
  }

  private countEnded(): number {
    return countSchema.parse(this.database.get('SELECT count(*) AS count FROM runs WHERE ended_at_ms IS NOT NULL AND part_of IS NULL'))
      .count;
  }
}
