import type { BridgeDirectory, ClipLibrary } from '../audio/index.js';
import type { Clock, Logger } from '../kernel/index.js';
import type { Generator } from '../models/index.js';
import type { Database } from '../storage/index.js';
import { MainJob } from './main-job.js';
import { RunEngine } from './run-engine.js';
import { RunJournal } from './run-journal.js';
import { SlotJournal } from './slot-journal.js';
import { SlotDelivery } from './slot-keeper.js';
import type { SlotKeeper, Workflow } from './types.js';

export * from './types.js';
export * from './catalogue/index.js';
export * from './definition/index.js';
export type { NextCommand, ProviderDirectory, TriedEntry } from './execution/index.js';
export type { StepServices } from './steps-services.js';

export interface WorkflowOptions {
  readonly database: Database;
  readonly library: ClipLibrary;
  readonly generator: Generator;
  readonly bridges: BridgeDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the configuration. */
  readonly settings: {
    readonly sampleRate: number;
    readonly concurrentRuns: number;
    readonly maximumWaitingRuns: number;
    readonly generateDeadlineSeconds: number;
    readonly slotDeadlineSeconds: number;
    readonly finishedRunsKept: number;
  };
  /** A step that was started this often without an end, over all processes, is given up. Default 10. */
  readonly maximumStepAttempts?: number;
}

/** Puts the parts together; `workflow.start()` takes up open runs. */
export function createWorkflow(options: WorkflowOptions): { workflow: Workflow; slots: SlotKeeper } {
  const { database, library, generator, bridges, clock, logger, settings } = options;
  const journal = new RunJournal(database, settings.finishedRunsKept);
  const slotJournal = new SlotJournal(database);
  const slots = new SlotDelivery({
    journal: slotJournal,
    library,
    bridges,
    clock,
    slotDeadlineMs: settings.slotDeadlineSeconds * 1_000,
    promisedSlots: (bridgeId) => journal.promisedSlots(bridgeId),
  });
  const job = new MainJob({
    journal,
    slotJournal,
    slots,
    library,
    generator,
    bridges,
    clock,
    generateDeadlineMs: settings.generateDeadlineSeconds * 1_000,
    maximumStepAttempts: options.maximumStepAttempts ?? 10,
  });
  const workflow = new RunEngine({
    journal,
    library,
    job,
    acceptance: { bridges, slotJournal, slots, clock, defaultSampleRate: settings.sampleRate },
    clock,
    logger,
    concurrentRuns: settings.concurrentRuns,
    maximumWaitingRuns: settings.maximumWaitingRuns,
  });
  return { workflow, slots };
}
