import { Command } from 'commander';
import {
  addModelAction,
  checkModelsAction,
  listModelsAction,
  pullModelAction,
  removeModelAction,
  type ActionDeclaration,
} from '../../actions/index.js';
import { actionCommand, type RunAction } from './action-command.js';

/** The same actions under the words that come to mind first. */
const SHORT_NAMES: readonly (readonly [string, ActionDeclaration])[] = [
  ['list', listModelsAction],
  ['pull', pullModelAction],
  ['add', addModelAction],
  ['remove', removeModelAction],
  ['doctor', checkModelsAction],
];

/** `grym models …`. */
export function modelsGroup(run: RunAction): Command {
  const group = new Command('models').description('Models: list, fetch, add, remove and try them');
  for (const [name, action] of SHORT_NAMES) group.addCommand(actionCommand(action, run, name));
  return group;
}
