import type { z } from 'zod';
import type { NewContextItem } from '../../context/index.js';
import type { JsonObject, JsonValue } from '../../kernel/index.js';

/** How often a step may run without harm; in any case its result commits once. */
export type Idempotency =
  /** The result is a function of the input alone. */
  | 'pure'
  /** Doing it again leads to the same state of the world. */
  | 'idempotent'
  /** Each new start of it shows outside (a slot is loaded again), but carries the same key. */
  | 'keyed';

/** What a step will probably need; leases and the cache's eviction go by it. */
export interface CostEstimate {
  readonly threads: number;
  readonly memoryBytes: number;
  readonly seconds: number;
}

/** A way to fulfil a capability that is there now. */
export interface CapabilityProvider {
  readonly provider: string;
  /** Of the code or of the model's weights: part of the cache's key. */
  readonly version: string;
}

/** What a running step has at hand. */
export interface StepIo<Prepared> {
  readonly runId: string;
  readonly path: string;
  /** The same for every start of this activation, in this process or a later one. */
  readonly idempotencyKey: string;
  /** 1 for the first start, over all processes. */
  readonly attempt: number;
  /** Of the provider that was chosen; null where the step names no capability. */
  readonly provider: CapabilityProvider | null;
  /** What `prepare` returned, from the journal where this is not the first start. */
  readonly prepared: Prepared;
  /** Fires when the run is cancelled, its deadline or the step's passes, or the daemon stops. */
  readonly signal: AbortSignal;
  /** 0 … 1 of this step, with a word on what happens now. */
  readonly progress: (fraction: number, stage: string) => void;
}

export interface DecisionOption {
  /** What the user types. */
  readonly id: string;
  readonly label: string;
  readonly clip: string | null;
}

/** What a step waits for, holding neither threads nor memory. */
export type WaitReason =
  | {
      readonly kind: 'decision';
      readonly question: string;
      readonly options: readonly DecisionOption[];
      readonly multiple: boolean;
      /** What the question is about, where it needs more than a sentence: shown under it as it stands. */
      readonly details?: string | undefined;
      /** The answer may carry a workflow document (YAML), which `answer` is given. */
      readonly takesDocument?: boolean | undefined;
    }
  /** The step is run again when that run, which is part of its own, has ended. */
  | { readonly kind: 'run'; readonly runId: string }
  | {
      readonly kind: 'bridge';
      readonly bridgeId: string;
      /** Of several that wait for one slot the step of the newest run waits on; the others are run again and end. */
      readonly slot?: number | undefined;
      /** Only while bridges may still be on their way to a daemon that has just started; then the step is run again in any case. */
      readonly onlyDuringGrace?: boolean | undefined;
    };

export type StepOutcome<Output> =
  | {
      readonly kind: 'done';
      readonly output: Output;
      /** Facts for the run's context. */
      readonly items?: readonly NewContextItem[];
      /** Why the result is as it is, one sentence each. */
      readonly explanation?: readonly string[];
      /** The result is less than what was asked for, and the run says so: it ends as `library-only` with this note. */
      readonly libraryOnly?: string;
    }
  /** A decision's answer is the output; for anything else the step is run again when what it waits for is there. */
  | { readonly kind: 'wait'; readonly reason: WaitReason };

/**
 * One kind of step: everything the engine, the validator, the planner and the documents need to know of it. Lives in one file
 * of `steps/`, whose name is the step's name; being there is all the registration it needs.
 */
export interface StepDefinition<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
  Services = unknown,
  Prepared extends JsonValue = JsonValue,
