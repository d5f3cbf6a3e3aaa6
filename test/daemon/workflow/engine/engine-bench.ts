import { join } from 'node:path';
import { z } from 'zod';
import { ClipIndex, ClipLibrary } from '../../../../daemon/audio/index.js';
import { createContext, type ContextStore } from '../../../../daemon/context/index.js';
import { createLogger, jsonValueSchema, systemClock, type JsonObject } from '../../../../daemon/kernel/index.js';
import type { Planner } from '../../../../daemon/models/index.js';
import { FileBlobStore, lockDataFolder, openDatabase, type Database } from '../../../../daemon/storage/index.js';
import {
  createStepCatalogue,
  createWorkflow,
  defineStep,
  type AnyStepDefinition,
  type Capabilities,
  type RunHandle,
  type RunRecord,
  type RunRequest,
  type StepIo,
  type Workflow,
  type WorkflowOptions,
} from '../../../../daemon/workflow/index.js';
import { FakeBridgeDirectory } from '../../doubles/fake-bridge-directory.js';
import type { FakeClock } from '../../doubles/fake-clock.js';
import { FakeGenerator } from '../../doubles/fake-generator.js';

/** One start of a step's body. */
export interface Call {
  readonly runId: string;
  readonly path: string;
  readonly step: string;
  readonly attempt: number;
  readonly input: JsonObject;
}

type Behaviour = (call: Call, io: StepIo<never>) => Promise<void> | void;

export interface EngineBench {
  readonly workflow: Workflow;
  readonly database: Database;
  readonly contexts: ContextStore;
  readonly bridges: FakeBridgeDirectory;
  readonly capabilities: Capabilities;
  /** Bodies that were started, in order. */
  readonly calls: Call[];
  /** What `prepare` and `commit` hooks of the step `hooked` were called with, where their transaction was committed. */
  hooks(): string[];
  /** Called in each body; may wait or throw. */
  behave: Behaviour;
  start(): Promise<void>;
  /** A run of a document with these steps (YAML, indented as under `steps:`). */
  run(steps: string, request?: Partial<RunRequest> & { readonly head?: string }): RunHandle;
  /** Paths that were started, in order. */
  paths(): string[];
  close(): Promise<void>;
}

export type EngineBenchOptions = Partial<WorkflowOptions['settings']> & {
  readonly clock?: FakeClock;
  readonly maximumStepAttempts?: number;
  readonly steps?: readonly AnyStepDefinition[];
  readonly planners?: readonly Planner[];
};

const HOOKS = 'CREATE TABLE IF NOT EXISTS test_hooks (ordinal INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT';

function testSteps(bench: () => EngineBench): AnyStepDefinition[] {
  const input = z.strictObject({ value: jsonValueSchema.optional().describe('Handed on') });
  const output = z.strictObject({ value: jsonValueSchema.describe('As it was given') });
  const body = (step: string) => async (params: z.output<typeof input>, _services: unknown, io: StepIo<never>) => {
    const call = { runId: io.runId, path: io.path, step, attempt: io.attempt, input: params as JsonObject };
    bench().calls.push(call);
    await bench().behave(call, io);
    return { kind: 'done' as const, output: { value: params.value ?? null } };
  };
  const common = { input, output, version: 1, capability: null, deadlineMs: 60_000, idempotency: 'pure' } as const;
  const cost = { threads: 1, memoryBytes: 0, seconds: 1 };
  const note = (what: string): void => void bench().database.run('INSERT INTO test_hooks (what) VALUES (:what)', { what });
  return [
    defineStep({ ...common, name: 'work', help: 'Takes a thread.', cacheable: false, cost: () => cost, run: body('work') }),
    defineStep({
      ...common,
      name: 'light',
      help: 'Waits only.',
      cacheable: false,
      cost: () => ({ ...cost, threads: 0 }),
      run: body('light'),
    }),
    defineStep({ ...common, name: 'pure', help: 'Can be remembered.', cacheable: true, cost: () => cost, run: body('pure') }),
    defineStep({
      ...{ ...common, name: 'absent', help: 'Nobody does it.', cacheable: false, cost: () => cost, run: body('absent') },
      capability: 'test.absent',
    }),
    defineStep({
      ...{ ...common, name: 'hooked', help: 'Has hooks.', cacheable: false, cost: () => cost, run: body('hooked') },
      prepare: (_input, _services, { path, attempt }) => {
        note(`prepare ${path} ${attempt}`);
        return { from: attempt } as never;
      },
      commit: (_output, _services, { path }) => note(`commit ${path}`),
      abandon: (_input, _services, { path }) => note(`abandon ${path}`),
    }),
    defineStep({
      ...{ ...common, name: 'ask', help: 'Asks.', cacheable: false, cost: () => ({ ...cost, threads: 0 }) },
      output: z.strictObject({ chosen: z.string().describe('The answer') }),
      run: async (params, services: unknown, io) => {
        await body('ask')(params, services, io as StepIo<never>);
        const options = ['yes', 'no'].map((id) => ({ id, label: `Say ${id}`, clip: null }));
        return { kind: 'wait', reason: { kind: 'decision', question: 'Well?', options, multiple: false } };
      },
      answer: (_input, [chosen = '']) => ({ chosen }),
    }),
  ];
}

