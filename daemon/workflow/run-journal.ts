import { z } from 'zod';
import { wireErrorSchema, type WireError } from '../../protocol/index.js';
import type { Database } from '../storage/index.js';
import { OPEN_RUN_STATES, RUN_STATES, STEPS, type RunState, type RunStatistics, type StepName, type StepTiming } from './types.js';

/** What a run was asked for, completed with all that was chosen for it: the run's result is a function of this. */
export const acceptedJobSchema = z.strictObject({
  prompt: z.string(),
  seed: z.int(),
  sampleRate: z.number(),
  tempoBpm: z.number().optional(),
  bars: z.number().optional(),
  metre: z.strictObject({ numerator: z.int(), denominator: z.int() }).optional(),
  key: z.string().optional(),
  whenBridgeAbsent: z.enum(['wait', 'library-only']),
});
export type AcceptedJob = z.infer<typeof acceptedJobSchema>;

const json = <T extends z.ZodType>(schema: T) => z.string().transform((text) => schema.parse(JSON.parse(text)));

const rowSchema = z
  .object({
    sequence: z.int(),
    run_id: z.string(),
    state: z.enum(RUN_STATES),
    step: z.enum(STEPS).nullable(),
    job: json(acceptedJobSchema),
    bridge_id: z.string().nullable(),
    slot: z.int().nullable(),
    revision: z.int().nullable(),
    clip_hash: z.string().nullable(),
    resumptions: z.int(),
    submitted_at_ms: z.int(),
    ended_at_ms: z.int().nullable(),
    note: z.string(),
    explanation: json(z.array(z.string())),
    error: json(wireErrorSchema).nullable(),
  })
  .transform((row) => ({
    runId: row.run_id,
    state: row.state,
    step: row.step,
    job: row.job,
    bridgeId: row.bridge_id,
    slot: row.slot,
    revision: row.revision,
    clipHash: row.clip_hash,
    resumptions: row.resumptions,
    submittedAtMs: row.submitted_at_ms,
    endedAtMs: row.ended_at_ms,
    note: row.note,
    explanation: row.explanation,
    error: row.error,
  }));
export type JournalledRun = z.output<typeof rowSchema>;

export interface NewRun {
  readonly runId: string;
  readonly requestKey: string | null;
  readonly job: AcceptedJob;
  readonly bridgeId: string | null;
  readonly slot: number | null;
  readonly submittedAtMs: number;
}

const countSchema = z.object({ count: z.number() });
const OPEN_LIST = OPEN_RUN_STATES.map((state) => `'${state}'`).join(', ');

/** The tables of runs and steps. Every method is one transaction, or part of the one that surrounds it. */
export class RunJournal {
  constructor(
    private readonly database: Database,
    private readonly finishedRunsKept: number,
  ) {}

  transaction<T>(work: () => T): T {
    return this.database.transaction(work);
  }

  accept(run: NewRun): void {
    this.database.run(
      `INSERT INTO runs (run_id, request_key, state, step, job, bridge_id, slot, submitted_at_ms)
       VALUES (:runId, :requestKey, 'queued', 'generate', :job, :bridgeId, :slot, :submittedAtMs)`,
      { ...run, job: JSON.stringify(run.job), submittedAtMs: Math.round(run.submittedAtMs) },
    );
  }

  find(runId: string): JournalledRun | undefined {
    const row = this.database.get('SELECT * FROM runs WHERE run_id = :runId', { runId });
    return row === undefined ? undefined : rowSchema.parse(row);
  }

  findByRequestKey(requestKey: string): JournalledRun | undefined {
    const row = this.database.get('SELECT * FROM runs WHERE request_key = :requestKey', { requestKey });
    return row === undefined ? undefined : rowSchema.parse(row);
  }

  /** Newest first. */
  list(filter: { state: RunState | 'open' | 'all'; limit: number }): JournalledRun[] {
    const { state, limit } = filter;
    return this.database
      .all(
        `SELECT * FROM runs WHERE :state = 'all' OR state = :state OR (:state = 'open' AND state IN (${OPEN_LIST}))
         ORDER BY sequence DESC LIMIT :limit`,
        { state, limit },
      )
      .map((row) => rowSchema.parse(row));
  }

  /** In the order they were accepted. */
  open(): JournalledRun[] {
    return this.database.all(`SELECT * FROM runs WHERE state IN (${OPEN_LIST}) ORDER BY sequence`).map((row) => rowSchema.parse(row));
  }

  /** Slots of a bridge that open runs are to fill. */
  promisedSlots(bridgeId: string): number[] {
    return this.database
      .all(`SELECT slot FROM runs WHERE bridge_id = :bridgeId AND slot IS NOT NULL AND state IN (${OPEN_LIST})`, { bridgeId })
      .map((row) => z.object({ slot: z.int() }).parse(row).slot);
  }