> {
  /** Kebab-case. */
  readonly name: string;
  /** One line for lists, documents and the planner. */
  readonly help: string;
  /** Raised when the same input would give another result: part of the cache's key. */
  readonly version: number;
  /** A strict object; every field described. */
  readonly input: Input;
  readonly output: Output;
  /** Named by role, never by model, such as `generate.audio.from-text`; null where nothing but the daemon is needed. */
  readonly capability: string | null;
  /** Further capabilities that the result depends on; who fulfils them is part of the cache's key. Default none. */
  readonly uses?: readonly string[];
  readonly idempotency: Idempotency;
  readonly cacheable: boolean;
  /** False: a planner does not know of it, and a plan must not use it. Default true. */
  readonly plannable?: boolean;
  /**
   * Fills in what the input leaves open and the configuration says, where the result depends on it: part of the input then, in the
   * journal and in the cache's key. Called before the first start.
   */
  readonly complete?: (input: z.output<Input>, services: Services) => z.output<Input>;
  readonly cost: (input: z.output<Input>) => CostEstimate;
  /** Longest time of one attempt, in milliseconds. */
  readonly deadlineMs: number;
  /** Clips (by hash) that the output names: a cached result counts only while they are all there. */
  readonly clips?: (output: z.output<Output>) => readonly string[];
  /** Settings that need less, for the recovery of a lack of resources; null where it does not get smaller. */
  readonly smaller?: (input: z.output<Input>) => { readonly input: z.output<Input>; readonly what: string } | null;
  /**
   * Part of the transaction that journals a start; what it returns is journalled and given to every start. Called at the first
   * start, and at later ones only as long as it has returned null.
   */
  readonly prepare?: (
    input: z.output<Input>,
    services: Services,
    io: Omit<StepIo<Prepared>, 'prepared' | 'progress' | 'signal'>,
  ) => Prepared;
  /** Throws GrymError; its kind decides what happens then. */
  readonly run: (input: z.output<Input>, services: Services, io: StepIo<Prepared>) => Promise<StepOutcome<z.output<Output>>>;
  /**
   * The output that the answer to a decision stands for; the ids are those of options that were offered, each once; `document` only
   * where the question takes one. Throws GRYM_DECISION_INVALID or GRYM_WORKFLOW_INVALID, and the run waits on. Needed where `run` may
   * wait for a decision.
   */
  readonly answer?: (input: z.output<Input>, chosen: readonly string[], services: Services, document: string | null) => z.output<Output>;
  /** Part of the transaction that commits the result. */
  readonly commit?: (output: z.output<Output>, services: Services, io: Omit<StepIo<Prepared>, 'progress' | 'signal'>) => void;
  /** Part of the transaction that ends the activation without a result (failed, cancelled). */
  readonly abandon?: (input: z.output<Input>, services: Services, io: Omit<StepIo<Prepared>, 'progress' | 'signal'>) => void;
}

/** A definition whose types are hidden, so that all of them fit into one catalogue. Parse with `input`, then call. */
export type AnyStepDefinition = Omit<
  StepDefinition,
  'complete' | 'cost' | 'clips' | 'smaller' | 'prepare' | 'run' | 'answer' | 'commit' | 'abandon'
> & {
  readonly complete?: (input: JsonObject, services: unknown) => JsonObject;
  readonly cost: (input: JsonObject) => CostEstimate;
  readonly clips?: (output: JsonValue) => readonly string[];
  readonly smaller?: (input: JsonObject) => { readonly input: JsonObject; readonly what: string } | null;
  readonly prepare?: (input: JsonObject, services: unknown, io: Omit<StepIo<JsonValue>, 'prepared' | 'progress' | 'signal'>) => JsonValue;
  readonly run: (input: JsonObject, services: unknown, io: StepIo<JsonValue>) => Promise<StepOutcome<JsonValue>>;
  readonly answer?: (input: JsonObject, chosen: readonly string[], services: unknown, document: string | null) => JsonValue;
  readonly commit?: (output: JsonValue, services: unknown, io: Omit<StepIo<JsonValue>, 'progress' | 'signal'>) => void;
  readonly abandon?: (input: JsonObject, services: unknown, io: Omit<StepIo<JsonValue>, 'progress' | 'signal'>) => void;
};

/** Declares a step; the one place where its types are hidden. */
export function defineStep<Input extends z.ZodObject, Output extends z.ZodType, Services, Prepared extends JsonValue = null>(
  definition: StepDefinition<Input, Output, Services, Prepared>,
): AnyStepDefinition {
  return definition as unknown as AnyStepDefinition;
}
