import { z } from 'zod';
import type { Database } from '../storage/index.js';

/** What outlives a restart of a provider's breaker. */
export interface BreakerRecord {
  readonly provider: string;
  /** Failures in a row. */
  readonly failures: number;
  /** Openings in a row, without a success between them. */
  readonly openings: number;
  /** Wall clock; null = closed. */
  readonly openedAtMs: number | null;
  /** How long it rests, from the opening. */
  readonly restMs: number;
  readonly lastError: string;
}

export interface BreakerStore {
  load(): BreakerRecord[];
  save(record: BreakerRecord): void;
  remove(provider: string): void;
}

const rowSchema = z.strictObject({
  provider: z.string(),
  failures: z.int().min(0),
  openings: z.int().min(0),
  openedAtMs: z.number().nullable(),
  restMs: z.number().min(0),
  lastError: z.string(),
});

/** The table `breakers`. It is written when a provider fails, and when it works again after that: never for each step. */
export class SqliteBreakerStore implements BreakerStore {
  constructor(private readonly database: Database) {}

  load(): BreakerRecord[] {
    const rows = this.database.all(
      `SELECT provider, failures, openings, opened_at_ms AS openedAtMs, rest_ms AS restMs, last_error AS lastError FROM breakers`,
    );
    return z.array(rowSchema).parse(rows);
  }

  save(record: BreakerRecord): void {
    this.database.run(
      `INSERT INTO breakers (provider, failures, openings, opened_at_ms, rest_ms, last_error)
       VALUES (@provider, @failures, @openings, @openedAtMs, @restMs, @lastError)
       ON CONFLICT (provider) DO UPDATE SET failures = @failures, openings = @openings, opened_at_ms = @openedAtMs,
         rest_ms = @restMs, last_error = @lastError`,
      { ...record },
    );
  }

  remove(provider: string): void {
    this.database.run('DELETE FROM breakers WHERE provider = @provider', { provider });
  }
}
