import { existsSync } from 'node:fs';
import type { AudioWorkshop, BridgeDirectory, CaptureSources, ClipLibrary } from '../audio/index.js';
import type { ContextHooks } from '../context/index.js';
import { systemTimers, type Clock, type Logger, type Timers } from '../kernel/index.js';
import { builtInRoles, Roles, type Generator, type ProviderSource } from '../models/index.js';
import { Breakers, MAXIMUM_INTERRUPTIONS, SqliteBreakerStore } from '../recovery/index.js';
import { LocalLedger, workBudget, type ResourceLedger, type WorkBudget } from '../resources/index.js';
import type { Database } from '../storage/index.js';
import { Capabilities, type PreferenceStore, type StepCatalogue } from './catalogue/index.js';
import { builtInWorkflowFolder, loadWorkflowLibrary, type WorkflowLibrary } from './definition/index.js';
import { BridgeWaits, Dispatcher, RunJournal, StepCache, StepJournal, WorkflowEngine } from './engine/index.js';
import { RecoveringExecutor, type StepExecutor } from './execution/index.js';
import { createPlanning } from './planning.js';
import { FairStepQueue } from './queue/index.js';
import { SlotJournal } from './slot-journal.js';
import { SlotDelivery } from './slot-keeper.js';
import type { StepServices } from './steps-services.js';
import { createAudioStepServices, registerAudioProviders, registerRoles } from './steps/shared/services.js';
import type { SlotKeeper, Workflow } from './types.js';

export interface WorkflowOptions {
  readonly database: Database;
  readonly library: ClipLibrary;
  /** The built-in one. */
  readonly generator: Generator;
  /** Installed models and configured servers; without it only what is built in fills the roles. */
  readonly models?: ProviderSource;
  /** Whom the user prefers for what; without it the order is the built-in one. */
  readonly preferences?: PreferenceStore;
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
  /** The account that others share, such as model hosts; without it one of its own. */
  readonly ledger?: ResourceLedger & { dispose(): void };
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
  const { models, preferences, audio } = options;
  const roles = new Roles(audio === undefined ? { generators: [generator] } : builtInRoles(audio.workshop, [generator]), models);
  const capabilities = new Capabilities({ threadsOf: (provider) => roles.threadsOf(provider), ...(preferences && { preferences }) });
  const withdrawRoles = registerRoles(capabilities, roles);
  const budget = workflowBudget(settings);
  const ledger = options.ledger ?? new LocalLedger({ budget, clock, timers, logger });
  const breakers = new Breakers({ store: new SqliteBreakerStore(database), clock, timers, logger });
  const maximumStepAttempts = options.maximumStepAttempts ?? MAXIMUM_INTERRUPTIONS;
  const executor =
    options.executor ??
    new RecoveringExecutor({ ledger, breakers, capabilities, clock, timers, logger, maximumInterruptions: maximumStepAttempts });
  // The steps look into the engine that runs them: bound late.
  const late: { engine?: WorkflowEngine } = {};
  const planning = createPlanning({ catalogue, capabilities, library: () => engineOf(late).workflowLibrary });
  const services: StepServices = {
    ...{ database, library, bridges, slots, slotJournal, roles, clock },
    ...audioServices(options, { capabilities, roles }, late),
    bridgesMayReturn: () => waits.bridgesMayReturn,
    planning,
    get plannedRuns() {
      return engineOf(late).plannedRuns;
    },
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
    planning,
    acceptance: { catalogue, capabilities, bridges, slotJournal, slots, clock, defaultSampleRate: settings.sampleRate },
    loadLibrary: (): WorkflowLibrary => loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user: workflowFolder }, catalogue.facts),
    disposeParts: () => {
      withdrawRoles();
      ledger.dispose();
    },
  });
  late.engine = engine;
  return { workflow: engine, slots, capabilities, ledger, breakers };
}

function engineOf({ engine }: { readonly engine?: WorkflowEngine }): WorkflowEngine {
  if (engine === undefined) throw new Error('the engine is not there yet');
  return engine;
}

/** Who says how many runs may work at once has said that there are threads for them, unless these are counted out too. */
export function workflowBudget(
  settings: Pick<WorkflowOptions['settings'], 'workThreads' | 'workMemoryMegabytes' | 'concurrentRuns'>,
): WorkBudget {
  const budget = workBudget(settings);
  return settings.workThreads > 0 ? budget : { ...budget, threads: Math.max(budget.threads, settings.concurrentRuns) };
}

function audioServices(
  { database, library, bridges, clock, audio }: WorkflowOptions,
  { capabilities, roles }: { readonly capabilities: Capabilities; readonly roles: Roles },
  late: { readonly engine?: WorkflowEngine },
): Partial<StepServices> {
  if (audio === undefined) return {};
  const services = createAudioStepServices({
    ...{ database, library, bridges, clock, roles, ...audio },
    preferredEmbedder: () => capabilities.providers('embed.audio')[0]?.provider ?? null,
    contextOf: (runId) => engineOf(late).contextOf(runId),
  });
  registerAudioProviders(capabilities, services);
  return services;
}
