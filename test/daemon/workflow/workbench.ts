import { join } from 'node:path';
import { ClipIndex, ClipLibrary } from '../../../daemon/audio/index.js';
import { createContext } from '../../../daemon/context/index.js';
import { createLogger, systemClock } from '../../../daemon/kernel/index.js';
import { FileBlobStore, lockDataFolder, openDatabase, type Database } from '../../../daemon/storage/index.js';
import {
  createWorkflow,
  discoverSteps,
  type RunRecord,
  type RunState,
  type SlotKeeper,
  type Workflow,
  type WorkflowOptions,
} from '../../../daemon/workflow/index.js';
import { FakeBridgeDirectory } from '../doubles/fake-bridge-directory.js';
import { FakeGenerator } from '../doubles/fake-generator.js';

export const BRIDGE_A = '0a000000-0000-4000-8000-000000000001';
export const BRIDGE_B = '0b000000-0000-4000-8000-000000000002';

export interface Workbench {
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly generator: FakeGenerator;
  readonly bridges: FakeBridgeDirectory;
  readonly workflow: Workflow;
  readonly slots: SlotKeeper;
  close(): Promise<void>;
}

type Overrides = Partial<WorkflowOptions['settings']> & {
  maximumStepAttempts?: number;
  bridges?: FakeBridgeDirectory;
  generator?: FakeGenerator;
};

const catalogue = await discoverSteps();

/** The workflow on a real database and library, with a double for the generator and the bridges. Not started. */
export function openWorkbench(folder: string, overrides: Overrides = {}): Workbench {
  const { maximumStepAttempts, bridges = new FakeBridgeDirectory(), generator = new FakeGenerator(), ...settings } = overrides;
  const lock = lockDataFolder(folder);
  const database = openDatabase(join(folder, 'grym.sqlite'));
  const logger = createLogger({ level: 'silent', format: 'plain' });
  const library = new ClipLibrary(new FileBlobStore(join(folder, 'clips'), '.wav'), new ClipIndex(database), systemClock, logger);
  const { store: contexts } = createContext({ database, dataFolder: folder, ruleFolder: null, clock: systemClock, logger });
  const { workflow, slots } = createWorkflow({
    ...{ catalogue, contexts },
    database,
    library,
    generator,
    bridges,
    clock: systemClock,
    logger,
    settings: {
      sampleRate: 48_000,
      concurrentRuns: 1,
      maximumWaitingRuns: 32,
      generateDeadlineSeconds: 30,
      slotDeadlineSeconds: 5,
      finishedRunsKept: 1_000,
      workflowFolder: null,
      workThreads: 0,
      workMemoryMegabytes: 0,
      cacheMegabytes: 1,
      ...settings,
    },
    ...(maximumStepAttempts !== undefined && { maximumStepAttempts }),
  });
  const close = async (): Promise<void> => {
    await workflow.dispose();
    await contexts.dispose();
    database.dispose();
    await lock.dispose();
  };
  return { database, library, generator, bridges, workflow, slots, close };
}

/** Resolves when a run is in the state, without looking again and again. */
export function untilState(workflow: Workflow, runId: string, state: RunState): Promise<RunRecord> {
  return new Promise((resolve) => {
    const stop = workflow.onEvent(({ run }) => {
      if (run.runId === runId && run.state === state) settle(run);
    });
    const settle = (run: RunRecord): void => {
      stop();
      resolve(run);
    };
    const now = workflow.get(runId);
    if (now.state === state) settle(now);
  });
}
