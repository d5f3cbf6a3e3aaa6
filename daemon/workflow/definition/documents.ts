import type { JsonObject } from '../../kernel/index.js';
import type { GraphRun } from './activation.js';
import type { CompiledWorkflow, InputDeclaration, NeededCapability, RunFacts } from './compiled.js';
import type { CatalogueFacts, StepFacts } from './facts.js';
import type { Mistake } from './mistake.js';

/** `compiled` is null exactly where there are mistakes. */
export interface ReadWorkflow {
  readonly compiled: CompiledWorkflow | null;
  readonly mistakes: readonly Mistake[];
}

/** A workflow of the library, readable or not. */
export interface LibraryEntry extends ReadWorkflow {
  /** The file's name without its ending, which the document must state too. */
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly origin: 'built-in' | 'user';
  readonly fileName: string;
  readonly text: string;
  readonly inputs: { readonly [name: string]: InputDeclaration };
}

export interface WorkflowLibrary {
  /** Sorted by name. */
  readonly entries: readonly LibraryEntry[];
  find(name: string): LibraryEntry | undefined;
  /** For documents that are handed in and use workflows of the library. */
  readonly facts: CatalogueFacts;
}

export interface LibraryFolders {
  readonly builtIn: string;
  /** Need not exist. */
  readonly user: string | null;
}

/** What `definition/index.ts` offers, as signatures. */
export interface WorkflowDocuments {
  /** Reads, checks and compiles; says all mistakes at once, in the order of the file. */
  readWorkflow(text: string, fileName: string, facts: CatalogueFacts): ReadWorkflow;
  /** A user's file with a built-in's name is an entry with a mistake; it never takes the built-in's place. */
  loadWorkflowLibrary(folders: LibraryFolders, steps: readonly StepFacts[]): WorkflowLibrary;
  /** SHA-256 of the canonical JSON. */
  definitionHash(compiled: CompiledWorkflow): string;
  /** Inputs with their defaults, in the order of their names; throws GRYM_WORKFLOW_INPUTS with every mistake. */
  completeInputs(compiled: CompiledWorkflow, given: JsonObject): JsonObject;
  /** What a run with these (complete) inputs may ask for; steps that its inputs leave out are left out. */
  neededCapabilities(compiled: CompiledWorkflow, inputs: JsonObject): readonly NeededCapability[];
  openGraph(compiled: CompiledWorkflow, inputs: JsonObject, run: RunFacts): GraphRun;
  /** For editors: names of steps with their parameters included. */
  workflowJsonSchema(steps: readonly StepFacts[]): JsonObject;
}
