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
const timesSchema = z.object({ step: z.string(), count: z.int() });
const timeSchema = z.object({ milliseconds: z.number() });

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

  /** `forgive`: a step that waits for something outside has done nothing wrong, and its attempts count anew. */
  wait(sequence: number, wait: JournalledWait, waitKey: string | null, how: { forgive: boolean; tried: readonly TriedEntry[] }): void {
    this.database.run(
      `UPDATE activations SET state = 'waiting', wait = :wait, wait_key = :waitKey, tried = :tried,
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

  stepTimes(): RunStatistics['stepTimes'] {
    const rows = this.database.all(
      'SELECT step, count(*) AS count FROM activations WHERE milliseconds IS NOT NULL GROUP BY step ORDER BY min(sequence)',
    );
    return rows.map((row) => {
      const { step, count } = timesSchema.parse(row);
      const at = (quantile: number): number => this.stepTime(step, Math.min(count - 1, Math.floor(quantile * count)));
      return { step, count, p50Ms: at(0.5), p99Ms: at(0.99) };
    });
  }

  private stepTime(step: string, rank: number): number {
    const row = this.database.get(
      'SELECT milliseconds FROM activations WHERE step = :step AND milliseconds IS NOT NULL ORDER BY milliseconds LIMIT 1 OFFSET :rank',
      { step, rank },
    );
    return timeSchema.parse(row).milliseconds;
  }
}