  /** Before a step is acted on. Returns how often it has been started now. */
  startStep(runId: string, step: StepName): number {
    return this.database.transaction(() => {
      this.database.run("UPDATE runs SET state = 'running', step = :step WHERE run_id = :runId", { runId, step });
      const row = this.database.get(
        `INSERT INTO steps (run_id, step, attempts) VALUES (:runId, :step, 1)
         ON CONFLICT (run_id, step) DO UPDATE SET attempts = attempts + 1 RETURNING attempts`,
        { runId, step },
      );
      return z.object({ attempts: z.int() }).parse(row).attempts;
    });
  }

  /** A step that waits for something outside has done nothing wrong: its attempts count anew. */
  forgiveStep(runId: string, step: StepName): void {
    this.database.run('UPDATE steps SET attempts = 0 WHERE run_id = :runId AND step = :step', { runId, step });
  }

  finishStep(runId: string, step: StepName, milliseconds: number): void {
    this.database.run('UPDATE steps SET milliseconds = :milliseconds WHERE run_id = :runId AND step = :step', {
      runId,
      step,
      milliseconds,
    });
  }

  /** The run has its clip, and what its generator said about it. */
  setClip(runId: string, clipHash: string, explanation: readonly string[]): void {
    this.database.run('UPDATE runs SET clip_hash = :clipHash, explanation = :explanation WHERE run_id = :runId', {
      runId,
      clipHash,
      explanation: JSON.stringify(explanation),
    });
  }

  setRevision(runId: string, revision: number): void {
    this.database.run('UPDATE runs SET revision = :revision WHERE run_id = :runId', { runId, revision });
  }

  waitForBridge(runId: string): void {
    this.database.run("UPDATE runs SET state = 'waiting-for-bridge', step = 'deliver' WHERE run_id = :runId", { runId });
  }

  /** A run that another process left open; one without a clip is in the queue again. */
  resume(runId: string): void {
    this.database.run(
      `UPDATE runs SET resumptions = resumptions + 1, state = CASE WHEN clip_hash IS NULL THEN 'queued' ELSE state END
       WHERE run_id = :runId`,
      { runId },
    );
  }

  /**
   * Ends a run once; false where it had ended before. Forgets the oldest ended runs beyond the number kept. Ends keep their
   * order even where the clock was set back, so the run that has just ended is never the one that is forgotten.
   */
  end(runId: string, outcome: { state: RunState; note: string; error: WireError | null; endedAtMs: number }): boolean {
    return this.database.transaction(() => {
      const changed = this.database.run(
        `UPDATE runs SET state = :state, step = NULL, note = :note, error = :error,
           ended_at_ms = max(:endedAtMs, coalesce((SELECT max(ended_at_ms) FROM runs) + 1, 0))
         WHERE run_id = :runId AND ended_at_ms IS NULL`,
        {
          runId,
          state: outcome.state,
          note: outcome.note,
          error: outcome.error === null ? null : JSON.stringify(outcome.error),
          endedAtMs: Math.round(outcome.endedAtMs),
        },
      );
      if (changed === 1) this.forgetOldest();
      return changed === 1;
    });
  }

  timings(runId: string): StepTiming[] {
    return this.database
      .all('SELECT step, milliseconds FROM steps WHERE run_id = :runId AND milliseconds IS NOT NULL', { runId })
      .map((row) => z.object({ step: z.enum(STEPS), milliseconds: z.number() }).parse(row))
      .sort((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
  }

  stepTimes(): RunStatistics['stepTimes'] {
    return STEPS.flatMap((step) => {
      const row = this.database.get('SELECT count(*) AS count FROM steps WHERE step = :step AND milliseconds IS NOT NULL', { step });
      const { count } = countSchema.parse(row);
      const at = (quantile: number): number => this.stepTime(step, Math.min(count - 1, Math.floor(quantile * count)));
      return count === 0 ? [] : [{ step, count, p50Ms: at(0.5), p99Ms: at(0.99) }];
    });
  }

  private stepTime(step: StepName, rank: number): number {
    const row = this.database.get(
      'SELECT milliseconds FROM steps WHERE step = :step AND milliseconds IS NOT NULL ORDER BY milliseconds LIMIT 1 OFFSET :rank',
      { step, rank },
    );
    return z.object({ milliseconds: z.number() }).parse(row).milliseconds;
  }

  private forgetOldest(): void {
    this.database.run(
      `DELETE FROM runs WHERE sequence IN
         (SELECT sequence FROM runs WHERE ended_at_ms IS NOT NULL ORDER BY ended_at_ms DESC, sequence DESC LIMIT -1 OFFSET :kept)`,
      { kept: this.finishedRunsKept },
    );
  }

  /** How many runs are in a state. */
  count(state: RunState): number {
    return countSchema.parse(this.database.get('SELECT count(*) AS count FROM runs WHERE state = :state', { state })).count;
  }
}
