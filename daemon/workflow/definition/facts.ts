import type { JsonObject } from '../../kernel/index.js';

/** What a document may know of one step. */
export interface StepFacts {
  readonly name: string;
  readonly help: string;
  readonly capability: string | null;
  /** JSON Schemas; null for a step that is known but not in this release: what it takes and gives is not checked then. */
  readonly input: JsonObject | null;
  readonly output: JsonObject | null;
}

/** The text of a workflow, wherever it lies. */
export interface WorkflowSource {
  readonly text: string;
  readonly fileName: string;
}

/** What a document is checked against. */
export interface CatalogueFacts {
  readonly steps: ReadonlyMap<string, StepFacts>;
  /** Workflows that may be used by name. */
  readonly workflows: ReadonlyMap<string, WorkflowSource>;
}
