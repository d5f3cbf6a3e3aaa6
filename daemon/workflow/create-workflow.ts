import { existsSync } from 'node:fs';
import type { AudioWorkshop, BridgeDirectory, CaptureSources, ClipLibrary } from '../audio/index.js';
import type { ContextHooks } from '../context/index.js';
import { packageVersion, systemTimers, type Clock, type Logger, type Timers } from '../kernel/index.js';
import type { Generator } from '../models/index.js';
import { Breakers, MAXIMUM_INTERRUPTIONS, SqliteBreakerStore } from '../recovery/index.js';
import { LocalLedger, workBudget, type ResourceLedger, type WorkBudget } from '../resources/index.js';
import type { Database } from '../storage/index.js';
import { Capabilities, type StepCatalogue } from './catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary, type WorkflowLibrary } from './definition/index.js';
import { BridgeWaits, Dispatcher, RunJournal, StepCache, StepJournal, WorkflowEngine } from './engine/index.js';
import { RecoveringExecutor, type StepExecutor } from './execution/index.js';
import { FairStepQueue } from './queue/index.js';
import { SlotJournal } from './slot-journal.js';
import { SlotDelivery } from './slot-keeper.js';
import type { StepServices } from './steps-services.js';
import { createAudioStepServices, registerAudioProviders } from './steps/shared/services.js';
import type { SlotKeeper, Workflow } from './types.js';

export interface WorkflowOptions {
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly generator: Generator;
  readonly bridges: BridgeDirectory;
  readonly contexts: ContextHooks;
  readonly catalogue: StepCatalogue;
  /** For the steps that work on audio; without them these capabilities are not there. */
  readonly audio?: { readonly workshop: AudioWorkshop; readonly captureSources: CaptureSources };
  readonly clock: Clock;
  readonly timers?: Timers;
  readonly logger: Logger;
  /** Of the configuration. */
  readonly settings: {
    readonly sampleRate: number;
    readonly concurrentRuns: number;
    readonly maximumWaitingRuns: number;
    readonly generateDeadlineSeconds: number;
    readonly slotDeadlineSeconds: number;
    readonly finishedRunsKept: number;
    /** Null: the user has no workflows. */
    readonly workflowFolder: string | null;
    readonly workThreads: number;
    readonly workMemoryMegabytes: number;
    readonly cacheMegabytes: number;
  };
  /** A step that was started this often without an end, over all processes, is given up. Default 10. */
  readonly maximumStepAttempts?: number;
  /** Instead of the one that retries, for measurements and tests of the engine alone. */
  readonly executor?: StepExecutor;
}

export interface WorkflowParts {
  readonly workflow: Workflow;
  readonly slots: SlotKeeper;
  readonly capabilities: Capabilities;
  readonly ledger: ResourceLedger;
  readonly breakers: Breakers;
}

/** Puts the parts together; `workflow.start()` takes up open runs. */
export function createWorkflow(options: WorkflowOptions): WorkflowParts {
  const { database, library, generator, bridges, contexts, catalogue, clock, logger, settings, timers = systemTimers } = options;
  const runs = new RunJournal(database, settings.finishedRunsKept);
  const slotJournal = new SlotJournal(database);
  const slotDeadlineMs = settings.slotDeadlineSeconds * 1_000;
  const promisedSlots = (bridgeId: string): number[] => runs.promisedSlots(bridgeId);
  const slots = new SlotDelivery({ journal: slotJournal, library, bridges, clock, slotDeadlineMs, promisedSlots });
  const waits = new BridgeWaits(bridges, timers);
  const capabilities = new Capabilities();
  capabilities.register('generate.audio.from-text', { provider: generator.provider, version: packageVersion() });
  const budget = budgetOf(settings);
  const ledger = new LocalLedger({ budget, clock, timers, logger });
  const breakers = new Breakers({ store: new SqliteBreakerStore(database), clock, timers, logger });
  const maximumStepAttempts = options.maximumStepAttempts ?? MAXIMUM_INTERRUPTIONS;
  const executor =
    options.executor ??
    new RecoveringExecutor({ ledger, breakers, capabilities, clock, timers, logger, maximumInterruptions: maximumStepAttempts });
  // The steps look into the engine that runs them: bound late.
  const late: { engine?: WorkflowEngine } = {};
  const services: StepServices = {
    ...{ database, library, bridges, slots, slotJournal, generator, clock },
    ...audioServices(options, capabilities, late),
    bridgesMayReturn: () => waits.bridgesMayReturn,
    settings: {
      ...{ sampleRate: settings.sampleRate, slotDeadlineMs },
      generateDeadlineMs: settings.generateDeadlineSeconds * 1_000,
    },
  };
  const { concurrentRuns, maximumWaitingRuns, workflowFolder } = settings;
  const dispatcher = new Dispatcher(
    { queue: new FairStepQueue(), concurrentRuns, maximumSteps: Math.max(concurrentRuns, budget.threads) },
    runs.isQueuePaused(),
  );
  const engine = new WorkflowEngine({
    ...{
      database,
      runs,
      dispatcher,
      catalogue,
      capabilities,
      executor,
      contexts,
      services,
      library,
      bridges,
      waits,
      clock,
      timers,
      logger,
    },
    ...{ concurrentRuns, maximumWaitingRuns, maximumStepAttempts },
    steps: new StepJournal(database),
    cache: new StepCache({
      database,
      maximumBytes: settings.cacheMegabytes * 1e6,
      hasClip: (hash) => library.nameOf(hash) !== null && existsSync(library.pathOf(hash)),
      providerOf: (capability) => capabilities.providers(capability)[0] ?? null,
    }),
    acceptance: { catalogue, capabilities, bridges, slotJournal, slots, clock, defaultSampleRate: settings.sampleRate },
    loadLibrary: (): WorkflowLibrary => loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: workflowFolder }, catalogue.facts),
    disposeParts: () => ledger.dispose(),
  });
  late.engine = engine;
  return { workflow: engine, slots, capabilities, ledger, breakers };
}

/** Who says how many runs may work at once has said that there are threads for them, unless these are counted out too. */
function budgetOf(settings: WorkflowOptions['settings']): WorkBudget {
  const budget = workBudget(settings);
  return settings.workThreads > 0 ? budget : { ...budget, threads: Math.max(budget.threads, settings.concurrentRuns) };
}

function audioServices(
  { database, library, bridges, clock, audio }: WorkflowOptions,
  capabilities: Capabilities,
  late: { readonly engine?: WorkflowEngine },
): Partial<StepServices> {
  if (audio === undefined) return {};
  const engine = (): WorkflowEngine => {
    if (late.engine === undefined) throw new Error('the engine is not there yet');
    return late.engine;
  };
  const services = createAudioStepServices({
    ...{ database, library, bridges, clock, ...audio },
    plannable: () => engine().workflowLibrary.entries.filter(({ compiled }) => compiled !== null),
    contextOf: (runId) => engine().contextOf(runId),
  });
  registerAudioProviders(capabilities, services);
  return services;
}
