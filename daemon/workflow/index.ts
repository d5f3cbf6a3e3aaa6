export * from './types.js';
export * from './catalogue/index.js';
export { createWorkflow, workflowBudget, type WorkflowOptions, type WorkflowParts } from './create-workflow.js';
export * from './definition/index.js';
export { replayHistory } from './engine/index.js';
export type { NextCommand, ProviderDirectory, TriedEntry } from './execution/index.js';
export type { StepServices } from './steps-services.js';
