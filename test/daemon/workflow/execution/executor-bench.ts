import { join } from 'node:path';
import { z } from 'zod';
import { createLogger, systemTimers, type Timers } from '../../../../daemon/kernel/index.js';
import { Breakers, runRetryBudget, SqliteBreakerStore } from '../../../../daemon/recovery/index.js';
import { LocalLedger } from '../../../../daemon/resources/index.js';
import { openDatabase, type Database } from '../../../../daemon/storage/index.js';
import { Capabilities, defineStep, type AnyStepDefinition, type CapabilityProvider } from '../../../../daemon/workflow/catalogue/index.js';
import {
  RecoveringExecutor,
  type ExecutionOutcome,
  type FurtherStart,
  type StepOrder,
  type TriedEntry,
} from '../../../../daemon/workflow/execution/index.js';
import { FakeClock } from '../../doubles/fake-clock.js';

export const CAPABILITY = 'test.sound';
const GIB = 2 ** 30;

/** What a test step does in one attempt; `size` is what smaller settings lower. */
export interface Attempt {
  readonly provider: string | null;
  readonly size: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number, stage: string) => void;
}
export type Act = (attempt: Attempt) => Promise<unknown>;

export interface StepOptions {
  readonly capability?: string | null;
  readonly canShrink?: boolean;
  readonly deadlineMs?: number;
  readonly threads?: number;
  readonly memoryBytes?: (size: number) => number;
}

/** A step whose one output is a sound's name. */
export function testStep(act: Act, options: StepOptions = {}): AnyStepDefinition {
  return defineStep({
    name: 'make-sound',
    help: 'Makes a sound for a test.',
    version: 1,
    input: z.strictObject({ size: z.int().min(1).default(8), name: z.string().default('') }),
    output: z.strictObject({ sound: z.string() }),
    capability: options.capability === undefined ? CAPABILITY : options.capability,
    idempotency: 'pure',
    cacheable: false,
    cost: ({ size }) => ({ threads: options.threads ?? 0, memoryBytes: options.memoryBytes?.(size) ?? 0, seconds: 1 }),
    deadlineMs: options.deadlineMs ?? 5_000,
    ...(options.canShrink === true && {
      smaller: (input: { size: number; name: string }) =>
        input.size > 1 ? { input: { ...input, size: input.size / 2 }, what: `size ${input.size / 2} instead of ${input.size}` } : null,
    }),
    async run({ size }, _services, { provider, attempt, signal, progress }) {
      const output = await act({ provider: provider?.provider ?? null, size, attempt, signal, progress });
      return { kind: 'done', output: output as { sound: string } };
    },
  });
}

/** The executor over a real ledger and real breakers. Retries and rests go by a clock that is turned; deadlines of attempts are real. */
export class ExecutorBench {
  clock = new FakeClock();
  readonly capabilities = new Capabilities();
  readonly database: Database;
  readonly ledger: LocalLedger;
  breakers: Breakers;
  executor: RecoveringExecutor;
  readonly starts: FurtherStart[] = [];
  readonly tried: TriedEntry[] = [];
  readonly stages: string[] = [];

  constructor(
    folder: string,
    private readonly options: { providers?: readonly string[]; timers?: Timers; graceMs?: number } = {},
  ) {
    this.database = openDatabase(join(folder, 'grym.db'));
    for (const provider of options.providers ?? ['first']) this.capabilities.register(CAPABILITY, { provider, version: '1' });
    this.ledger = new LocalLedger({ budget: { threads: 2, memoryBytes: 4 * GIB }, clock: this.clock, timers: this.clock });
    this.breakers = this.newBreakers();
    this.executor = this.newExecutor();
  }

  /** As a new process begins: only what the database holds is left of the breakers. */
  restart(): void {
    this.clock = new FakeClock(this.clock.nowMs());
    this.breakers = this.newBreakers();
    this.executor = this.newExecutor();
  }

  order(definition: AnyStepDefinition, changes: Partial<StepOrder> = {}): StepOrder {
    return {
      ...{ definition, input: {}, services: null },
      ...{ runId: 'run1', path: 'sounds[0]/make', idempotencyKey: 'key1', prepared: null },
      provider: this.firstProvider(definition),
      ...{ attempt: 1, tried: [], answer: null, priority: 0, deadlineAtMs: null, attempts: null, deadlineMs: null, mayAsk: false },
      budget: runRetryBudget(),
      signal: new AbortController().signal,
      progress: (_fraction, stage) => this.stages.push(stage),
      onStart: (start) => this.starts.push(start),
      onTried: (entry) => this.tried.push(entry),
      ...changes,
    };
  }

  /** Carries it out, turning the clock on wherever nothing else is to be waited for. */
  execute(definition: AnyStepDefinition, changes: Partial<StepOrder> = {}): Promise<ExecutionOutcome> {
    return this.clock.turnUntil(this.executor.execute(this.order(definition, changes)));
  }

  dispose(): void {
    this.ledger.dispose();
    this.database.dispose();
  }

  private firstProvider(definition: AnyStepDefinition): CapabilityProvider | null {
    return this.executor.chooseProvider(definition);
  }

  private newBreakers(): Breakers {
    return new Breakers({ store: new SqliteBreakerStore(this.database), clock: this.clock, timers: this.clock });
  }

  private newExecutor(): RecoveringExecutor {
    const { capabilities, ledger, breakers, clock } = this;
    return new RecoveringExecutor({
      ...{ capabilities, ledger, breakers, clock },
      timers: this.options.timers ?? systemTimers,
      logger: createLogger({ level: 'silent', format: 'json' }),
      random: () => 0.5,
      graceMs: this.options.graceMs ?? 200,
    });
  }
}
