export type { Activation, ActivationResult, GraphEnd, GraphRun } from './activation.js';
export {
  COMPILED_FORMAT,
  INPUT_TYPES,
  type CompiledNode,
  type CompiledWorkflow,
  type InputDeclaration,
  type InputType,
  type NeededCapability,
  type RunFacts,
  type Sequence,
  type Template,
} from './compiled.js';
export type { LibraryEntry, LibraryFolders, ReadWorkflow, WorkflowDocuments, WorkflowLibrary } from './documents.js';
export type { CatalogueFacts, StepFacts, WorkflowSource } from './facts.js';
export type { Mistake } from './mistake.js';
export { openGraph } from './graph/open-graph.js';
export { definitionHash, definitionText } from './hash.js';
export { completeInputs } from './inputs.js';
export { neededCapabilities } from './needed-capabilities.js';
export { workflowJsonSchema } from './json-schema.js';
export { nearest } from './suggest.js';
export { catalogueFacts } from './facts-of.js';
export { readWorkflow } from './reader/read-workflow.js';
export { builtInWorkflowFolder, checkWorkflowFiles, loadWorkflowLibrary } from './workflow-library.js';
