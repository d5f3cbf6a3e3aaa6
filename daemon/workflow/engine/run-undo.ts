import type { StepResult } from './execution-parts.js';
import type { OpenStep } from './open-step.js';
import type { Turn } from './turn.js';

/** What of a run goes on in memory where a turn was rolled back. */
export interface KeptInMemory {
  /** Steps that an earlier turn has journalled as started and that are not in the journal as ended. */
  readonly steps: ReadonlyMap<string, OpenStep>;
  /** What became of them, for the next turn. */
  readonly results: StepResult[];
}

export function keptOf(turn: Turn, steps: Iterable<OpenStep>, results: readonly StepResult[]): KeptInMemory {
  const goesOn = (step: OpenStep): boolean => step.row !== null && !turn.launched.includes(step);
  const kept = results.filter(({ step }) => goesOn(step));
  const underWay = [...steps].filter((step) => goesOn(step) && (step.phase === 'running' || step.phase === 'waiting'));
  return { steps: new Map([...underWay, ...kept.map(({ step }) => step)].map((step) => [step.path, step])), results: kept };
}
