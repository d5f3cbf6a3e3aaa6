import { keepAction, listClipsAction, rejectAction } from './clips.js';
import { cancelRunAction, listBridgesAction, listRunsAction, shutdownAction, statusAction } from './daemon-state.js';
import type { ActionDeclaration } from './declaration.js';
import { generateAction } from './generate.js';
import { clearAction, launchAction, loadAction, stopAction } from './slots.js';

/** Every operation a user can ask for; every surface offers exactly these. */
export const ACTIONS: readonly ActionDeclaration[] = [
  generateAction,
  launchAction,
  stopAction,
  loadAction,
  clearAction,
  keepAction,
  rejectAction,
  listClipsAction,
  listBridgesAction,
  listRunsAction,
  cancelRunAction,
  statusAction,
  shutdownAction,
];
