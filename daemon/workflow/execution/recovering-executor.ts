import { setMaxListeners } from 'node:events';
import { systemClock, systemTimers, type JsonObject } from '../../kernel/index.js';
import { MAXIMUM_INTERRUPTIONS } from '../../recovery/index.js';
import type { AnyStepDefinition, CapabilityProvider } from '../catalogue/step-definition.js';
import { Execution, unavailable, type ExecutionParts } from './execution.js';
import type { ExecutionOutcome, StepExecutor, StepOrder } from './step-executor.js';
import { checkInput } from './step-schemas.js';

/** A step that has not got its lease by then fails, so that it does not wait unseen for ever. */
export const DEFAULT_LEASE_WAIT_MS = 600_000;
/** Steps listen to their signal at every turn; what has not stopped after this never will. */
export const DEFAULT_GRACE_MS = 1_000;

type Defaults = 'clock' | 'timers' | 'random' | 'leaseWaitMs' | 'graceMs' | 'maximumInterruptions';
export type RecoveringExecutorOptions = Omit<ExecutionParts, Defaults> & Partial<Pick<ExecutionParts, Defaults>>;

/** The executor that does what the table of recovery/ says. */
export class RecoveringExecutor implements StepExecutor {
  private readonly parts: ExecutionParts;

  constructor(options: RecoveringExecutorOptions) {
    this.parts = {
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      leaseWaitMs: DEFAULT_LEASE_WAIT_MS,
      graceMs: DEFAULT_GRACE_MS,
      maximumInterruptions: MAXIMUM_INTERRUPTIONS,
      ...options,
    };
  }

  chooseProvider(definition: AnyStepDefinition): CapabilityProvider | null {
    const { capability } = definition;
    if (capability === null) return null;
    const { capabilities, breakers } = this.parts;
    const providers = capabilities.providers(capability);
    const chosen = providers.find(({ provider }) => breakers.isAdmitting(provider)) ?? providers[0];
    if (chosen === undefined) throw unavailable(capabilities, capability, definition.name);
    return chosen;
  }

  completeInput(definition: AnyStepDefinition, params: JsonObject): JsonObject {
    return checkInput(definition, params);
  }

  execute(order: StepOrder): Promise<ExecutionOutcome> {
    // All steps of a run listen to one signal, and there may be many at a time: that is no leak.
    setMaxListeners(0, order.signal);
    return new Execution(this.parts, order).run();
  }
}
