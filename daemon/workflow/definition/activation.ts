import type { WireError } from '../../../protocol/index.js';
import type { JsonObject, JsonValue } from '../../kernel/index.js';

/** One step of one run that is to be started: a node of the graph at one pass of its loops and branches. */
export interface Activation {
  /** `generate`, `candidates[2]/fit`, `until-similar[1]/rank`, `tidy/analyse` (of a sub-workflow): unique in the run. */
  readonly path: string;
  /** Place in the order of the graph; sorts as text, the same for every execution of the run. */
  readonly position: string;
  /** Path of the innermost parallel branch around it (`candidates[2]`); `` where there is none. */
  readonly scope: string;
  /** Name in the step catalogue. */
  readonly step: string;
  /** The `with:` of the step, expressions evaluated; not yet completed by the context, not yet checked by the step's schema. */
  readonly params: JsonObject;
  /** What the workflow says about attempts of this step, over the policy of the error's kind. */
  readonly attempts: number | null;
  readonly deadlineMs: number | null;
  /** What happens when the step's capability is not there: `skip` was asked for explicitly in the workflow. */
  readonly whenUnavailable: 'refuse' | 'skip';
}

/** What has become of an activation. */
export type ActivationResult =
  | { readonly kind: 'done'; readonly output: JsonValue }
  | { readonly kind: 'failed'; readonly error: WireError }
  /** Its capability is not there, and the workflow allows that. Its output is null. */
  | { readonly kind: 'skipped'; readonly note: string };

export type GraphEnd =
  | { readonly kind: 'succeeded'; readonly outputs: JsonObject }
  /** `path`: of the step that decided it. */
  | { readonly kind: 'failed'; readonly path: string; readonly error: WireError };

/**
 * The state of a run's graph, a pure function of definition, inputs and the results so far: no clock, no randomness, no I/O.
 * The same results lead to the same activations whatever order parallel branches end in.
 */
export interface GraphRun {
  /** Activations that may start and have not been taken yet, in the order of the graph; each is given once. */
  takeReady(): readonly Activation[];
  /** Throws GRYM_INTERNAL for a path that is not under way. */
  settle(path: string, result: ActivationResult): void;
  /** Null while something is under way or ready. */
  readonly end: GraphEnd | null;
  /** Activations taken and not settled. */
  readonly underWay: readonly Activation[];
  /** 0 … 1, by the steps that are certain; never falls. */
  readonly fraction: number;
}
