import type { JsonObject, JsonValue } from '../kernel/index.js';

/** What the planner knows of a workflow that it may choose. */
export interface PlannableWorkflow {
  readonly name: string;
  readonly help: string;
  readonly inputs: { readonly [name: string]: PlannableInput };
}

export interface PlannableInput {
  readonly type: string;
  /** Absent where the caller must give it. */
  readonly default?: JsonValue;
  readonly optional: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly options?: readonly string[];
}

export interface PlanRequest {
  /** In words. */
  readonly request: string;
  /** What is known beside the words, by the names that inputs of workflows have: `bridge`, `slot`, `clip`, `tempoBpm`, `key`, `bars`, … */
  readonly known: JsonObject;
  readonly workflows: readonly PlannableWorkflow[];
  /** Steps that a plan may be made of; a planner of templates does without. */
  readonly steps: readonly PlannableStep[];
  /** The mistakes of a workflow document, one line each: where, what was expected, what to do. Empty where it is right. */
  readonly check: (document: string) => readonly string[];
  /** What earlier plans of this request led to, oldest first; empty for the first plan. */
  readonly earlier: readonly PlanAttempt[];
}

/** A step of the catalogue, as a planner needs to know it. */
export interface PlannableStep {
  readonly name: string;
  readonly help: string;
  /** JSON Schema of its parameters and of its output. */
  readonly input: JsonObject;
  readonly output: JsonObject;
  /** False: nothing that is installed can do it now. */
  readonly available: boolean;
}

/** A plan that was carried out. */
export interface PlanAttempt {
  readonly document: string;
  readonly outcome: 'done' | 'failed';
  /** What came of it, or what failed, one sentence each. */
  readonly summary: readonly string[];
}

/** What a planner understood of the request; null where it says nothing of it. */
export interface PlanFacts {
  readonly tempoBpm: number | null;
  readonly key: string | null;
  /** "7/8". */
  readonly metre: string | null;
  readonly bars: number | null;
  readonly instrument: string | null;
}

export interface Plan {
  /** Of the library, where the plan is one workflow with inputs; null where it is a document of its own. */
  readonly workflow: string | null;
  readonly inputs: JsonObject;
  readonly facts: PlanFacts;
  /** Who made it in the end: "templates" where a model's plan could not be used. */
  readonly provider: string;
  /** Why it was not the planner that was asked; null where it was. */
  readonly fallback: string | null;
  /** What the model thought before it answered, cut; empty where none did. */
  readonly thoughts: string;
  /** A workflow document that does it, in the format of the library: YAML. */
  readonly document: string;
  /** Why so, one sentence each. */
  readonly reasons: readonly string[];
}

/** The role "planner": from a request in words to a workflow. */
export interface Planner {
  readonly provider: string;
  readonly version: string;
  /** Throws GRYM_PLAN_IMPOSSIBLE; what a model does wrong is no error, but leads to the templates. */
  plan(request: PlanRequest, options: PlanOptions): Promise<Plan>;
  /** After the last of `earlier` was carried out: whether that is what was asked for, and what else to try. */
  review(request: PlanRequest, options: PlanOptions): Promise<Review>;
}

export interface PlanOptions {
  readonly signal: AbortSignal;
  /** Thoughts as they come. */
  readonly onThought?: ((text: string) => void) | undefined;
  readonly onProgress?: ((fraction: number, stage: string) => void) | undefined;
}

export type Review =
  | { readonly kind: 'satisfied'; readonly reason: string }
  | { readonly kind: 'replan'; readonly reason: string; readonly plan: Plan }
  | { readonly kind: 'give-up'; readonly reason: string };
