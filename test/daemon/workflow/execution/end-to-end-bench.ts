import { join } from 'node:path';
import { z } from 'zod';
import { ClipIndex, ClipLibrary } from '../../../../daemon/audio/index.js';
import { createContext } from '../../../../daemon/context/index.js';
import { createLogger, systemClock } from '../../../../daemon/kernel/index.js';
import { FileBlobStore, lockDataFolder, openDatabase, type Database } from '../../../../daemon/storage/index.js';
import {
  createStepCatalogue,
  createWorkflow,
  defineStep,
  type AnyStepDefinition,
  type RunDetail,
  type RunHandle,
  type RunRecord,
  type Workflow,
  type WorkflowParts,
} from '../../../../daemon/workflow/index.js';
import { FakeBridgeDirectory } from '../../doubles/fake-bridge-directory.js';
import { FakeClock } from '../../doubles/fake-clock.js';
import { FakeGenerator } from '../../doubles/fake-generator.js';
import { CAPABILITY } from './executor-bench.js';

const DOCUMENT = `
workflow: recovery-trial
version: 1
title: Recovery trial
help: Makes a sound between two steps that only count
inputs:
  size: { type: integer, default: 8, minimum: 1, maximum: 64, help: Size of the sound }
steps:
  - id: before
    use: count-passes
    with:
      note: before
  - id: make
    use: make-sound
    MAKE
    with:
      size: \${ inputs.size }
  - id: after
    use: count-passes
    with:
      note: after
outputs:
  passes: \${ steps.after.passes }
`;

export interface TrialRequest {
  /** Further lines of the step that fails. */
  readonly make?: string;
  readonly whenStuck?: 'ask' | 'fail';
  readonly size?: number;
  readonly deadlineAtMs?: number | undefined;
}

export interface EndToEndOptions {
  readonly step: AnyStepDefinition;
  readonly providers?: readonly string[];
}

/** The engine as the daemon puts it together, on a real database; the pauses of recovery go by a clock that is turned. */
export class EndToEndBench {
  /** Notes of the steps that only count, in the order in which they ran. */
  readonly passes: string[] = [];
  clock = new FakeClock();
  private open: { parts: WorkflowParts; database: Database; close: () => Promise<void> };

  constructor(
    private readonly folder: string,
    private options: EndToEndOptions,
  ) {
    this.open = this.put();
  }

  get workflow(): Workflow {
    return this.open.parts.workflow;
  }

  get parts(): WorkflowParts {
    return this.open.parts;
  }

  /** Runs the workflow until it ends or waits for an answer. */
  run(request: TrialRequest = {}): Promise<RunDetail> {
    return this.settled(this.start(request));
  }

  start({ make = 'onFailure: stop', whenStuck = 'fail', size = 8, deadlineAtMs }: TrialRequest = {}): RunHandle {
    const text = DOCUMENT.replace('MAKE', make);
    return this.workflow.run({ workflow: { text, fileName: 'recovery-trial.yaml' }, inputs: { size }, whenStuck, deadlineAtMs });
  }

  async settled({ runId, settled }: { readonly runId: string; readonly settled: Promise<RunRecord> }): Promise<RunDetail> {
    await this.clock.turnUntil(settled).catch(() => undefined);
    return this.workflow.detail(runId);
  }

  /** As a new process begins, some time later: only what is in the journal is left. */
  async restart(passedMs: number, options: Partial<EndToEndOptions> = {}): Promise<void> {
    await this.close();
    this.options = { ...this.options, ...options };
    this.clock = new FakeClock(this.clock.nowMs() + passedMs);
    this.open = this.put();
    await this.workflow.start();
  }

  close(): Promise<void> {
    return this.open.close();
  }

  private put(): EndToEndBench['open'] {
    const { folder, clock } = this;
    const lock = lockDataFolder(folder);
    const database = openDatabase(join(folder, 'grym.sqlite'));
    const logger = createLogger({ level: 'silent', format: 'plain' });
    const library = new ClipLibrary(new FileBlobStore(join(folder, 'clips'), '.wav'), new ClipIndex(database), systemClock, logger);
    const { store: contexts } = createContext({ database, dataFolder: folder, ruleFolder: null, clock: systemClock, logger });
    const parts = createWorkflow({
      ...{ database, library, contexts, clock, logger, generator: new FakeGenerator(), bridges: new FakeBridgeDirectory() },
      catalogue: createStepCatalogue([this.options.step, this.countPasses()]),
      settings: {
        ...{ sampleRate: 48_000, concurrentRuns: 1, maximumWaitingRuns: 32, generateDeadlineSeconds: 30, slotDeadlineSeconds: 5 },
        ...{ finishedRunsKept: 1_000, workflowFolder: null, workThreads: 1, workMemoryMegabytes: 64, cacheMegabytes: 1 },
      },
    });
    for (const provider of this.options.providers ?? ['first']) parts.capabilities.register(CAPABILITY, { provider, version: '1' });
    const close = async (): Promise<void> => {
      await parts.workflow.dispose();
      await contexts.dispose();
      database.dispose();
      await lock.dispose();
    };
    return { parts, database, close };
  }

  private countPasses(): AnyStepDefinition {
    return defineStep({
      name: 'count-passes',
      help: 'Counts how often it ran.',
      version: 1,
      input: z.strictObject({ note: z.string().describe('What is noted') }),
      output: z.strictObject({ passes: z.int() }),
      capability: null,
      idempotency: 'pure',
      cacheable: false,
      cost: () => ({ threads: 0, memoryBytes: 0, seconds: 0 }),
      deadlineMs: 5_000,
      run: ({ note }) => Promise.resolve({ kind: 'done', output: { passes: this.passes.push(note) } }),
    });
  }
}
