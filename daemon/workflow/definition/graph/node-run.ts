import type { WireError } from '../../../../protocol/index.js';
import { isGrymError, type JsonValue } from '../../../kernel/index.js';
import type { Activation, ActivationResult } from '../activation.js';
import type { CompiledNode, Sequence, WorkflowBody } from '../compiled.js';
import { TooMuchWorkInRun } from '../expressions/work.js';
import type { Scope } from './scope.js';
import type { Share } from './share.js';

export interface FailedOutcome {
  readonly kind: 'failed';
  readonly path: string;
  readonly error: WireError;
  /** Neither `onFailure: continue` nor other branches make up for it. */
  readonly endsRun?: true;
}

/** How a node, a block or the whole graph came out. */
export type Outcome = { readonly kind: 'done'; readonly output: JsonValue } | FailedOutcome;

export const done = (output: JsonValue): Outcome => ({ kind: 'done', output });

/** A workflow's body, its nodes with the outputs that it makes of them. */
export interface RunBody extends Pick<WorkflowBody, 'name' | 'inputs'> {
  readonly sequence: Sequence;
}

/** The part of the run that all nodes share. */
export interface Run {
  readonly bodies: readonly RunBody[];
  /** Steps in a sequence at most, blocks counted with what is in them. */
  weight(sequence: Sequence): number;
  weightOf(node: CompiledNode): number;
  /** One pass through a list of nodes; null and later `ended`, or the outcome at once: never both, so that chains need no recursion. */
  start(sequence: Sequence, scope: Scope, place: Place, ended: (outcome: Outcome) => void): Outcome | null;
  /** Offers an activation; `settled` is called with its result. */
  offer(activation: Activation, settled: (result: ActivationResult) => void): void;
}

/** Where in the run a node stands. */
export interface Place {
  readonly path: string;
  readonly position: string;
  /** Path of the innermost parallel branch. */
  readonly branch: string;
  readonly share: Share;
}

/** Positions sort as text: no block has more than 9,999 of anything. */
export const ordinal = (number: number): string => String(number).padStart(4, '0');

/** What a mistake in the document's expressions does at `path`: the node fails. */
export function attempt<Result>(path: string, compute: () => Result): { readonly value: Result } | { readonly failure: Outcome } {
  try {
    return { value: compute() };
  } catch (error) {
    if (!isGrymError(error) || error.kind !== 'invalid-input') throw error;
    const ending = error.cause instanceof TooMuchWorkInRun ? ({ endsRun: true } as const) : {};
    return { failure: { kind: 'failed', path, error: error.toWire(), ...ending } };
  }
}