/** The engine with steps of its own, on a real database. Not started. */
export function openEngine(folder: string, options: EngineBenchOptions = {}): EngineBench {
  const { clock, maximumStepAttempts, steps = [], planners = [], ...settings } = options;
  const lock = lockDataFolder(folder);
  const database = openDatabase(join(folder, 'grym.sqlite'));
  database.run(HOOKS);
  const logger = createLogger({ level: 'silent', format: 'plain' });
  const time = clock ?? systemClock;
  const library = new ClipLibrary(new FileBlobStore(join(folder, 'clips'), '.wav'), new ClipIndex(database), time, logger);
  const { store: contexts } = createContext({ database, dataFolder: folder, ruleFolder: null, clock: time, logger });
  const bridges = new FakeBridgeDirectory();
  const catalogue = createStepCatalogue([...testSteps(() => bench), ...steps]);
  const { workflow, capabilities } = createWorkflow({
    ...{ database, library, bridges, contexts, catalogue, logger, clock: time, generator: new FakeGenerator() },
    ...(clock !== undefined && { timers: clock }),
    models: {
      current: () => ({ generators: [], embedders: [], describers: [], planners, transcribers: [] }),
      threadsOf: () => undefined,
      onChange: () => () => undefined,
    },
    ...(maximumStepAttempts !== undefined && { maximumStepAttempts }),
    settings: {
      ...{ sampleRate: 48_000, concurrentRuns: 1, maximumWaitingRuns: 1_000, generateDeadlineSeconds: 30, slotDeadlineSeconds: 5 },
      ...{ finishedRunsKept: 1_000, workflowFolder: null, workThreads: 0, workMemoryMegabytes: 0, cacheMegabytes: 1 },
      ...settings,
    },
  });
  const bench: EngineBench = {
    ...{ workflow, database, contexts, bridges, capabilities },
    calls: [],
    behave: () => undefined,
    hooks: () => (database.all('SELECT what FROM test_hooks ORDER BY ordinal') as { what: string }[]).map(({ what }) => what),
    start: () => workflow.start(),
    run: (nodes, { head = '', ...request } = {}) => {
      const text = `workflow: test\nversion: 1\ntitle: Test\nhelp: A test.\n${head}steps:\n${nodes}`;
      return workflow.run({ workflow: { text, fileName: 'test.yaml' }, inputs: {}, ...request });
    },
    paths: () => bench.calls.map(({ path }) => path),
    close: async () => {
      await workflow.dispose();
      await contexts.dispose();
      database.dispose();
      await lock.dispose();
    },
  };
  return bench;
}

/** Something that is let go by the test. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Resolves when a body of the step at `path` has been started. */
export function untilCalled(bench: EngineBench, path: string): Promise<Call> {
  return new Promise((resolve) => {
    const before = bench.behave;
    bench.behave = async (call, io) => {
      if (call.path === path) resolve(call);
      await before(call, io);
    };
  });
}

export function chain(...steps: readonly string[]): string {
  return steps.map((use, index) => `  - id: s${index + 1}\n    use: ${use}\n`).join('');
}

export function stateOf(bench: EngineBench, runId: string): RunRecord['state'] {
  return bench.workflow.get(runId).state;
}
