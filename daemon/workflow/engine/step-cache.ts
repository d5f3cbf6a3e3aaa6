import { createHash } from 'node:crypto';
import { z } from 'zod';
import { newContextItemSchema, type NewContextItem } from '../../context/index.js';
import { canonicalJson, failpoint, jsonValueSchema, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { Database } from '../../storage/index.js';
import type { AnyStepDefinition, CapabilityProvider } from '../catalogue/index.js';
import type { CacheStatistics } from '../types.js';

/** What a step gave, whole enough to stand for running it. */
export interface CachedResult {
  readonly output: JsonValue;
  readonly items: readonly NewContextItem[];
  readonly explanation: readonly string[];
  /** `<run id>/<path>` of the step that ran. */
  readonly from: string;
}

const valueSchema = z.object({
  output: jsonValueSchema,
  items: z.array(newContextItemSchema),
  explanation: z.array(z.string()),
  from: z.string(),
});
const entrySchema = z.object({ value: z.string(), bytes: z.int(), cost_ms: z.number() });
const leastSchema = z.object({ key: z.string(), bytes: z.int(), worth: z.number() });
const totalsSchema = z.object({ entries: z.int(), bytes: z.int(), age: z.number() });

const identityOf = (provider: CapabilityProvider | null): JsonObject | null =>
  provider === null ? null : { provider: provider.provider, version: provider.version };

export interface StepCacheParts {
  readonly database: Database;
  readonly maximumBytes: number;
  readonly hasClip: (hash: string) => boolean;
  /** Who fulfils a capability now; null where nobody does. */
  readonly providerOf: (capability: string) => CapabilityProvider | null;
}

/**
 * Results of cacheable steps. Bounded by size; what goes first is by GreedyDual-Size (Cao and Irani, USITS 1997): the worth of
 * an entry is its cost in time for each byte over the worth of what went last, so that entries that are not asked for age.
 */
export class StepCache {
  private bytes: number;
  private entries: number;
  private hits = 0;
  private misses = 0;
  private evicted = 0;
  /** The worth of what went last. */
  private age: number;

  private readonly database: Database;
  private readonly maximumBytes: number;

  constructor(private readonly parts: StepCacheParts) {
    this.database = parts.database;
    this.maximumBytes = parts.maximumBytes;
    const totals = this.totals();
    this.bytes = totals.bytes;
    this.entries = totals.entries;
    this.age = totals.age;
  }

  /**
   * The same key means the same result: step and code version, input with its defaults and seed, provider and its version, and
   * those of every other capability that the step makes use of.
   */
  keyOf({ name, version, uses = [] }: AnyStepDefinition, input: JsonObject, provider: CapabilityProvider | null): string {
    const used = Object.fromEntries(uses.map((capability) => [capability, identityOf(this.parts.providerOf(capability))]));
    const identity: JsonObject = { step: name, version, input, provider: identityOf(provider), used };
    return createHash('sha256').update(canonicalJson(identity)).digest('hex');
  }

  /** Inside a transaction: a hit is worth more afterwards. An entry whose clips are gone is no hit, and goes. */
  find(key: string, definition: AnyStepDefinition): CachedResult | undefined {
    const row = this.database.get('SELECT value, bytes, cost_ms FROM step_cache WHERE key = :key', { key });
    if (row === undefined) {
      this.misses += 1;
      return undefined;
    }
    const { value, bytes, cost_ms } = entrySchema.parse(row);
    const result = valueSchema.parse(JSON.parse(value));
    const clips = definition.clips?.(result.output) ?? [];
    if (!clips.every((hash) => this.parts.hasClip(hash))) {
      this.remove(key, bytes);
      this.misses += 1;
      return undefined;
    }
    failpoint('cache.hit');
    this.database.run('UPDATE step_cache SET worth = :worth WHERE key = :key', { key, worth: this.worth(cost_ms, bytes) });
    this.hits += 1;
    return result;
  }

  /** Inside the transaction that commits the result. */
  put(key: string, result: CachedResult, costMs: number): void {
    const value = JSON.stringify(result);
    const bytes = Buffer.byteLength(value) + key.length;
    if (bytes > this.maximumBytes) return;
    this.evictFor(bytes);
    const changed = this.database.run(
      `INSERT INTO step_cache (key, value, bytes, cost_ms, worth) VALUES (:key, :value, :bytes, :costMs, :worth)
       ON CONFLICT (key) DO NOTHING`,
      { key, value, bytes, costMs, worth: this.worth(costMs, bytes) },
    );
    if (changed === 1) {
      this.bytes += bytes;
      this.entries += 1;
    }
    failpoint('cache.stored');
  }

  statistics(): CacheStatistics {
    const { entries, bytes, maximumBytes, hits, misses, evicted } = this;
    return { entries, bytes, maximumBytes, hits, misses, evicted };
  }

  /** To be called after a transaction was rolled back. */
  rolledBack(): void {
    const { bytes, entries } = this.totals();
    this.bytes = bytes;
    this.entries = entries;
  }

  private worth(costMs: number, bytes: number): number {
    return this.age + Math.max(0.001, costMs) / bytes;
  }

  private evictFor(bytes: number): void {
    while (this.bytes + bytes > this.maximumBytes && this.entries > 0) {
      const row = this.database.get('SELECT key, bytes, worth FROM step_cache ORDER BY worth LIMIT 1');
      if (row === undefined) return;
      const least = leastSchema.parse(row);
      this.age = least.worth;
      this.remove(least.key, least.bytes);
      this.evicted += 1;
    }
  }

  private remove(key: string, bytes: number): void {
    this.database.run('DELETE FROM step_cache WHERE key = :key', { key });
    this.bytes -= bytes;
    this.entries -= 1;
  }

  private totals(): { entries: number; bytes: number; age: number } {
    const row = this.database.get(
      'SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes, coalesce(min(worth), 0) AS age FROM step_cache',
    );
    return totalsSchema.parse(row);
  }
}
