export type { AcceptanceParts } from './acceptance.js';
export { BridgeWaits } from './bridge-waits.js';
export { Dispatcher } from './dispatcher.js';
export { replayHistory } from './history.js';
export { RunJournal } from './run-journal.js';
export { StepCache } from './step-cache.js';
export { StepJournal } from './step-journal.js';
export { WorkflowEngine } from './workflow-engine.js';
