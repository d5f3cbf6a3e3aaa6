import { join } from 'node:path';
import { ClipIndex, ClipLibrary, createAudioWorkshop, type CaptureSources } from '../../../../daemon/audio/index.js';
import { createContext, type ContextHooks, type ContextStore } from '../../../../daemon/context/index.js';
import { createLogger, findPackageRoot, systemClock, type Clock } from '../../../../daemon/kernel/index.js';
import type { Generator } from '../../../../daemon/models/index.js';
import { FileBlobStore, lockDataFolder, openDatabase, type Database } from '../../../../daemon/storage/index.js';
import {
  createStepCatalogue,
  createWorkflow,
  discoverSteps,
  type SlotKeeper,
  type Workflow,
  type WorkflowOptions,
} from '../../../../daemon/workflow/index.js';
import { FakeBridgeDirectory } from '../../doubles/fake-bridge-directory.js';
import { FakeGenerator } from '../../doubles/fake-generator.js';
import { LastingGround, type CampaignGround } from './campaign-ground.js';
import { campaignSteps } from './campaign-steps.js';

export interface CampaignBench {
  readonly workflow: Workflow;
  readonly slots: SlotKeeper;
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly contexts: ContextStore;
  readonly bridges: FakeBridgeDirectory;
  readonly databaseFile: string;
  readonly documentFolder: string;
  /** Takes up what an earlier process left. */
  start(): Promise<void>;
  /** Documents of runs whose process was killed before it could write them are written after a start; resolves when they are. */
  reconciled(): Promise<void>;
  close(): Promise<void>;
}

export type CampaignBenchOptions = Partial<WorkflowOptions['settings']> & {
  readonly ground?: CampaignGround;
  readonly bridges?: FakeBridgeDirectory;
  readonly generator?: Generator;
  /** Pauses between attempts are so many times shorter than they are meant to be; everything else keeps its time. */
  readonly hurry?: number;
  /** With these the steps on audio are there too. */
  readonly captureSources?: CaptureSources;
};

export const CAMPAIGN_WORKFLOWS = join(findPackageRoot(), 'test/daemon/workflow/campaign-steps/workflows');

const MANY = 1_000_000;
// A process that is killed again and again starts a step more often than one that is not.
const STEP_STARTS = 1_000;

/** The engine as the daemon puts it together, on a real database, library and context store, with the campaign's steps among its own. */
export async function openCampaignBench(folder: string, options: CampaignBenchOptions = {}): Promise<CampaignBench> {
  const { ground, bridges = new FakeBridgeDirectory(), generator = new FakeGenerator(), captureSources, hurry = 1, ...settings } = options;
  const builtIn = await discoverSteps();
  const logger = createLogger({ level: 'error', format: 'plain' });
  const clock: Clock = { ...systemClock, sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / hurry, signal) };
  const lock = lockDataFolder(folder);
  const databaseFile = join(folder, 'grym.sqlite');
  const database = openDatabase(databaseFile);
  const library = new ClipLibrary(new FileBlobStore(join(folder, 'clips'), '.wav'), new ClipIndex(database), clock, logger);
  const { store: contexts } = createContext({ database, dataFolder: folder, ruleFolder: null, clock, logger });
  let reconciling = Promise.resolve();
  const hooks: ContextHooks = {
    begin: (run, items) => contexts.begin(run, items),
    load: (run) => contexts.load(run),
    forget: (runIds) => contexts.forget(runIds),
    check: (items) => contexts.check(items),
    reconcile: (openRunIds) => (reconciling = contexts.reconcile(openRunIds)),
  };
  const steps = campaignSteps(ground ?? new LastingGround(folder, database));
  const workshop = captureSources === undefined ? undefined : createAudioWorkshop();
  const { workflow, slots } = createWorkflow({
    ...{ database, library, generator, bridges, clock, logger },
    contexts: hooks,
    catalogue: createStepCatalogue([...builtIn.steps, ...steps]),
    ...(workshop !== undefined && captureSources !== undefined && { audio: { workshop, captureSources } }),
    maximumStepAttempts: STEP_STARTS,
    settings: {
      ...{ sampleRate: 48_000, concurrentRuns: 4, maximumWaitingRuns: MANY, generateDeadlineSeconds: 30, slotDeadlineSeconds: 5 },
      ...{ finishedRunsKept: MANY, workflowFolder: CAMPAIGN_WORKFLOWS, workThreads: 0, workMemoryMegabytes: 0, cacheMegabytes: 8 },
      ...settings,
    },
  });
  return {
    ...{ workflow, slots, database, library, contexts, bridges, databaseFile },
    documentFolder: join(folder, 'contexts'),
    async start() {
      await library.reconcile();
      await workflow.start();
    },
    reconciled: () => reconciling,
    async close() {
      await workflow.dispose();
      await reconciling;
      await workshop?.dispose();
      await contexts.dispose();
      database.dispose();
      await lock.dispose();
    },
  };
}
