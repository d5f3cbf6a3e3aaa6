import { askAction } from './ask.js';
import { keepAction, listClipsAction, rejectAction } from './clips.js';
import { listContextRulesAction, queryContextAction, showContextAction } from './context.js';
import { listBridgesAction, shutdownAction, statusAction } from './daemon-state.js';
import { decideAction, listDecisionsAction } from './decisions.js';
import type { ActionDeclaration } from './declaration.js';
import { generateAction } from './generate.js';
import { exportHistoryAction } from './export-history.js';
import { addModelAction, checkModelsAction, listModelsAction, pullModelAction, removeModelAction } from './models.js';
import { planAction } from './plan.js';
import { listProvidersAction, preferProviderAction, retryProviderAction } from './providers.js';
import { cacheStatisticsAction, pauseQueueAction, resumeQueueAction } from './queue.js';
import { rerunAction } from './rerun.js';
import { runWorkflowAction } from './run-workflow.js';
import { cancelRunAction, listRunsAction, showRunAction } from './runs.js';
import { clearAction, launchAction, loadAction, stopAction } from './slots.js';
import { listStepsAction } from './steps.js';
import { listWorkflowsAction, showWorkflowAction } from './workflows.js';

/** Every operation a user can ask for; every surface offers exactly these. */
export const ACTIONS: readonly ActionDeclaration[] = [
  generateAction,
  askAction,
  planAction,
  launchAction,
  stopAction,
  loadAction,
  clearAction,
  keepAction,
  rejectAction,
  listClipsAction,
  listBridgesAction,
  runWorkflowAction,
  listWorkflowsAction,
  showWorkflowAction,
  listStepsAction,
  listRunsAction,
  showRunAction,
  listDecisionsAction,
  decideAction,
  rerunAction,
  cancelRunAction,
  showContextAction,
  queryContextAction,
  listContextRulesAction,
  exportHistoryAction,
  pauseQueueAction,
  resumeQueueAction,
  cacheStatisticsAction,
  listProvidersAction,
  retryProviderAction,
  preferProviderAction,
  listModelsAction,
  pullModelAction,
  addModelAction,
  removeModelAction,
  checkModelsAction,
  statusAction,
  shutdownAction,
];
