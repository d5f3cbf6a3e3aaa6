import { z } from 'zod';
import type { WireError } from '../../../protocol/index.js';
import { GrymError, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { CapabilityProvider } from '../catalogue/index.js';
import type { Activation } from '../definition/index.js';
import type { TriedEntry } from '../execution/index.js';
import type { RunStatistics } from '../types.js';
import { activationRowSchema, type JournalledStep, type JournalledWait } from './journal-rows.js';

export interface StepStart {
  readonly attempts: number;
  readonly input: JsonObject;
  readonly prepared: JsonValue;
  readonly provider: CapabilityProvider | null;
  readonly tried: readonly TriedEntry[];
}

export interface StepEnd {
  readonly state: 'done' | 'failed' | 'skipped' | 'cancelled';
  readonly output: JsonValue;
  readonly explanation: readonly string[];
  readonly note: string;
  readonly provider: CapabilityProvider | null;
  readonly milliseconds: number | null;
  readonly cachedFrom: string | null;
  readonly input: JsonObject | null;
  readonly tried: readonly TriedEntry[];
  readonly error: WireError | null;
}

const text = (value: JsonValue | readonly TriedEntry[] | CapabilityProvider | WireError): string | null =>
  value === null || (Array.isArray(value) && value.length === 0) ? null : JSON.stringify(value);

// Made once: compiling a schema takes longer than reading many rows.
const sequenceSchema = z.object({ sequence: z.int() });
const timingSchema = z.object({ step: z.string(), milliseconds: z.number() });
const nameSchema = z.object({ step: z.string() });
const timeSchema = z.object({ milliseconds: z.number() });

const TIMES_SAMPLED = 500;

/** The table of activations. A result is committed once: its row must still be open. */
export class StepJournal {
  constructor(private readonly database: Database) {}

  /** The first start; before the step is acted on. Returns the row's sequence. */
  start(run: number, activation: Activation, start: StepStart): number {
    const { path, position, scope, step, params } = activation;
    const row = this.database.get(
      `INSERT INTO activations (run, path, position, scope, step, state, attempts, params, input, prepared, provider, tried)
       VALUES (:run, :path, :position, :scope, :step, 'started', :attempts, :params, :input, :prepared, :provider, :tried)
       RETURNING sequence`,
      {
        ...{ run, path, position, scope, step, attempts: start.attempts },
        params: JSON.stringify(params),
        input: JSON.stringify(start.input),
        prepared: text(start.prepared),
        provider: text(start.provider),
        tried: text(start.tried),
      },
    );
    return sequenceSchema.parse(row).sequence;
  }

  /** A further start of a row that is there: after an interruption, a wait or a failure that may pass. */
  startAgain(sequence: number, start: StepStart, answer: string | null): void {
    const changed = this.database.run(
      `UPDATE activations SET state = 'started', attempts = :attempts, input = :input, prepared = :prepared, provider = :provider,
         tried = :tried, answer = :answer, wait = NULL, wait_key = NULL
       WHERE sequence = :sequence AND state IN ('started', 'waiting')`,
      {
        ...{ sequence, attempts: start.attempts, answer },
        input: JSON.stringify(start.input),
        prepared: text(start.prepared),
        provider: text(start.provider),
        tried: text(start.tried),
      },
    );
    if (changed !== 1) throw new GrymError('GRYM_INTERNAL', { reason: `step row ${sequence} is started again after its end` });
  }

  /** A step whose end comes without a start: from the cache, from another run, left out, or impossible to start. */
  settle(run: number, activation: Activation, end: StepEnd): number {
    const { path, position, scope, step, params } = activation;
    const row = this.database.get(
      `INSERT INTO activations (run, path, position, scope, step, state, attempts, params, input, output, explanation, note, provider,
         cached_from, error)
       VALUES (:run, :path, :position, :scope, :step, :state, 0, :params, :input, :output, :explanation, :note, :provider,
         :cachedFrom, :error) RETURNING sequence`,
      {
        ...{ run, path, position, scope, step, state: end.state, note: end.note, cachedFrom: end.cachedFrom },
        params: JSON.stringify(params),
        input: text(end.input),
        output: text(end.output),
        explanation: text(end.explanation),
        provider: text(end.provider),
        error: text(end.error),
      },
    );
    return sequenceSchema.parse(row).sequence;
  }

  /** Ends a row once; throws where it has ended before. */
  end(sequence: number, end: StepEnd): void {
    const changed = this.database.run(
      `UPDATE activations SET state = :state, output = :output, explanation = :explanation, note = :note,
         provider = coalesce(:provider, provider), input = coalesce(:input, input), milliseconds = :milliseconds, tried = :tried,
         error = :error, wait = NULL, wait_key = NULL
       WHERE sequence = :sequence AND state IN ('started', 'waiting')`,
      {
        ...{ sequence, state: end.state, note: end.note, milliseconds: end.milliseconds },
        input: text(end.input),
        output: text(end.output),
        explanation: text(end.explanation),
        provider: text(end.provider),
        tried: text(end.tried),
        error: text(end.error),
      },
    );
    if (changed !== 1) throw new GrymError('GRYM_INTERNAL', { reason: `step row ${sequence} was to end twice` });
  }

  /** A start that an orderly end of the daemon cut off is not counted. */
  takeBackStart(sequence: number, attempts: number, tried: readonly TriedEntry[]): void {
    this.database.run("UPDATE activations SET attempts = :attempts, tried = :tried WHERE sequence = :sequence AND state = 'started'", {
      ...{ sequence, attempts, tried: text(tried) },
    });
  }

  /**
   * `forgive`: a step that waits for something outside has done nothing wrong, and its attempts count anew. What was answered to
   * an earlier question is no answer to this one.
   */
  wait(sequence: number, wait: JournalledWait, waitKey: string | null, how: { forgive: boolean; tried: readonly TriedEntry[] }): void {
    this.database.run(
      `UPDATE activations SET state = 'waiting', wait = :wait, wait_key = :waitKey, tried = :tried, answer = NULL,
         attempts = CASE WHEN :forgive = 1 THEN 0 ELSE attempts END WHERE sequence = :sequence AND state = 'started'`,
      { sequence, wait: JSON.stringify(wait), waitKey, tried: text(how.tried), forgive: how.forgive ? 1 : 0 },
    );
  }

  /** A person has answered; the step goes on with it at its next start. */
  setAnswer(sequence: number, answer: string): void {
    this.database.run("UPDATE activations SET answer = :answer WHERE sequence = :sequence AND state = 'waiting'", { sequence, answer });
  }

  /** In the order of the graph. */
  ofRun(run: number): JournalledStep[] {
    return this.database
      .all('SELECT * FROM activations WHERE run = :run ORDER BY position, sequence', { run })
      .map((row) => activationRowSchema.parse(row));
  }

  timings(run: number): { step: string; milliseconds: number }[] {
    return this.database
      .all('SELECT path AS step, milliseconds FROM activations WHERE run = :run AND milliseconds IS NOT NULL ORDER BY position, sequence', {
        run,
      })
      .map((row) => timingSchema.parse(row));
  }

  /** Of the latest of each kind of step; costs as much with a million rows as with a thousand. */
  stepTimes(): RunStatistics['stepTimes'] {
    return this.timedSteps().map((step) => {
      const times = this.database
        .all(
          `SELECT milliseconds FROM activations WHERE step = :step AND milliseconds IS NOT NULL ORDER BY sequence DESC LIMIT ${TIMES_SAMPLED}`,
          { step },
        )
        .map((row) => timeSchema.parse(row).milliseconds)
        .sort((one, other) => one - other);
      const at = (quantile: number): number => times[Math.min(times.length - 1, Math.floor(quantile * times.length))] ?? 0;
      return { step, count: times.length, p50Ms: at(0.5), p99Ms: at(0.99) };
    });
  }

  /** Jumps through the index from name to name instead of reading all of it. */
  private timedSteps(): string[] {
    return this.database
      .all(
        `WITH RECURSIVE names (step) AS (
           SELECT min(step) FROM activations WHERE milliseconds IS NOT NULL
           UNION ALL
           SELECT (SELECT min(step) FROM activations WHERE milliseconds IS NOT NULL AND step > names.step) FROM names WHERE names.step IS NOT NULL)
         SELECT step FROM names WHERE step IS NOT NULL`,
      )
      .map((row) => nameSchema.parse(row).step);
  }
}
