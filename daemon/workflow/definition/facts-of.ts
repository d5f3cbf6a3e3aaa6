import type { CatalogueFacts, StepFacts, WorkflowSource } from './facts.js';

/** Steps that workflows may name although this release has no such step: a run that needs one is refused before it starts. */
const KNOWN_ABSENT_STEPS: readonly StepFacts[] = [
  {
    ...{ name: 'transcribe', help: 'Writes down what is said, sung or played in a clip; this release has no such step' },
    ...{ capability: 'transcribe.audio', input: null, output: null },
  },
  {
    ...{ name: 'learn', help: 'Teaches the pattern memory what was kept and what was not; this release has no such step' },
    ...{ capability: 'learn.preference', input: null, output: null },
  },
];

/** What documents are checked against: the steps of the catalogue, those that are known but not there, and workflows by name. */
export function catalogueFacts(steps: readonly StepFacts[], workflows: ReadonlyMap<string, WorkflowSource> = new Map()): CatalogueFacts {
  const all = [...KNOWN_ABSENT_STEPS, ...steps].sort((one, other) => (one.name < other.name ? -1 : 1));
  return { steps: new Map(all.map((step) => [step.name, step])), workflows };
}
