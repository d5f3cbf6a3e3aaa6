import type { RunState } from '../types.js';
import type { RunEnd, StepResult } from './execution-parts.js';
import type { OpenStep } from './open-step.js';

/** The least that is journalled by itself. */
export type Unit =
  | { readonly kind: 'result'; readonly result: StepResult }
  | { readonly kind: 'start'; readonly step: OpenStep }
  | { readonly kind: 'state'; readonly state: RunState }
  | { readonly kind: 'end' };

/** What one transaction has changed; acted on after it is committed. */
export class Turn {
  readonly launched: OpenStep[] = [];
  readonly waiting: OpenStep[] = [];
  /** Steps whose row begins with their end. */
  readonly settled: OpenStep[] = [];
  results = 0;
  unit: Unit | null = null;
  stateChanged = false;
  end: RunEnd | null = null;
}
