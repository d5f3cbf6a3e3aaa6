import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createContext,
  type ContextParts,
  type ContextSource,
  type NewContextItem,
  type RunContext,
} from '../../../daemon/context/index.js';
import { createLogger, type Clock } from '../../../daemon/kernel/index.js';
import { openDatabase, type Database } from '../../../daemon/storage/index.js';

/** A clock that only the test turns. */
export class TurnableClock implements Clock {
  constructor(private ms = 1_700_000_000_000) {}
  nowMs(): number {
    return this.ms;
  }
  monotonicMs(): number {
    return this.ms;
  }
  sleep(milliseconds: number): Promise<void> {
    this.ms += milliseconds;
    return Promise.resolve();
  }
  turn(milliseconds: number): void {
    this.ms += milliseconds;
  }
}

export interface ContextBench extends ContextParts {
  readonly database: Database;
  readonly clock: TurnableClock;
  readonly folder: string;
  /** Lines of the log, warnings and errors. */
  readonly log: string[];
  close(): Promise<void>;
}

export function openContextBench(folder: string, options: { ruleFolder?: string; clock?: TurnableClock } = {}): ContextBench {
  mkdirSync(folder, { recursive: true });
  const clock = options.clock ?? new TurnableClock();
  const log: string[] = [];
  const database = openDatabase(join(folder, 'grym.sqlite'));
  const logger = createLogger({ level: 'warn', format: 'json', write: (line) => log.push(line) });
  const parts = createContext({ database, dataFolder: folder, ruleFolder: options.ruleFolder ?? null, clock, logger });
  const close = async (): Promise<void> => {
    await parts.store.dispose();
    database.dispose();
  };
  return { ...parts, database, clock, folder, log, close };
}

export function source(path: string, position: string, more: Partial<ContextSource> = {}): ContextSource {
  const step = path.split('/').at(-1) ?? path;
  return { path, scope: '', position, step, capability: null, atMs: 1_700_000_000_000, ...more };
}

export function item(field: string, value: NewContextItem['value'], more: Partial<NewContextItem> = {}): NewContextItem {
  return { category: 'audio-parameters', field, value, rank: 'analysis', ...more };
}

export function beginRun(bench: ContextBench, runId: string, items: readonly NewContextItem[] = [], workflow = 'vary'): RunContext {
  return bench.database.transaction(() => bench.store.begin({ runId, workflow, atMs: bench.clock.nowMs() }, items));
}

export function commit(bench: ContextBench, context: RunContext, at: ContextSource, items: readonly NewContextItem[]): void {
  bench.database.transaction(() => context.commit(at, items));
}
