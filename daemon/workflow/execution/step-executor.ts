import type { ErrorKind, GrymError, JsonObject, JsonValue } from '../../kernel/index.js';
import type { Lease } from '../../resources/index.js';
import type { CapabilityRegistry } from '../catalogue/capabilities.js';
import type { AnyStepDefinition, CapabilityProvider, DecisionOption, StepOutcome } from '../catalogue/step-definition.js';
import type { RunRetryBudget } from '../../recovery/index.js';

/** Who can fulfil a capability: what the executor needs of the registry. */
export type ProviderDirectory = Pick<CapabilityRegistry, 'providers' | 'missing'> & Partial<Pick<CapabilityRegistry, 'threadsOf'>>;

/** One failure of a step and what was done about it; journalled, so that the list survives a restart. */
export interface TriedEntry {
  /** Number of the start that failed, over all processes. */
  readonly attempt: number;
  readonly provider: string | null;
  readonly code: string;
  readonly kind: ErrorKind;
  /** For people, one or two sentences: what happened, and what was done then. */
  readonly words: string;
}

/** Something that can be done now, and the command that does it. */
export interface NextCommand {
  readonly what: string;
  readonly command: string;
}

/** A start that the engine is to journal before it is acted on. */
export interface FurtherStart {
  readonly attempt: number;
  readonly provider: CapabilityProvider | null;
  /** Differs from the order's where the step goes on with smaller settings. */
  readonly input: JsonObject;
}

/** One activation, as the engine has journalled it as started. */
export interface StepOrder {
  readonly definition: AnyStepDefinition;
  /** Checked against the definition's schema here; a mistake fails the step and is never tried again. */
  readonly input: JsonObject;
  readonly services: unknown;

  readonly runId: string;
  readonly path: string;
  readonly idempotencyKey: string;
  readonly prepared: JsonValue;
  /** What `chooseProvider` gave when the start was journalled. */
  readonly provider: CapabilityProvider | null;
  /** The start that is journalled already: 1 for the first over all processes. Starts that a process death ended are counted. */
  readonly attempt: number;
  /** What earlier processes tried, from the journal. */
  readonly tried: readonly TriedEntry[];
  /** Answer to an earlier `ask` of this activation, null where there was none. */
  readonly answer: string | null;

  readonly priority: number;
  /** Wall clock; null = the run has none. */
  readonly deadlineAtMs: number | null;
  /** From the workflow, over the policy of the error's kind: at most so many failures. Null = the policy's. */
  readonly attempts: number | null;
  /** From the workflow, over the definition's: longest time of one attempt. */
  readonly deadlineMs: number | null;
  /** True where the run may wait for a person when nothing else helps. */
  readonly mayAsk: boolean;
  readonly budget: RunRetryBudget;
  /** A lease that the engine has taken for the first attempt already; the executor gives it back. Absent = the executor takes one. */
  readonly lease?: Lease | undefined;
  /** Fires when the run is cancelled, its deadline passes or the daemon stops; its reason is a GrymError. */
  readonly signal: AbortSignal;

  readonly progress: (fraction: number, stage: string) => void;
  /** Journals a further start; called before it is acted on. What it throws ends the execution. */
  readonly onStart: (start: FurtherStart) => void;
  /** Called for each failure as it happens; it is enough to journal it with the next start or the end. */
  readonly onTried: (entry: TriedEntry) => void;
}

export type ExecutionOutcome =
  /** `outcome` may be a wait of the step itself. Its output fits the definition's schema. */
  | {
      readonly kind: 'done';
      readonly outcome: StepOutcome<JsonValue>;
      readonly provider: CapabilityProvider | null;
      readonly input: JsonObject;
      readonly attempt: number;
    }
  | { readonly kind: 'failed'; readonly error: GrymError; readonly next: readonly NextCommand[] }
  /**
   * The order's signal fired (cancelled, past the run's deadline or shutting down, as the error's code says), or the step itself says
   * that it was cancelled. A start that a shutdown ended is not to be counted as an attempt.
   */
  | { readonly kind: 'stopped'; readonly error: GrymError }
  /** A person is asked; the same order with the answer's option id as `answer` goes on. Holds nothing meanwhile. */
  | { readonly kind: 'ask'; readonly error: GrymError; readonly question: string; readonly options: readonly DecisionOption[] };

/** Carries out one activation: lease, deadline, attempts, retries, breakers, other providers, smaller settings. */
export interface StepExecutor {
  /**
   * The provider that the step would run with now, by the directory's order and the breakers: the one for the cache's key and
   * the journalled start. Null for a step without a capability. Throws GRYM_CAPABILITY_UNAVAILABLE where there is none.
   */
  chooseProvider(definition: AnyStepDefinition): CapabilityProvider | null;
  /** The input with its defaults, as it is journalled and keyed. Throws GRYM_STEP_INPUT_INVALID. */
  completeInput(definition: AnyStepDefinition, params: JsonObject): JsonObject;
  /** Never rejects for what the step does; rejects only with what `onStart` or `onTried` throw. */
  execute(order: StepOrder): Promise<ExecutionOutcome>;
}
