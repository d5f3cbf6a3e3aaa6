import type { JsonObject, JsonValue } from '../kernel/index.js';
import type { AudioContext } from './audio-context.js';
import type { ContextItem, ContextRank, NewContextItem } from './context-item.js';

export interface ContextRun {
  readonly runId: string;
  readonly workflow: string;
  /** Wall clock, of acceptance. */
  readonly atMs: number;
}

/** The activation that says something. */
export interface ContextSource {
  readonly path: string;
  readonly scope: string;
  readonly position: string;
  /** Name in the step catalogue. */
  readonly step: string;
  readonly capability: string | null;
  readonly atMs: number;
}

export const TRACE_ORIGINS = ['explicit', 'stated', 'rule', 'nothing'] as const;

/** Why a parameter is as it is. */
export interface RuleTrace {
  readonly field: string;
  readonly value: JsonValue;
  /**
   * `explicit`: the workflow says it; `stated`: an item of the context says it outright; `rule`: a rule made it of the sources;
   * `nothing`: every rule for it was refused or failed, so that it stays open, with null here.
   */
  readonly by: (typeof TRACE_ORIGINS)[number];
  readonly rule: string | null;
  readonly confidence: number;
  readonly sources: readonly {
    readonly field: string;
    readonly value: JsonValue;
    readonly rank: ContextRank;
    readonly confidence: number;
    readonly path: string;
  }[];
  /** What else would have set it, best first, with the reason why it did not. */
  readonly lost: readonly { readonly value: JsonValue; readonly rule: string | null; readonly because: string }[];
  /** `guidance 3.1 by rule energy-to-guidance from energy 0.72 (analysis, confidence 0.8)` */
  readonly sentence: string;
}

/** What was recorded of a step's start: each parameter that rules may set, the way it came about, and what was not taken. */
export interface StepTrace extends Omit<ContextSource, 'atMs'> {
  readonly parameters: readonly RuleTrace[];
}

export interface Transformed {
  /** What the rules fill in; `explicit` is not repeated. */
  readonly params: JsonObject;
  /** What they made, for the run's context. Commit them with the activation's start or its result, once. */
  readonly items: readonly NewContextItem[];
  readonly trace: readonly RuleTrace[];
}

/** The context of one run. */
export interface RunContext {
  readonly run: ContextRun;
  /** Merged view for an activation: the items of its scope and of those around it. Pure; the same object until something changes. */
  view(scope: string): AudioContext;
  /**
   * Rules to this capability fill what `explicit` leaves open. Pure. `accepts`: names of the parameters that the step takes;
   * others are not filled in (but may lead to them). Left out: all.
   */
  transform(scope: string, toCapability: string, explicit: JsonObject, accepts?: readonly string[]): Transformed;
  /** Items in the order of the graph; with `path` those of one activation. */
  items(path?: string): readonly ContextItem[];
  /** How parameters of steps came about, in the order of the graph; with `path` those of one activation. */
  traces(path?: string): readonly StepTrace[];
  /**
   * Inside the transaction that commits a step's start or its result. `trace`: of the transformation that made its parameters;
   * recorded in place of one that was recorded of this activation before. Throws GRYM_CONTEXT_ITEM_INVALID before anything is written. Where
   * the transaction is rolled back, the next call finds that out and reads the journal again.
   */
  commit(at: ContextSource, items: readonly NewContextItem[], trace?: readonly RuleTrace[]): void;
  /** Inside a transaction: takes over items and traces of another run as they are, for a re-run that shares its results. */
  adopt(items: readonly ContextItem[], traces?: readonly StepTrace[]): void;
  /**
   * Outside transactions, after a commit and at the run's end: writes the document, at most once a second; with `end` always.
   * Never rejects: a document that cannot be written is logged, and written later from the journal. Need not be awaited.
   */
  snapshot(end: boolean): Promise<void>;
}

/** What the engine calls. */
export interface ContextHooks {
  /** At acceptance, inside its transaction: items of the request and live host facts. */
  begin(run: ContextRun, items: readonly NewContextItem[]): RunContext;
  /** After a restart, or of a run that has ended: document and journal. A run that has no context yet gets an empty one. */
  load(run: ContextRun): RunContext;
  /** Inside the transaction that removes runs: their items go with it, their documents soon after. */
  forget(runIds: readonly string[]): void;
  /** Once after a start: runs that are not open get their last document where a kill prevented it. Need not be awaited; never rejects. */
  reconcile(openRunIds: readonly string[]): Promise<void>;
  /** Throws GRYM_CONTEXT_ITEM_INVALID for an item that `commit` would refuse. */
  check(items: readonly NewContextItem[]): void;
}
