export {
  createActionDispatcher,
  describeAction,
  unknownAction,
  type ActionDescription,
  type ActionDispatcher,
} from './action-dispatcher.js';
export { ACTIONS } from './all-actions.js';
export type { ActionContext, ActionDeclaration, Caller, DangerLevel } from './declaration.js';
export { nearestWord, suggestion } from './did-you-mean.js';
export { type ActionServices, type DaemonControl } from './services.js';
export { cancelRunAction, listRunsAction, showRunAction } from './runs.js';
export { listBridgesAction, shutdownAction, statusAction } from './daemon-state.js';
export { listWorkflowsAction, showWorkflowAction } from './workflows.js';
export { decideAction } from './decisions.js';
export { runWorkflowAction } from './run-workflow.js';
export { runSummary } from './run-schemas.js';
export { keepAction, listClipsAction, rejectAction } from './clips.js';
export { generateAction } from './generate.js';
export { clearAction, launchAction, loadAction, stopAction } from './slots.js';
export { addModelAction, checkModelsAction, listModelsAction, pullModelAction, removeModelAction } from './models.js';
